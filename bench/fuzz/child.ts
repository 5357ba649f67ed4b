// Reads changed files one after the other, in a process of its own with little memory, and tells its parent before and
// after each: so the parent knows which one it hung or fell over.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { FORMATS, makeSound } from "./formats";
import { mutate } from "./mutations";
import type { Outcome, ToChild, ToParent } from "./fuzz";

const folder = mkdtempSync(path.join(tmpdir(), "inkling-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

process.once("message", (message: ToChild) => void readAll(message));

async function readAll({ from, to }: ToChild): Promise<void> {
  makeSound(folder);
  const sound = new Map(
    FORMATS.map(({ file }) => [file, readFileSync(path.join(folder, file))]),
  );
  for (const format of FORMATS) {
    if (await format.read(folder)) continue;
    throw new Error(`A sound ${format.file} is not taken, expected it to be`);
  }
  for (let index = from; index < to; index++) {
    const format = FORMATS[index % FORMATS.length]!;
    const bytes = sound.get(format.file)!;
    const file = path.join(folder, format.file);
    const changed = mutate(bytes, { ...format, seed: index + 1 });
    tell({ index, what: changed.what });
    writeFileSync(file, changed.bytes);
    const { outcome, message } = await tryToRead(format);
    writeFileSync(file, bytes);
    tell({ index, what: changed.what, outcome, message });
  }
  process.disconnect();
}

async function tryToRead(
  format: (typeof FORMATS)[number],
): Promise<{ outcome: Outcome; message: string }> {
  try {
    const isSense = await format.read(folder);
    return { outcome: isSense ? "taken" : "nonsense taken", message: "" };
  } catch (error) {
    const { message } = error as Error;
    const isClean =
      message.startsWith("Cannot ") && /, expected /.test(message);
    // Of a model's many files the folder is enough, where it is the tensor that is named.
    const isNamed = [
      path.basename(format.file),
      path.dirname(path.join(folder, format.file)),
    ].some((name) => message.includes(name));
    if (!isClean) return { outcome: "raw exception", message };
    return { outcome: isNamed ? "clean error" : "no file name", message };
  }
}

function tell(message: ToParent): void {
  process.send?.(message);
}
