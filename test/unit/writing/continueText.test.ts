// A generator that says what it is told to, draft after draft: what is chosen, where the text ends, what is asked for.
import assert from "node:assert/strict";
import type { Generator } from "../../../src/completion/generator";
import type {
  GenerateRequest,
  GeneratedToken,
} from "../../../src/protocol/generation";
import {
  generateLong,
  type LongOptions,
  type LongOrder,
} from "../../../src/writing/longGeneration";

/** What the model says and how probable it finds each word; with `stop` it has more to say. */
type Saying = [text: string, probability: number, reason?: "end" | "length"];

/** Bits of every word where no text stands before it. */
const ALONE_BITS = 5;

function sayer(sayings: readonly Saying[]) {
  const requests: GenerateRequest[] = [];
  const generator: Generator = {
    generate: (request, { signal }) => {
      signal.throwIfAborted();
      const [text, probability, reason] = sayings[requests.length] ?? ["", 1];
      requests.push(request);
      const words = text.match(/\s*\S+|\s+$/g) ?? [];
      const tokens = words.map((word): GeneratedToken => ({
        tokenId: 1,
        text: word,
        logProbability: Math.log(probability),
        alternatives: [],
      }));
      const stopReason =
        reason === "length"
          ? "length"
          : reason === "end" || text === ""
            ? "end-of-text"
            : "stop-rule";
      return Promise.resolve({
        generations: [{ text, healed: "", tokens, stopReason }],
        promptTokens: 1,
        reusedTokens: 0,
        prefillMs: 0,
        decodeMs: 0,
      });
    },
    measureText: ({ text }) =>
      Promise.resolve(
        (text.match(/\s*\S+/g) ?? []).map((word) => ({
          text: word,
          bits: ALONE_BITS,
        })),
      ),
  };
  return { generator, requests };
}

async function goOn(
  textBefore: string,
  sayings: readonly Saying[],
  options: Partial<LongOptions> = {},
  change: Partial<LongOrder> = {},
) {
  const { generator, requests } = sayer(sayings);
  const seen: string[] = [];
  const result = await generateLong(
    generator,
    {
      chat: [],
      textBefore,
      languageId: "markdown",
      form: "text",
      maxTokens: 100,
      sampling: { temperature: 0.2, seed: 1 },
      cacheKey: "test",
      ...change,
    },
    {
      signal: new AbortController().signal,
      onProgress: ({ text }) => {
        if (text !== seen.at(-1)) seen.push(text);
      },
      ...options,
    },
  );
  return { result, requests, seen };
}

const LETTER = "Dear Anna,\n\nthe boat is ready. It";
const five = (saying: Saying): Saying[] => Array<Saying>(5).fill(saying);

suite("continueText()", () => {
  test("takes the most probable of five drafts, and shows it when it is chosen", async () => {
    const { result, requests, seen } = await goOn(LETTER, [
      [" lies there. The", 0.3],
      [" is blue.\n", 0.6],
      [" was old. The", 0.2],
      [" sank. The", 0.4],
      [" waits. The", 0.1],
    ]);
    assert.deepEqual(seen, ["", " is blue."]);
    assert.equal(result.end, "natural");
    assert.equal(requests.length, 5);
    assert.deepEqual(
      requests.map(({ sampling }) => sampling.temperature),
      [0.2, 0.6, 0.6, 0.6, 0.6],
    );
  });

  test("goes on with sentences while they are good, and ends before one that is not", async () => {
    const { result } = await goOn(LETTER, [
      ...five([" lies there. The", 0.3]),
      ...five([" The sail is white. And", 0.7]),
      ...Array<Saying>(10).fill([" Nobody knows my horse. And", 0.1]),
    ]);
    assert.equal(result.text, " lies there. The sail is white.");
    assert.equal(result.end, "unsure");
  });

  test("says that nothing good came where every draft is improbable, marked up or made up", async () => {
    const { result, requests } = await goOn(LETTER, [
      ...five([" lies there. The", 0.01]),
      [" is **blue**. The", 0.9],
      [" costs $40. The", 0.9],
      [" lies by https://example.org there. The", 0.9],
      [" and more and", 0.9, "length"],
    ]);
    assert.equal(result.text, "");
    assert.equal(result.end, "unsure");
    assert.equal(requests.length, 10);
  });

  // What is said as easily with no text before it has nothing to do with the text.
  test("does not take what the text before adds nothing to", async () => {
    const { result } = await goOn(
      LETTER,
      Array<Saying>(10).fill([
        " was written in the book. The",
        2 ** -ALONE_BITS,
      ]),
    );
    assert.equal(result.end, "unsure");
  });

  test("goes on with a list as a list, and ends where the model ends it", async () => {
    const { result } = await goOn("- tent\n- torch\n-", [
      ...five([" rope\n", 0.3]),
      ["\n", 1],
      ["- knife\n", 0.4],
      ...Array.from({ length: 4 }, (): Saying[] => [
        ["\n", 1],
        ["- rope\n", 0.9],
      ]).flat(),
      ["\n", 1],
      ["So it was.\n", 0.9],
    ]);
    assert.equal(result.text, " rope\n- knife");
    assert.equal(result.end, "natural");
  });

  test("begins no further draft once its time is over", async () => {
    let nowMs = 0;
    const { result, requests } = await goOn(LETTER, [[" lies there.\n", 0.3]], {
      now: () => (nowMs += 1000),
      patienceMs: 500,
    });
    assert.equal(result.text, " lies there.");
    assert.equal(requests.length, 1);
  });

  test("keeps what was chosen when it is stopped", async () => {
    const controller = new AbortController();
    const { result } = await goOn(
      LETTER,
      [
        ...five([" lies there. The", 0.3]),
        ...five([" The sail is white. And", 0.7]),
      ],
      {
        signal: controller.signal,
        onProgress: ({ text }) => {
          if (text !== "") controller.abort();
        },
      },
    );
    assert.equal(result.text, " lies there.");
    assert.equal(result.end, "stopped");
  });

  test("begins otherwise than the texts that are there", async () => {
    const { result } = await goOn(
      LETTER,
      [
        [" is blue.\n", 0.6],
        [" lies there.\n", 0.3],
        ...Array<Saying>(3).fill([" is blue.\n", 0.6]),
      ],
      {},
      { others: [" is blue. The sail is white."] },
    );
    assert.equal(result.text, " lies there.");
  });

  test("ends after so many sentences", async () => {
    const { result } = await goOn(
      LETTER,
      [
        ...five([" lies there. The", 0.3]),
        ...five([" The sail is white. And", 0.7]),
      ],
      {},
      { maxSentences: 1 },
    );
    assert.equal(result.text, " lies there.");
    assert.equal(result.end, "length");
  });

  test("ends behind the sentence in which the length is reached", async () => {
    const { result } = await goOn(
      LETTER,
      [
        ...five([" lies there. The", 0.3]),
        ...five([" The sail is white. And", 0.7]),
      ],
      {},
      { maxTokens: 5 },
    );
    assert.equal(result.text, " lies there. The sail is white.");
    assert.equal(result.end, "length");
  });
});
