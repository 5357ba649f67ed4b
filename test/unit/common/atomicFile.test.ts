// Files that are written whole or not at all.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  isPartialName,
  withPartialFolder,
  writeFileAtomically,
} from "../../../src/common/atomicFile";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("atomicFile", () => {
  const inFolder = useTemporaryFolder();
  let number = 0;
  let folder: string;
  let file: string;
  const names = () => readdirSync(folder);

  setup(() => {
    folder = inFolder(String(number++));
    mkdirSync(folder, { recursive: true });
    file = path.join(folder, "panel.json");
  });

  test("writeFileAtomically() takes text, bytes or a writer, and replaces what was there", () => {
    const contents = [
      "old",
      Buffer.from("new"),
      (partial: string) => writeFileSync(partial, "newest"),
    ];
    const read = contents.map((content) => {
      writeFileAtomically(file, content);
      return readFileSync(file, "utf8");
    });
    assert.deepEqual(read, ["old", "new", "newest"]);
    assert.deepEqual(names(), ["panel.json"]);
  });

  test("writeFileAtomically() leaves the old file and nothing else when a write fails", () => {
    writeFileSync(file, "old");
    const breakOff = (partial: string) => {
      assert.ok(isPartialName(partial));
      assert.equal(path.dirname(partial), folder);
      writeFileSync(partial, "ha");
      throw new Error("the disk is full");
    };
    assert.throws(() => writeFileAtomically(file, breakOff), /disk is full/);
    assert.deepEqual(names(), ["panel.json"]);
    assert.equal(readFileSync(file, "utf8"), "old");
  });

  test("writeFileAtomically() leaves nothing when the file cannot be put in its place", () => {
    mkdirSync(path.join(file, "a folder"), { recursive: true });
    assert.throws(() => writeFileAtomically(file, "text"));
    assert.deepEqual(names(), ["panel.json"]);
    assert.deepEqual(readdirSync(file), ["a folder"]);
  });

  test("withPartialFolder() leaves nothing of a folder that was not put in its place", () => {
    const fill = (partial: string) => {
      writeFileSync(path.join(partial, "half"), "ha");
      throw new Error("the disk is full");
    };
    assert.throws(() => withPartialFolder(file, fill), /disk is full/);
    assert.deepEqual(names(), []);
  });
});
