import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DEFAULT_INCLUDE } from "../../../src/documents/documentKinds";
import { parseCase, runCase } from "../../../src/evaluation/cases";
import { readDocuments } from "../../../src/evaluation/readDocuments";
import {
  RecordedPass,
  type PositionRecord,
} from "../../../src/evaluation/record";
import { openRecordFile, passKey } from "../../../src/evaluation/recordFile";
import { FakeGenerator, settings, sureGeneration } from "../completion/support";

suite("evaluation files", () => {
  let folder = "";
  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), "inkling-evaluation-"));
  });
  teardown(() => rmSync(folder, { recursive: true }));

  const documents = [
    { name: "a.md", languageId: "markdown", text: "One two." },
  ];
  const record: PositionRecord = {
    kind: "reused",
    documentIndex: 0,
    position: 5,
    askedAt: 4,
  };

  test("openRecordFile() gives back what was appended, less a broken last line", () => {
    const file = path.join(folder, "pass.jsonl");
    const key = passKey({ documents });
    const append = openRecordFile(file, {
      key,
      pass: new RecordedPass(documents, settings),
    });
    append(record);
    writeFileSync(file, `${readFileSync(file, "utf8")}{"kind":"reu`);
    const pass = new RecordedPass(documents, settings);
    const appendMore = openRecordFile(file, { key, pass });
    assert.equal(pass.size, 1);
    assert.ok(pass.has(record));
    appendMore({ ...record, position: 6 });
    const again = new RecordedPass(documents, settings);
    openRecordFile(file, { key, pass: again });
    assert.equal(again.size, 2);
  });

  test("openRecordFile() refuses another pass", () => {
    const file = path.join(folder, "pass.jsonl");
    const pass = new RecordedPass(documents, settings);
    openRecordFile(file, { key: "one", pass });
    assert.throws(
      () => openRecordFile(file, { key: "two", pass }),
      /records another pass, expected the same documents/,
    );
  });

  test("readDocuments() takes texts alone, sorted, with LF", () => {
    mkdirSync(path.join(folder, "b"));
    writeFileSync(path.join(folder, "b", "two.txt"), "\uFEFFtwo\r\nlines");
    writeFileSync(path.join(folder, "a.md"), "# One");
    writeFileSync(path.join(folder, "c.bin"), "no");
    assert.deepEqual(readDocuments(folder), [
      { name: "a.md", languageId: "markdown", text: "# One" },
      { name: "b/two.txt", languageId: "plaintext", text: "two\nlines" },
    ]);
    assert.equal(readDocuments(path.join(folder, "a.md")).length, 1);
    // What is learned from by default can be typed: .text and .asciidoc were missing.
    for (const pattern of DEFAULT_INCLUDE) {
      const file = path.join(folder, pattern.replace("*", "any"));
      writeFileSync(file, "text");
      assert.equal(readDocuments(file).length, 1, pattern);
    }
    rmSync(path.join(folder, "a.md"));
    assert.throws(
      () => readDocuments(path.join(folder, "c.bin")),
      /found none/,
    );
  });
});

suite("cases", () => {
  test("parseCase() fills in what may be left out and names the line of a fault", () => {
    assert.deepEqual(parseCase('{"id":1,"before":"a"}', 1), {
      id: "1",
      before: "a",
      after: "",
      language: "markdown",
    });
    assert.throws(() => parseCase('{"id":"x"}', 7), /in line 7/);
  });

  test("runCase() gives what is shown, or why not", async () => {
    const each = parseCase('{"id":"x","before":"The quick"}', 1);
    const run = async (probability: number) => {
      const { id, shown, reason, confidence } = await runCase(
        new FakeGenerator(() => [sureGeneration(" brown fox", probability)]),
        { each, settings },
      );
      return { id, shown, reason, confidence };
    };
    assert.deepEqual(await run(0.9), {
      id: "x",
      shown: " brown fox",
      reason: "shown",
      confidence: 0.9,
    });
    assert.deepEqual(await run(0.2), {
      id: "x",
      shown: "",
      reason: "unsure",
      confidence: 0.2,
    });
  });
});
