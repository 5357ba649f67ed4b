// Token ids are compared with llama.cpp's, see scripts/makeTokenizerFixture.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { loadTokenizer, Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";
import { loadEmbeddedTokenizer } from "./embeddedTokenizer";

interface Fixture {
  specialTokens: string[];
  cases: { name: string; text: string; tokenIds: number[] }[];
}

const fixture = JSON.parse(
  gunzipSync(readFileSync("test/fixtures/tokenizer.json.gz")).toString("utf8"),
) as Fixture;

suite("Tokenizer", () => {
  let tokenizer: Tokenizer;

  suiteSetup(async () => {
    tokenizer = await loadEmbeddedTokenizer();
  });

  suite("encode() equals the reference", () => {
    for (const { name, text, tokenIds } of fixture.cases) {
      test(`on ${name}`, () => {
        assert.deepEqual(tokenizer.encode(text), tokenIds);
        assert.deepEqual(tokenizer.encode(text), tokenIds, "from the cache");
      });
    }
  });

  test("encode() gives prompts that grow by a key the ids of a fresh one", async () => {
    const fresh = await loadTokenizer("models/smollm2-135m-instruct");
    const text = fixture.cases.find(({ name }) => name === "Markdown")!.text;
    for (let length = 1; length <= text.length; length++) {
      tokenizer.encode(text.slice(0, length));
    }
    assert.deepEqual(tokenizer.encode(text), fresh.encode(text));
  });

  test("encode() keeps special tokens of a document as text", () => {
    assert.equal(fixture.specialTokens.length, 17);
    for (const token of fixture.specialTokens) {
      const tokenIds = tokenizer.encode(`a ${token} b`);
      const special = tokenIds.filter((id) =>
        tokenizer.specialTokenIds.has(id),
      );
      assert.deepEqual(special, [], token);
    }
  });

  test("encode() takes unpaired surrogates for U+FFFD and leaves pairs alone", () => {
    assert.deepEqual(
      tokenizer.encode("a\ud83d \ud83d\ude00\ude00"),
      tokenizer.encode("a\ufffd \u{1f600}\ufffd"),
    );
  });

  test("decode() undoes encode()", () => {
    // The vocabulary has no token for 21 of the 256 bytes: such characters are lost, for the reference too.
    const lossy = new Set(["control characters", "last code points"]);
    let numChecked = 0;
    for (const { name, text, tokenIds } of fixture.cases) {
      if (lossy.has(name)) continue;
      assert.equal(
        tokenizer.decode(tokenIds),
        Buffer.from(text).toString("utf8"),
        name,
      );
      numChecked++;
    }
    assert.ok(numChecked > 40);
  });

  test("tokenBytes() gives the bytes of text, and none for special tokens", () => {
    const bytesOf = (text: string) =>
      tokenizer.encode(text).map((id) => [...tokenizer.tokenBytes(id)]);
    assert.deepEqual(bytesOf(" the"), [[0x20, 0x74, 0x68, 0x65]]);
    assert.deepEqual(bytesOf("€").flat(), [0xe2, 0x82, 0xac]);
    for (const tokenId of [0, 2, 16, tokenizer.vocabSize, -1]) {
      assert.equal(tokenizer.tokenBytes(tokenId).length, 0);
    }
  });

  test("specialTokenId() finds special tokens by their text, and no others", () => {
    assert.equal(tokenizer.specialTokenId("<|im_end|>"), 2);
    assert.equal(tokenizer.specialTokenId(" the"), undefined);
    assert.equal(tokenizer.specialTokenIds.size, 17);
    assert.equal(tokenizer.vocabSize, 49_152);
  });
});

suite("loadTokenizer()", () => {
  let directory: string;

  setup(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "tokenizer-"));
  });

  teardown(() => rm(directory, { recursive: true }));

  test("says which file is missing or no JSON", async () => {
    await assert.rejects(
      loadTokenizer(directory),
      /Cannot load tokenizer .*tokenizer\.json: ENOENT/,
    );
    await writeFile(path.join(directory, "tokenizer.json"), "{");
    await assert.rejects(
      loadTokenizer(directory),
      /Cannot load tokenizer .*expected a tokenizer\.json/,
    );
  });
});

suite("parseTokenizerJson()", () => {
  const sound = {
    model: { type: "BPE", vocab: { a: 0 }, merges: [] },
    decoder: { type: "ByteLevel" },
    added_tokens: [{ id: 1, content: "<end>", special: true }],
  };

  test("puts added tokens beside the vocabulary and hides them from the library", () => {
    const { tokens, addedTokens, forLibrary } = parseTokenizerJson(sound);
    assert.deepEqual(tokens, ["a", "<end>"]);
    assert.deepEqual(addedTokens, [
      { tokenId: 1, text: "<end>", isSpecial: true },
    ]);
    assert.deepEqual(forLibrary["added_tokens"], []);
  });

  test("reads GPT-2's file, which is older than the model's type", () => {
    const { vocab, merges } = sound.model;
    const model = { vocab, merges };
    const { tokens, forLibrary } = parseTokenizerJson({ ...sound, model });
    assert.deepEqual(tokens, ["a", "<end>"]);
    assert.deepEqual(
      new Tokenizer(parseTokenizerJson({ ...sound, model })).encode("a"),
      [0],
    );
    assert.equal((forLibrary["model"] as typeof sound.model).type, "BPE");
  });

  test("refuses what is not byte-level BPE, and damage", () => {
    const refuses = (change: object, message: RegExp) =>
      assert.throws(() => parseTokenizerJson({ ...sound, ...change }), message);
    refuses({ model: { type: "Unigram" } }, /model is "Unigram"/);
    refuses({ decoder: { type: "Metaspace" } }, /decoder "Metaspace"/);
    refuses({ decoder: null }, /expected "BPE" and "ByteLevel"/);
    refuses({ model: { type: "BPE" } }, /model\.vocab is missing/);
    refuses(
      { model: { type: "BPE", vocab: { a: -1 } } },
      /the id of "a" is -1/,
    );
    refuses({ added_tokens: [{ id: 1e9, content: "x" }] }, /an added token is/);
    refuses({ added_tokens: undefined }, /added_tokens is missing/);
  });

  const bad: [string, unknown[]][] = [
    ["unk_token", ["b", "<unk>", 0, true, {}, ["a"]]],
    ["continuing_subword_prefix", [1, false, []]],
    ["end_of_word_suffix", [{}, 7]],
    ["fuse_unk", ["yes", 1]],
    ["byte_fallback", ["false", 0]],
    ["ignore_merges", [{}, "x"]],
    ["dropout", [2, -1, "0.1", NaN]],
  ];
  for (const [name, values] of bad) {
    test(`refuses a model.${name} that is none, and takes null`, () => {
      const withOption = (value: unknown) =>
        parseTokenizerJson({
          ...sound,
          model: { ...sound.model, [name]: value },
        });
      for (const value of values) {
        assert.throws(
          () => withOption(value),
          (error: Error) => error.message.includes(`model.${name} is `),
        );
      }
      withOption(null);
    });
  }

  test("takes an unknown token of the vocabulary, an added one, or none by an empty text", () => {
    for (const unk_token of ["a", "<end>", ""]) {
      parseTokenizerJson({ ...sound, model: { ...sound.model, unk_token } });
    }
  });
});
