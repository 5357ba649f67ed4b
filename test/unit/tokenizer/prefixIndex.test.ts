import assert from "node:assert/strict";
import { PrefixIndex } from "../../../src/tokenizer/prefixIndex";
import type { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { loadEmbeddedTokenizer } from "./embeddedTokenizer";

/** A vocabulary of these tokens; ids are places in the list. */
function vocabularyOf(...tokens: (string | number[])[]) {
  const bytes = tokens.map((token) => Buffer.from(token as string));
  return {
    vocabSize: bytes.length,
    tokenBytes: (tokenId: number): Uint8Array => bytes[tokenId]!,
  };
}

function bruteForce(
  { vocabSize, tokenBytes }: ReturnType<typeof vocabularyOf>,
  prefix: Buffer,
) {
  const covering: number[] = [];
  const partial: number[] = [];
  for (let tokenId = 0; tokenId < vocabSize; tokenId++) {
    const token = Buffer.from(tokenBytes(tokenId));
    if (token.length === 0) continue;
    if (token.subarray(0, prefix.length).equals(prefix)) covering.push(tokenId);
    else if (prefix.subarray(0, token.length).equals(token)) {
      partial.push(tokenId);
    }
  }
  return { covering, partial };
}

function sorted({ covering, partial }: ReturnType<typeof bruteForce>) {
  const byId = (a: number, b: number) => a - b;
  return { covering: covering.sort(byId), partial: partial.sort(byId) };
}

suite("PrefixIndex.lookup()", () => {
  const vocabulary = vocabularyOf(
    ...["", " frame", " f", " framework", "frame", " fr", "", " g", " "],
    ...[[0x20, 0xff], [0x20, 0xff, 0x00], [0xff], " f"],
  );
  const check = (prefix: string | number[], expected: object) => {
    const bytes = Buffer.from(prefix as string);
    const matches = new PrefixIndex(vocabulary).lookup(bytes);
    assert.deepEqual(sorted(matches), expected);
    assert.deepEqual(sorted(bruteForce(vocabulary, bytes)), expected);
  };

  test("tells tokens that cover the typed bytes from those that begin them", () => {
    check(" frame", { covering: [1, 3], partial: [2, 5, 8, 12] });
    check(" fra", { covering: [1, 3], partial: [2, 5, 8, 12] });
    check(" framew", { covering: [3], partial: [1, 2, 5, 8, 12] });
    check("x", { covering: [], partial: [] });
  });

  test("works on bytes, up to the highest one", () => {
    check([0x20, 0xff], { covering: [9, 10], partial: [8] });
    check([0xff, 0xff], { covering: [], partial: [11] });
  });

  test("gives every token that has bytes when nothing is typed", () => {
    check("", { covering: [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12], partial: [] });
  });

  test("agrees with a search through the embedded vocabulary, special tokens never allowed", async () => {
    const tokenizer: Tokenizer = await loadEmbeddedTokenizer();
    const index = new PrefixIndex(tokenizer);
    const real = {
      vocabSize: tokenizer.vocabSize,
      tokenBytes: (tokenId: number) => tokenizer.tokenBytes(tokenId),
    };
    for (const prefix of [" frame", "<|im_", " ", "é"]) {
      const bytes = Buffer.from(prefix);
      const matches = index.lookup(bytes);
      assert.deepEqual(
        sorted(matches),
        sorted(bruteForce(real, bytes)),
        prefix,
      );
      for (const tokenId of [...matches.covering, ...matches.partial]) {
        assert.ok(!tokenizer.specialTokenIds.has(tokenId), prefix);
      }
    }
  });
});
