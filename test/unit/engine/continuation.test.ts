import assert from "node:assert/strict";
import type { StopAt } from "../../../src/protocol/generation";
import { PrefixIndex } from "../../../src/tokenizer/prefixIndex";
import { Continuation } from "../../../src/engine/continuation";
import { loadEmbeddedTokenizer } from "../tokenizer/embeddedTokenizer";
import { createTinyTokenizer, tinyTokenId } from "../support/tinyTokenizer";

const tokenizer = createTinyTokenizer();
const prefixIndex = new PrefixIndex(tokenizer);

/** Pushes tokens; gives the pieces handed on and whether each token went past the end. */
function run(
  tokens: string[],
  {
    constraint = "",
    stopAt = "none",
  }: { constraint?: string; stopAt?: StopAt } = {},
) {
  const pieces: string[] = [];
  const continuation = new Continuation({
    tokenizer,
    prefixIndex,
    constraint,
    stopAt,
    onText: (text) => pieces.push(text),
  });
  const ends = tokens.map((token) =>
    continuation.push({
      tokenId: tinyTokenId(token),
      probability: 0.5,
      targetLogProbability: 0,
      alternatives: [{ tokenId: tinyTokenId("Ġthe"), probability: 0.25 }],
    }),
  );
  return { continuation, pieces, ends };
}

/** Texts of the tokens that may come next, covering ones and partial ones; undefined when all may. */
function allowed(continuation: Continuation) {
  const tokens = continuation.allowedTokens();
  const texts = (ids: readonly number[]) =>
    ids.map((id) => tokenizer.decode([id])).sort();
  return (
    tokens && {
      covering: texts(tokens.covering),
      partial: texts(tokens.partial),
    }
  );
}

suite("Continuation", () => {
  test("joins the texts of its tokens and hands each on", () => {
    const { continuation, pieces } = run(["Ġhello", "Ġworld", "."]);
    assert.equal(continuation.text, " hello world.");
    assert.deepEqual(pieces, [" hello", " world", "."]);
    assert.equal(continuation.allowedTokens(), undefined);
  });

  test("tokens have id, text, log-probability and alternatives as texts", () => {
    const { continuation } = run(["Ġworld"]);
    assert.deepEqual(continuation.tokens, [
      {
        tokenId: tinyTokenId("Ġworld"),
        text: " world",
        logProbability: Math.log(0.5),
        alternatives: [{ text: " the", probability: 0.25 }],
      },
    ]);
  });

  test("refuse() keeps the token that it ends before, whole", () => {
    const { continuation } = run([], { constraint: " he" });
    continuation.refuse({
      tokenId: tinyTokenId("Ġhello"),
      probability: 0.5,
      targetLogProbability: 0,
      alternatives: [],
    });
    assert.equal(continuation.text, "");
    assert.deepEqual(continuation.tokens, []);
    assert.deepEqual(continuation.refused, {
      tokenId: tinyTokenId("Ġhello"),
      text: " hello",
      logProbability: Math.log(0.5),
      alternatives: [],
    });
  });

  test("strips the letters that stand in the document already", () => {
    const { continuation, pieces } = run(["Ġhello"], { constraint: " he" });
    assert.equal(continuation.text, "llo");
    assert.deepEqual(pieces, ["llo"]);
    assert.equal(continuation.healed, " he");
    assert.equal(continuation.tokens[0]!.text, " hello");
  });

  test("strips them over more than one token, and hands on nothing till they are through", () => {
    const tokens = ["Ġ", "h", "e", "lp", "Ġthe"];
    const { continuation, pieces } = run(tokens, { constraint: " hel" });
    assert.equal(continuation.text, "p the");
    assert.deepEqual(pieces, ["p", " the"]);
    assert.deepEqual(
      continuation.tokens.map(({ text }) => text),
      [" ", "h", "e", "lp", " the"],
    );
  });

  test("allowedTokens() covers what is owed or is a beginning of it, and shrinks with each token", () => {
    const { continuation } = run([], { constraint: " he" });
    assert.deepEqual(allowed(continuation), {
      covering: [" he", " hello", " help"],
      partial: [" "],
    });
    const push = (token: string) =>
      continuation.push({
        tokenId: tinyTokenId(token),
        probability: 1,
        targetLogProbability: 0,
        alternatives: [],
      });
    push("Ġ");
    assert.deepEqual(allowed(continuation), {
      covering: ["he"],
      partial: ["h"],
    });
    push("h");
    assert.deepEqual(allowed(continuation), {
      covering: ["e", "er"],
      partial: [],
    });
    push("er");
    assert.equal(continuation.allowedTokens(), undefined);
    assert.equal(continuation.text, "r");
  });

  test("holds a character back until its last byte", () => {
    const { continuation, pieces } = run(["â", "Ĥ", "¬", "Ã©"]);
    assert.equal(continuation.text, "€é");
    assert.deepEqual(pieces, ["€", "é"]);
  });

  test("never ends within a character", () => {
    const { continuation } = run(["a", "â", "Ĥ"]);
    assert.equal(continuation.text, "a");
  });

  test("strips owed characters of several bytes, byte by byte", () => {
    for (const tokens of [
      ["Ã©", "Ã", "©"],
      ["Ã", "©", "Ã©"],
    ]) {
      const { continuation } = run(tokens, { constraint: "é" });
      assert.equal(continuation.text, "é");
    }
    const { continuation } = run(["â"], { constraint: "€" });
    assert.equal(continuation.text, "");
    const requiredPrefix = { covering: [], partial: [tinyTokenId("Ĥ")] };
    assert.deepEqual(continuation.allowedTokens(), requiredPrefix);
  });

  test("push() is true once the text is past its end, owed letters not counted", () => {
    const tokens = [".", "Ġ", "T", "he"];
    assert.deepEqual(run(tokens, { stopAt: "sentence" }).ends, [
      false,
      false,
      true,
      true,
    ]);
    assert.deepEqual(run(["a", "Ċ"], { stopAt: "line" }).ends, [false, true]);
    const healed = run(["ĊĊ", "a"], { stopAt: "line", constraint: "\n\n" });
    assert.deepEqual(healed.ends, [false, false]);
  });

  // No token of the next sentence but the one that shows the end; before, all of them were drawn and thrown away.
  for (const [name, text, sentence] of [
    ["Chinese", "今天下雨。明天也下雨。", "今天下雨。"],
    ["Chinese speech", "他说：「好。」她也说好。", "他说：「好。」"],
    ["Japanese", "今日は雨です。明日も雨です。", "今日は雨です。"],
  ] as const) {
    test(`a ${name} sentence ends with the character behind it`, async () => {
      const embedded = await loadEmbeddedTokenizer();
      const continuation = new Continuation({
        tokenizer: embedded,
        prefixIndex: new PrefixIndex(embedded),
        constraint: "",
        stopAt: "sentence",
        onText: () => {},
      });
      const drawn = embedded.encode(text);
      const isPast = drawn.map((tokenId) =>
        continuation.push({
          tokenId,
          probability: 0.5,
          targetLogProbability: 0,
          alternatives: [],
        }),
      );
      const textUntilEnd = embedded.decode(
        drawn.slice(0, isPast.indexOf(true) + 1),
      );
      assert.equal(textUntilEnd.startsWith(sentence), true, textUntilEnd);
      assert.equal([...textUntilEnd].length, [...sentence].length + 1);
    });
  }
});
