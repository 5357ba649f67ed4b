// A GGUF file, or a model that llama.cpp's gguf-split has cut into several: NAME-00001-of-00003.gguf and so on, with the
// metadata in the first one, and in each `split.no` (from 0), `split.count` and `split.tensors.count`.

import { existsSync } from "node:fs";
import path from "node:path";
import { openGguf, type GgufFile, type GgufTensor } from "./ggufFile";

const PART_NAME = /-(\d{5})-of-(\d{5})(?=\.gguf$)/i;

/** The name of a file or of any of its parts, without part and ending. */
export function ggufModelName(file: string): string {
  return path
    .basename(file)
    .replace(PART_NAME, "")
    .replace(/\.gguf$/i, "");
}

/** Opens a file and, where it is one part of a model, all others beside it; throws for one that is missing. */
export async function openGgufParts(file: string): Promise<GgufFile> {
  const parts = partsOf(file);
  const missing = parts.find((part) => !existsSync(part));
  if (missing !== undefined) {
    throw new Error(
      `Cannot import ${file}: ${path.basename(missing)} is missing, expected all ${parts.length} parts of the model in one folder`,
    );
  }
  const tensors = new Map<string, GgufTensor>();
  const opened: GgufFile[] = [];
  for (const [index, part] of parts.entries()) {
    const next = await openGguf(part);
    checkPlace(next, { index, count: parts.length });
    for (const [name, tensor] of next.tensors) {
      if (tensors.has(name)) {
        throw new RangeError(
          `Cannot import ${part}: tensor "${name}" is there twice, expected once in all parts`,
        );
      }
      tensors.set(name, tensor);
    }
    opened.push(next);
  }
  const { metadata } = opened[0]!;
  const expected = metadata.count("split.tensors.count", tensors.size);
  if (expected !== tensors.size) {
    throw new RangeError(
      `Cannot import ${file}: its parts hold ${tensors.size} tensors, expected ${expected} as the first one says`,
    );
  }
  return { file, metadata, tensors };
}

/** The paths of all parts, by the name of one; the file alone where its name is not that of a part. */
function partsOf(file: string): string[] {
  const count = Number(PART_NAME.exec(path.basename(file))?.[2] ?? 1);
  if (count <= 1) return [file];
  const name = path.basename(file);
  return Array.from({ length: count }, (_, index) => {
    const [no, of] = [index + 1, count].map((n) => `${n}`.padStart(5, "0"));
    return path.join(
      path.dirname(file),
      name.replace(PART_NAME, `-${no}-of-${of}`),
    );
  });
}

/** Throws where a file says that it is another part than its name does. */
function checkPlace(
  { file, metadata }: GgufFile,
  { index, count }: { index: number; count: number },
): void {
  const saidCount = metadata.count("split.count", 1);
  const saidIndex = metadata.count("split.no", 0);
  if (saidCount === count && saidIndex === index) return;
  throw new RangeError(
    `Cannot import ${file}: it says that it is part ${saidIndex + 1} of ${saidCount}, expected part ${index + 1} of ${count} as its name does; gguf-split names parts NAME-00001-of-00002.gguf`,
  );
}
