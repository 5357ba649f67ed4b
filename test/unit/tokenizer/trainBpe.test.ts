import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { loadTokenizer, Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";
import {
  buildBpeFiles,
  MIN_VOCAB_SIZE,
  trainBpe,
  writeTokenizerFiles,
} from "../../../src/tokenizer/trainBpe";
import { useTemporaryFolder } from "../support/temporaryFolder";

interface Golden {
  vocabSize: number;
  minFrequency: number;
  texts: string[];
  merges: string[];
  tokenIds: number[][];
}

const golden = JSON.parse(
  readFileSync("test/fixtures/bpe/golden.json", "utf8"),
) as Golden;

function tokenizerOf(vocabulary: ReturnType<typeof trainBpe>): Tokenizer {
  const files = buildBpeFiles(vocabulary);
  const json: unknown = JSON.parse(JSON.stringify(files["tokenizer.json"]));
  return new Tokenizer(parseTokenizerJson(json));
}

suite("trainBpe()", () => {
  test("it learns the merges that the reference library learns, and encodes as it does", () => {
    const vocabulary = trainBpe(golden.texts, golden);
    assert.deepEqual(vocabulary.merges, golden.merges);
    assert.equal(vocabulary.tokens.length, golden.vocabSize);
    const tokenizer = tokenizerOf(vocabulary);
    assert.deepEqual(
      golden.texts.map((text) => tokenizer.encode(text)),
      golden.tokenIds,
    );
  });

  test("by hand: the most frequent pair first, ties to the smaller ids", () => {
    // "lo" four times; then "lo"+"w" and "lo"+"u" tie at two, and "u" has the smaller id.
    const { merges } = trainBpe(["low", "lou", "low", "lou"], {
      vocabSize: MIN_VOCAB_SIZE + 5,
    });
    assert.deepEqual(merges, ["l o", "lo u", "lo w"]);
  });

  test("overlapping pairs are merged from the left", () => {
    const { merges } = trainBpe(["aaaa aaaa"], {
      vocabSize: MIN_VOCAB_SIZE + 3,
    });
    assert.deepEqual(merges, ["a a", "aa aa"]);
  });

  test("it stops where no pair is frequent enough, and where there is no text", () => {
    assert.deepEqual(
      trainBpe(["abc"], { vocabSize: 300, minFrequency: 2 }).merges,
      [],
    );
    assert.deepEqual(trainBpe([], { vocabSize: 300 }).merges, []);
    assert.equal(trainBpe([], { vocabSize: 300 }).tokens.length, 257);
    assert.deepEqual(
      trainBpe(["abc"], { vocabSize: 300, minFrequency: 1 }).merges,
      ["a b", "ab c"],
    );
  });

  test("every text comes back, also what was never seen", () => {
    const tokenizer = tokenizerOf(
      trainBpe(["plain words only"], { vocabSize: 300, minFrequency: 1 }),
    );
    for (const text of [
      "",
      "日本語 🙂\r\n\t",
      "\u0000\u0085\ufeff <|endoftext|>",
    ]) {
      assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
    }
    assert.deepEqual(
      tokenizer.encode("\ud800"),
      tokenizer.encode("\ufffd"),
      "an unpaired surrogate",
    );
  });

  test("it refuses a vocabulary without room for all bytes", () => {
    assert.throws(() => trainBpe(["a"], { vocabSize: 256 }), {
      name: "RangeError",
      message:
        "Cannot train a tokenizer: vocabSize is 256, expected a whole number of at least 257",
    });
  });
});

suite("writeTokenizerFiles()", () => {
  const inFolder = useTemporaryFolder();

  test("what it writes is loaded again, with one special token", async () => {
    const vocabulary = trainBpe(golden.texts, golden);
    await writeTokenizerFiles(inFolder("model"), buildBpeFiles(vocabulary));
    const tokenizer = await loadTokenizer(inFolder("model"));
    assert.equal(tokenizer.vocabSize, golden.vocabSize);
    assert.equal(tokenizer.specialTokenId("<|endoftext|>"), 0);
    assert.deepEqual([...tokenizer.specialTokenIds], [0]);
    assert.deepEqual(tokenizer.encode(golden.texts[0]!), golden.tokenIds[0]);
    const config = JSON.parse(
      readFileSync(inFolder("model", "tokenizer_config.json"), "utf8"),
    ) as Record<string, unknown>;
    assert.equal(config["eos_token"], "<|endoftext|>");
  });
});
