// Answers to tasks; how a plain text is gone on with is in continueText.test.ts.
import assert from "node:assert/strict";
import {
  generateLong,
  type LongOrder,
} from "../../../src/writing/longGeneration";
import {
  cutAtNaturalEnd,
  endsNaturally,
  findLoopStart,
  shorten,
} from "../../../src/writing/naturalEnd";
import type { Generator } from "../../../src/completion/generator";
import type {
  GenerateRequest,
  StopReason,
} from "../../../src/protocol/generation";

const order: LongOrder = {
  chat: [{ role: "user", content: "Tell me a story" }],
  textBefore: "Once",
  form: "text",
  maxTokens: 10,
  sampling: { temperature: 0, seed: 1 },
  cacheKey: "test",
};

/** Says word after word until it is cancelled; `requests` holds what was asked. */
function sayer(text: string, stopReason: StopReason = "end-of-text") {
  const requests: GenerateRequest[] = [];
  const generator: Generator = {
    async generate(request, { signal, onText }) {
      requests.push(request);
      let said = "";
      for (const word of text.match(/\s*\S+/g) ?? []) {
        await Promise.resolve();
        if (signal.aborted) throw new DOMException("aborted", "AbortError");
        said += word;
        onText?.(0, word);
      }
      return {
        generations: [{ text: said, healed: "", tokens: [], stopReason }],
        promptTokens: 1,
        reusedTokens: 0,
        prefillMs: 0,
        decodeMs: 0,
      };
    },
  };
  return { generator, requests };
}

async function write(
  text: string,
  change: Partial<LongOrder> = {},
  stopReason?: StopReason,
) {
  const { generator, requests } = sayer(text, stopReason);
  const seen: string[] = [];
  let nowMs = 0;
  const result = await generateLong(
    generator,
    { ...order, ...change },
    {
      signal: new AbortController().signal,
      onProgress: (progress) => seen.push(progress.text),
      now: () => (nowMs += 10),
    },
  );
  return { result, seen, requests };
}

suite("generateLong()", () => {
  test("generateLong() streams and ends where the model does", async () => {
    const { result, seen } = await write(" upon a time.");
    assert.deepEqual(seen, [" upon", " upon a", " upon a time."]);
    assert.equal(result.text, " upon a time.");
    assert.equal(result.end, "natural");
    assert.equal(result.tokens, 3);
    assert.equal(result.tokensPerSecond, 100);
  });

  // A text that began with the sentence before it was cut to nothing, and nothing was all that one got.
  test("generateLong() draws a text anew that only repeats what stands before it", async () => {
    const textBefore = "The river rises in the hills above the town.";
    const { result, requests } = await write(` ${textBefore}`, { textBefore });
    assert.equal(result.text, "");
    assert.deepEqual(
      requests.map(({ sampling: { temperature, seed } }) => [
        temperature,
        seed,
      ]),
      [
        [0, 1],
        [0.7, 2],
        [0.7, 3],
        [0.7, 4],
      ],
    );
  });

  // A quarter of the continuations of a short text ended before their first word.
  test("generateLong() draws a text anew that ends before its first word, and no more once it has words", async () => {
    const { generator, requests } = sayer(" A word.");
    const silent = sayer("").generator;
    const result = await generateLong(
      {
        generate: (request, options) =>
          requests.length < 2
            ? (requests.push(request), silent.generate(request, options))
            : generator.generate(request, options),
      },
      order,
      { signal: new AbortController().signal },
    );
    assert.equal(result.text, " A word.");
    assert.equal(requests.length, 3);
  });

  test("generateLong() asks for a text that gives way", async () => {
    const { requests } = await write(" x.");
    assert.deepEqual(requests[0]!.long, {
      chat: order.chat,
      writtenTokenIds: [],
      mustGoOn: true,
    });
  });

  test("generateLong() goes on to the end of the sentence beyond the length, and ends there", async () => {
    const words = Array.from({ length: 11 }, (_, i) => ` w${i}`).join("");
    const { result } = await write(`${words} end. And more and more.`);
    assert.equal(result.text, `${words} end.`);
    assert.equal(result.end, "length");
  });

  test("generateLong() takes back a sentence that was cut by the length", async () => {
    const { result } = await write(
      " One two three four. Five six",
      {},
      "length",
    );
    assert.equal(result.text, " One two three four.");
    assert.equal(result.end, "length");
  });

  test("generateLong() ends where the text begins to go round", async () => {
    const { result } = await write(
      " The cat sat on the big red mat. The dog ran. The cat sat on the big red mat. More.",
      { maxTokens: 100 },
    );
    assert.equal(result.text, " The cat sat on the big red mat. The dog ran.");
    assert.equal(result.end, "repetition");
  });

  test("generateLong() keeps what is there when it is stopped", async () => {
    const { generator } = sayer(" one two three four");
    const controller = new AbortController();
    const result = await generateLong(generator, order, {
      signal: controller.signal,
      onProgress: ({ text }) => {
        if (text === " one two") controller.abort();
      },
    });
    assert.equal(result.text, " one two");
    assert.equal(result.end, "stopped");
  });

  test("generateLong() rejects when the generator does", async () => {
    const generator: Generator = {
      generate: () => Promise.reject(new RangeError("no model")),
    };
    await assert.rejects(
      generateLong(generator, order, { signal: new AbortController().signal }),
      /no model/,
    );
  });
});

suite("natural ends", () => {
  test("endsNaturally() knows abbreviations and lines", () => {
    for (const [text, expected] of [
      ["It rains.", true],
      ["It rains. ", true],
      ["It rains", false],
      ["See e.g.", false],
      ['"Rain!"', true],
      ["", false],
    ] as const) {
      assert.equal(endsNaturally(text), expected, text);
    }
  });

  test("cutAtNaturalEnd() drops what was begun, unless that is most of it", () => {
    assert.equal(cutAtNaturalEnd("One two. Three fo"), "One two.");
    assert.equal(cutAtNaturalEnd("- one\n- two\n- thr"), "- one\n- two");
    const long = "No. This sentence is much longer than the first one";
    assert.equal(cutAtNaturalEnd(long), long);
  });

  test("shorten() takes the last sentence or line away, and never all", () => {
    assert.equal(shorten("One. Two. Three."), "One. Two.");
    assert.equal(shorten("One.\n\nTwo."), "One.");
    assert.equal(shorten("- one\n- two"), "- one");
    assert.equal(shorten("One."), "One.");
  });

  test("findLoopStart() finds sentences and lines that come again", () => {
    const loops: [string, string][] = [
      [
        "A sentence that is long enough. Other. A sentence that is long enough.",
        "A sentence that is long enough. Other.",
      ],
      [
        "1. The first point of the list\n2. Two\n3. The first point of the list\n",
        "1. The first point of the list\n2. Two",
      ],
      ["so it was and so it was and so it was and", "so it was and so it was"],
    ];
    for (const [text, kept] of loops) {
      const start = findLoopStart(text, "");
      assert.notEqual(start, undefined, text);
      assert.ok(text.slice(0, start).trimEnd().startsWith(kept), text);
    }
    assert.equal(
      findLoopStart("No. No. Yes. No, this is fine.", ""),
      undefined,
    );
  });
});
