// Tokenizers in the files that GPT-2 came with; what transformers makes of them is compared in gpt2.test.ts.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadTokenizer } from "../../../src/tokenizer/tokenizer";
import { useTemporaryFolder } from "../support/temporaryFolder";

const FIXTURE = path.join(__dirname, "../../fixtures/gpt2-tiny");

suite("readVocabularyFiles()", () => {
  const inFolder = useTemporaryFolder();

  /** A folder with the fixture's two files, and others. */
  function makeFolder(name: string, files: Record<string, unknown>): string {
    const directory = inFolder(name);
    mkdirSync(directory);
    for (const file of ["vocab.json", "merges.txt"]) {
      cpSync(path.join(FIXTURE, file), path.join(directory, file));
    }
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(
        path.join(directory, file),
        typeof content === "string" ? content : JSON.stringify(content),
      );
    }
    return directory;
  }

  test("takes added tokens in, special where the map of special tokens names them", async () => {
    const directory = makeFolder("added", {
      "added_tokens.json": { "<pad>": 300, lighthouse: 301 },
      "special_tokens_map.json": {
        pad_token: "<pad>",
        eos_token: { content: "<|endoftext|>", lstrip: false },
      },
    });
    const tokenizer = await loadTokenizer(directory);
    assert.equal(tokenizer.vocabSize, 302);
    assert.deepEqual([...tokenizer.specialTokenIds].sort(), [0, 300]);
    assert.equal(tokenizer.decode([300, 301, 0]), "lighthouse");
    assert.equal(tokenizer.specialTokenId("<pad>"), 300);
  });

  test("reads merges with Windows line ends and without a version", async () => {
    const plain = await loadTokenizer(FIXTURE);
    const merges = readFileSync(path.join(FIXTURE, "merges.txt"), "utf8");
    const [version, ...pairs] = merges.trimEnd().split("\n");
    assert.match(version!, /^#version/);
    const tokenizer = await loadTokenizer(
      makeFolder("windows", { "merges.txt": pairs.join("\r\n") }),
    );
    const text = "The keeper told the time.";
    assert.deepEqual(tokenizer.encode(text), plain.encode(text));
    assert.ok(plain.encode(text).length < text.length);
  });

  test("gives way to a tokenizer.json", async () => {
    const directory = makeFolder("both", { "tokenizer.json": "not JSON" });
    await assert.rejects(
      loadTokenizer(directory),
      /Cannot load tokenizer .*tokenizer\.json/,
    );
  });

  test("says what is damaged", async () => {
    await assert.rejects(
      loadTokenizer(makeFolder("damaged", { "vocab.json": "[1, 2]" })),
      /model.vocab is \[1,2\], expected an object/,
    );
  });
});
