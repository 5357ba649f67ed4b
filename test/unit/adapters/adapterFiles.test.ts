// What the panel's list offers the engine takes, and what the engine takes the list offers.
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inspectAdapter } from "../../../src/adapters/adapterFolders";
import { readAdapter, writeAdapter } from "../../../src/adapters/peftAdapter";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";
import { makeTinyModel, removeTinyModel } from "../support/tinyModel";

type Edit = (content: Record<string, unknown>) => unknown;

const MANIFEST = "inkling_manifest.json";
const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";

/** Without some fields. */
const without =
  (...names: string[]): Edit =>
  (content) =>
    Object.fromEntries(
      Object.entries(content).filter(([name]) => !names.includes(name)),
    );
const withField =
  (name: string, value: unknown): Edit =>
  (content) => ({ ...content, [name]: value });

const CASES: [name: string, file: string, edit: Edit, isTaken: boolean][] = [
  ["as it is written", MANIFEST, (content) => content, true],
  // Either reader had a form that the other refused.
  ["engine's form", MANIFEST, without("documents", "outcome"), true],
  ["no time", MANIFEST, without("createdAt"), true],
  ["no settings, no losses", MANIFEST, without("settings", "losses"), true],
  ["list's form", MANIFEST, withField("base", { name: "tiny" }), false],
  ["no base", MANIFEST, without("base"), false],
  ["no name", MANIFEST, without("name"), false],
  ["other version", MANIFEST, withField("version", 2), false],
  ["null", MANIFEST, () => null, false],
  ["a list", MANIFEST, () => [], false],
  ["documents of null", MANIFEST, withField("documents", [null]), false],
  ["documents that are no list", MANIFEST, withField("documents", {}), false],
  ["outcome of null", MANIFEST, withField("outcome", null), false],
  ["outcome without verdict", MANIFEST, withField("outcome", {}), false],
  ["time of a number", MANIFEST, withField("createdAt", 5), false],
  ["no object", CONFIG, () => 5, false],
  ["no rank", CONFIG, without("r"), false],
  ["another kind", CONFIG, withField("peft_type", "IA3"), false],
  ["DoRA", CONFIG, withField("use_dora", true), false],
];

suite("an adapter's files", () => {
  const inFolder = useTemporaryFolder();
  let folder: ModelFolder;
  let number = 0;

  suiteSetup(() => {
    folder = makeTinyModel(1);
    writeAdapter(inFolder("whole"), tinyAdapter(folder), folder);
  });
  suiteTeardown(() => removeTinyModel(folder));

  function copy(): string {
    const directory = inFolder(`copy${number++}`);
    cpSync(inFolder("whole"), directory, { recursive: true });
    return directory;
  }

  function check(
    directory: string,
    { file, isTaken }: { file: string; isTaken: boolean },
  ): void {
    const { fault } = inspectAdapter(directory);
    assert.equal(fault?.file, isTaken ? undefined : file, "the list");
    if (isTaken) assert.ok(readAdapter(directory, folder));
    else {
      assert.throws(
        () => readAdapter(directory, folder),
        ({ message }: Error) => message.includes(file),
        "the engine",
      );
    }
  }

  for (const [name, file, edit, isTaken] of CASES) {
    test(`${file}, ${name}: the list and the engine ${isTaken ? "take" : "refuse"} it`, () => {
      const directory = copy();
      const place = path.join(directory, file);
      const content = JSON.parse(readFileSync(place, "utf8")) as Record<
        string,
        unknown
      >;
      writeFileSync(place, JSON.stringify(edit(content)));
      check(directory, { file, isTaken });
    });
  }

  test("the list and the engine take one without a manifest", () => {
    const directory = copy();
    rmSync(path.join(directory, MANIFEST));
    check(directory, { file: MANIFEST, isTaken: true });
  });

  test("the list and the engine refuse weights with bytes after the last tensor, as the reference library does", () => {
    const directory = copy();
    writeFileSync(path.join(directory, WEIGHTS), "    ", { flag: "a" });
    check(directory, { file: WEIGHTS, isTaken: false });
  });

  test("the list and the engine refuse weights that are cut off or none", () => {
    const weights = readFileSync(inFolder("whole", WEIGHTS));
    const empty = Buffer.from("\u0002\0\0\0\0\0\0\0{}");
    for (const content of [weights.subarray(0, -1), empty]) {
      const directory = copy();
      writeFileSync(path.join(directory, WEIGHTS), content);
      check(directory, { file: WEIGHTS, isTaken: false });
    }
  });
});
