// What becomes of a GGUF file's tokenizer, from the file to token ids.

import assert from "node:assert/strict";
import { loadTokenizer } from "../../../../src/tokenizer/tokenizer";
import {
  formatGguf,
  TINY_METADATA,
  tinyGguf,
  type MetadataValue,
} from "../../formats/ggufWriter";
import { TINY_CONFIG } from "../../support/tinyModel";
import { useImports } from "./importSupport";

const VOCAB_SIZE = TINY_CONFIG.vocab_size;
/** Tokens with a byte order mark, as Llama 2 and Gemma have them. */
const PIECES = [
  "▁",
  "a",
  "b",
  "▁a",
  "▁ab",
  "ab",
  "//",
  "\ufeff//",
  "/",
  "\ufeff",
];
const FIRST_PIECE = 4;
const tokens = [
  ...["<unk>", "<s>", "</s>", "\n\n"],
  ...PIECES,
  ...Array.from(
    { length: VOCAB_SIZE - FIRST_PIECE - PIECES.length },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  ),
];
const METADATA: Record<string, MetadataValue> = {
  ...TINY_METADATA,
  "tokenizer.ggml.model": "llama",
  "tokenizer.ggml.tokens": tokens,
  "tokenizer.ggml.token_type": tokens.map((token, id) =>
    id < 3
      ? id === 0
        ? 2
        : 3
      : id === 3
        ? 4
        : token.startsWith("<0x")
          ? 6
          : 1,
  ),
  // Of the pieces "▁a" comes first, then "ab" and "//".
  "tokenizer.ggml.scores": tokens.map((token) => {
    const place = ["▁a", "ab", "▁ab", "//"].indexOf(token);
    return place < 0 ? -100 : -place;
  }),
  "tokenizer.ggml.unknown_token_id": 0,
};

suite("importModel() of a GGUF file with the tokenizer of", () => {
  const { importBytes, refuses } = useImports();
  const importWith = async (change: Record<string, MetadataValue> = {}) => {
    const { tensors } = tinyGguf("F32");
    const metadata = { ...METADATA, ...change };
    const { directory } = await importBytes(formatGguf({ metadata, tensors }));
    return loadTokenizer(directory);
  };
  const spelt = (ids: readonly number[]) => ids.map((id) => tokens[id]);

  test("SentencePiece: its pieces, bytes and byte order marks", async () => {
    const tokenizer = await importWith();
    const rows: [string, string[]][] = [
      ["ab", ["▁ab"]],
      ["b ab", ["▁", "b", "▁ab"]],
      ["//a", ["▁", "//", "a"]],
      ["b\ufeff", ["▁", "b", "\ufeff"]],
      ["b\n\n", ["▁", "b", "\n\n"]],
      ["b\n", ["▁", "b", "<0x0A>"]],
    ];
    for (const [text, expected] of rows) {
      const ids = tokenizer.encode(text);
      assert.deepEqual(spelt(ids), expected, text);
      assert.equal(tokenizer.decode(ids), ` ${text}`);
    }
    assert.ok(!tokenizer.encode("<s>").includes(1));
    assert.deepEqual(tokenizer.bosIds, [1]);
  });

  test("SentencePiece that wants nothing in front", async () => {
    const tokenizer = await importWith({
      "tokenizer.ggml.add_bos_token": false,
      "tokenizer.ggml.add_space_prefix": false,
    });
    assert.deepEqual(spelt(tokenizer.encode("ab")), ["ab"]);
    assert.deepEqual(tokenizer.bosIds, []);
  });

  test("bytes, with and without a token in front", async () => {
    const { tensors } = tinyGguf("F32");
    for (const [metadata, bosIds] of [
      [{}, []],
      [{ "tokenizer.ggml.add_bos_token": true }, [1]],
      [{ "tokenizer.ggml.pre": "llama-bpe" }, [1]],
      [
        {
          "tokenizer.ggml.pre": "llama-bpe",
          "tokenizer.ggml.add_bos_token": false,
        },
        [],
      ],
    ] as [Record<string, MetadataValue>, number[]][]) {
      const bytes = formatGguf({
        metadata: { ...TINY_METADATA, ...metadata },
        tensors,
      });
      const { directory } = await importBytes(bytes);
      assert.deepEqual((await loadTokenizer(directory)).bosIds, bosIds);
    }
  });

  test("another kind, which is refused", async () => {
    const { tensors } = tinyGguf("F32");
    const withKey = (key: string, value: MetadataValue) =>
      formatGguf({ metadata: { ...METADATA, [key]: value }, tensors });
    await refuses(
      withKey("tokenizer.ggml.model", "t5"),
      /its tokenizer is "t5", expected "gpt2" \(byte-level BPE\) or "llama" \(SentencePiece\)/,
    );
    await refuses(
      withKey("tokenizer.ggml.scores", [1, 2]),
      /there are 128 tokens and 2 scores, expected as many of both/,
    );
  });
});
