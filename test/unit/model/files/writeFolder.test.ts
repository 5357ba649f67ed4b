import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  writeContent,
  writeFolder,
} from "../../../../src/model/files/writeFolder";
import { useTemporaryFolder } from "../../support/temporaryFolder";

suite("writeFolder()", () => {
  const inFolder = useTemporaryFolder();
  const writeConfig = (text: string) => (temporary: string) =>
    writeFileSync(path.join(temporary, "config.json"), text);

  test("makes a new folder, with those above it", () => {
    const directory = inFolder("deep", "new");
    writeFolder(directory, { mayReplace: false, write: writeConfig("1") });
    assert.deepEqual(readdirSync(directory), ["config.json"]);
    assert.deepEqual(readdirSync(inFolder("deep")), ["new"]);
  });

  test("fills an empty folder", () => {
    mkdirSync(inFolder("empty"));
    writeFolder(inFolder("empty"), {
      mayReplace: false,
      write: writeConfig("1"),
    });
    assert.deepEqual(readdirSync(inFolder("empty")), ["config.json"]);
  });

  test("leaves nothing behind when writing fails", () => {
    const above = inFolder("failing");
    mkdirSync(above);
    const fail = (temporary: string) => {
      writeConfig("half")(temporary);
      throw new Error("disk is full");
    };
    assert.throws(
      () =>
        writeFolder(path.join(above, "new"), {
          mayReplace: false,
          write: fail,
        }),
      /disk is full/,
    );
    assert.deepEqual(readdirSync(above), []);
  });

  test("keeps the old folder when replacing fails", () => {
    const directory = inFolder("kept");
    mkdirSync(directory);
    writeConfig("old")(directory);
    assert.throws(() =>
      writeFolder(directory, {
        mayReplace: true,
        write: () => {
          throw new Error("disk is full");
        },
      }),
    );
    assert.equal(
      readFileSync(path.join(directory, "config.json"), "utf8"),
      "old",
    );
  });

  test("refuses a folder with files unless it may replace them", () => {
    const directory = inFolder("full");
    mkdirSync(directory);
    writeFileSync(path.join(directory, "notes.txt"), "mine");
    assert.throws(
      () =>
        writeFolder(directory, { mayReplace: false, write: writeConfig("1") }),
      /it holds files already, expected an empty or new folder; --force/,
    );
    assert.deepEqual(readdirSync(directory), ["notes.txt"]);
  });

  test("refuses a file, even when it may replace", () => {
    writeFileSync(inFolder("file"), "mine");
    assert.throws(
      () =>
        writeFolder(inFolder("file"), {
          mayReplace: true,
          write: writeConfig("1"),
        }),
      /it is a file, expected an empty or new folder/,
    );
  });

  test("replaces a model's files and keeps the others", () => {
    const directory = inFolder("replaced");
    mkdirSync(directory);
    for (const name of [
      "config.json",
      "model-00001-of-00002.safetensors",
      "model.safetensors.index.json",
      "calibration.json",
      "README.md",
      "LICENSE",
    ]) {
      writeFileSync(path.join(directory, name), "old");
    }
    writeFolder(directory, { mayReplace: true, write: writeConfig("new") });
    const texts = readdirSync(directory).map((name) => [
      name,
      readFileSync(path.join(directory, name), "utf8"),
    ]);
    assert.deepEqual(Object.fromEntries(texts), {
      "config.json": "new",
      "README.md": "old",
      LICENSE: "old",
    });
  });

  test("writeContent() writes bytes as they are and anything else as JSON", () => {
    writeContent(inFolder("bytes"), Buffer.from("{ }"));
    writeContent(inFolder("json"), { a: 1 });
    assert.equal(readFileSync(inFolder("bytes"), "utf8"), "{ }");
    assert.equal(readFileSync(inFolder("json"), "utf8"), '{\n  "a": 1\n}\n');
  });
});
