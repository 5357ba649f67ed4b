import assert from "node:assert/strict";
import { StreamingDecoder } from "../../../src/tokenizer/streamingDecoder";

/** Token ids are bytes; 256 is a special token without any. */
const bytes = {
  tokenBytes: (tokenId: number) =>
    Uint8Array.from(tokenId === 256 ? [] : [tokenId]),
};

/** Pieces as they come out, the last one from `flush()`. */
function decode(tokenIds: Iterable<number>): string[] {
  const decoder = new StreamingDecoder(bytes);
  const pieces = Array.from(tokenIds, (tokenId) => decoder.push(tokenId));
  return [...pieces, decoder.flush()];
}

suite("StreamingDecoder", () => {
  test("push() holds a character back until its last byte", () => {
    assert.deepEqual(decode(Buffer.from("é€😀")), [
      ...["", "é"],
      ...["", "", "€"],
      ...["", "", "", "😀"],
      "",
    ]);
  });

  test("push() lets special tokens pass in the middle of a character", () => {
    assert.deepEqual(decode([0xc3, 256, 0xa9]), ["", "", "é", ""]);
  });

  test("push() keeps a byte order mark", () => {
    assert.equal(decode(Buffer.from("\ufeffa")).join(""), "\ufeffa");
  });

  test("push() replaces bytes that can never become a character, and goes on", () => {
    assert.deepEqual(decode([0xe2, 0x82, 0x61]), ["", "", "\ufffda", ""]);
    assert.deepEqual(decode([0xff, 0x61]), ["\ufffd", "a", ""]);
  });

  test("flush() gives U+FFFD for what is unfinished, and starts anew", () => {
    const decoder = new StreamingDecoder(bytes);
    assert.equal(decoder.push(0xe2), "");
    assert.equal(decoder.flush(), "\ufffd");
    assert.equal(decoder.push(0x61), "a");
    assert.equal(decoder.flush(), "");
  });
});
