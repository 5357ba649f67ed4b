import assert from "node:assert/strict";
import {
  alignGeneration,
  continueAfter,
} from "../../../src/completion/alignment";
import { decide } from "../../../src/completion/decide";
import { passGate } from "../../../src/completion/showGate";
import { RejectionMemory } from "../../../src/completion/rejectionMemory";
import type { GeneratedToken } from "../../../src/protocol/generation";
import { contextAt, generation, sureGeneration, token } from "./support";

const gate = { minFirstWord: 0.5, minRunning: 0.3, minCharacters: 2 };

function pass(tokens: GeneratedToken[], stopReason: "length" | "stop-rule") {
  const continuation = alignGeneration(generation(tokens, { stopReason }));
  const { confidence, length } = passGate(continuation, {
    gate,
    maxLength: Infinity,
  });
  return {
    confidence: Number(confidence.toFixed(4)),
    text: continuation.text.slice(0, length),
  };
}

suite("passGate()", () => {
  test("multiplies the probabilities of a word's tokens", () =>
    assert.deepEqual(
      pass([token(" tok", 0.8), token("ens", 0.7)], "stop-rule"),
      {
        confidence: 0.56,
        text: " tokens",
      },
    ));

  test("refuses a first word below the threshold", () =>
    assert.deepEqual(
      pass([token(" tok", 0.8), token("ens", 0.6)], "stop-rule"),
      {
        confidence: 0.48,
        text: "",
      },
    ));

  test("ends before the word whose running product falls below the threshold", () =>
    // 0.9, 0.9 * 0.8 = 0.72, 0.72 * 0.4 = 0.288
    assert.equal(
      pass(
        [token(" a", 0.9), token(" b", 0.8), token(" c", 0.4), token(" d", 1)],
        "stop-rule",
      ).text,
      " a b",
    ));

  test("counts the probability that the first word ends where it does", () => {
    const next: GeneratedToken = {
      ...token(" is", 0.3),
      alternatives: [
        { text: "er", probability: 0.4 },
        { text: " is", probability: 0.3 },
        { text: ",", probability: 0.2 },
      ],
    };
    // 0.9 * (0.3 + 0.2) / (0.4 + 0.3 + 0.2)
    assert.deepEqual(pass([token(" develop", 0.9), next], "length"), {
      confidence: 0.5,
      text: " develop",
    });
  });

  test("what follows a letter of a script without spaces says nothing of its word's end", () => {
    const next: GeneratedToken = {
      ...token("，", 0.2),
      alternatives: [
        { text: "的", probability: 0.6 },
        { text: "，", probability: 0.2 },
      ],
    };
    assert.deepEqual(pass([token("软件", 0.8), next], "stop-rule"), {
      confidence: 0.8,
      text: "软件",
    });
  });

  test("leaves out a last word that the length limit may have broken off", () => {
    const tokens = [token(" one", 0.9), token(" tw", 0.9)];
    assert.equal(pass(tokens, "length").text, " one");
    assert.equal(pass(tokens, "stop-rule").text, " one tw");
  });

  test("takes Chinese character by character", () =>
    assert.equal(
      pass([token("今", 0.9), token("天", 0.8), token("雨", 0.2)], "stop-rule")
        .text,
      "今天",
    ));
});

suite("continueAfter()", () => {
  const open: GeneratedToken = {
    ...token(" open", 0.4),
    alternatives: [
      { text: " open", probability: 0.4 },
      { text: " only", probability: 0.1 },
      { text: " the", probability: 0.3 },
    ],
  };

  test("makes a token as probable as it is among those with the typed letters", () => {
    const whole = alignGeneration(generation([open, token(" it", 0.5)]));
    const after = (typed: string) =>
      continueAfter(whole, typed)?.tokens.map(({ probability }) =>
        Number(probability.toFixed(4)),
      );
    // 0.2 is unlisted: all of it may begin with a space, a 15th with "o", a 105th with "op".
    assert.deepEqual(after(" "), [0.4, 0.5]);
    assert.deepEqual(after(" o"), [0.7792, 0.5]);
    assert.deepEqual(after(" op"), [0.9953, 0.5]);
    assert.deepEqual(after(" open"), [0.5]);
    assert.equal(after(" open it"), undefined);
    assert.equal(after(" x"), undefined);
  });

  test("counts tokens that only spell what was typed until more is typed", () => {
    // "a" may have become "and": that it is whole is 0.75 probable.
    const healed = alignGeneration(
      generation([token("a", 0.75), token(" time", 0.8)], {
        text: " time",
        healed: "a",
      }),
    );
    const [first] = healed.tokens;
    assert.equal(first?.probability.toFixed(2), "0.60");
    const typed = continueAfter(healed, " t")?.tokens[0];
    // 0.8 / (0.8 + 0.2 / 15)
    assert.equal(typed?.probability.toFixed(4), "0.9836");
  });

  test("knows the letters left of the cursor that a healed token has", () => {
    const healed = alignGeneration(
      generation([{ ...open, alternatives: open.alternatives.slice(0, 2) }], {
        text: "pen",
        healed: " o",
      }),
    );
    const [first] = healed.tokens;
    assert.deepEqual([first?.start, first?.end], [-2, 3]);
    assert.equal(first?.probability.toFixed(4), "0.4000");
    // 0.4 of what begins with " op": 0.4 / (0.4 + 0.5 / 105)
    assert.equal(
      continueAfter(healed, "p")?.tokens[0]?.probability.toFixed(4),
      "0.9882",
    );
  });
});

suite("RejectionMemory", () => {
  const place = { documentKey: "a", offset: 1000 };
  let timeMs = 0;
  const now = () => timeMs;

  function raiseAt(memory: RejectionMemory, offset = place.offset): number {
    return memory.penaltyAt({ ...place, offset }).raise;
  }

  test("asks for more after Escape, near that place and for a while", () => {
    timeMs = 0;
    const memory = new RejectionMemory(now);
    memory.reject(place, "escape");
    assert.deepEqual(memory.penaltyAt(place), { rejections: 1, raise: 0.1 });
    memory.reject(place, "escape");
    assert.equal(raiseAt(memory).toFixed(2), "0.30");
    assert.equal(raiseAt(memory, 1050).toFixed(2), "0.10");
    assert.equal(raiseAt(memory, 1100), 0);
    assert.equal(memory.penaltyAt({ ...place, documentKey: "b" }).raise, 0);
    timeMs = 60_000;
    assert.equal(raiseAt(memory).toFixed(2), "0.10");
    timeMs = 120_000;
    assert.equal(raiseAt(memory), 0);
    timeMs = 300_000;
    assert.deepEqual(memory.penaltyAt(place), { rejections: 0, raise: 0 });
    for (let time = 0; time < 10; time++) memory.reject(place, "escape");
    assert.equal(raiseAt(memory), 0.4);
  });

  test("forgets on an acceptance nearby", () => {
    timeMs = 0;
    const memory = new RejectionMemory(now);
    for (let time = 0; time < 3; time++) memory.reject(place, "escape");
    memory.accept({ ...place, offset: 2000 });
    assert.ok(raiseAt(memory) > 0.3);
    memory.accept({ ...place, offset: 1100 });
    assert.equal(raiseAt(memory), 0);
  });

  // Minutes of ordinary writing used to end in "0.65 is asked after 3 rejections here".
  for (const [what, { keysPerRejection, msPerKey }] of Object.entries({
    "a slow typist passes by something each sentence": {
      keysPerRejection: 80,
      msPerKey: 400,
    },
    "a fast one each sentence": { keysPerRejection: 80, msPerKey: 80 },
    "a fast one every third word": { keysPerRejection: 18, msPerKey: 80 },
    "one who thinks every other word": { keysPerRejection: 12, msPerKey: 250 },
    "a slow one every other word": { keysPerRejection: 10, msPerKey: 400 },
    "one with an input method every other word": {
      keysPerRejection: 10,
      msPerKey: 150,
    },
  })) {
    test(`nothing more is asked for while ${what} for ten minutes`, () => {
      timeMs = 0;
      const memory = new RejectionMemory(now);
      const numRejections = 600_000 / (keysPerRejection * msPerKey);
      for (let index = 0; index < numRejections; index++) {
        timeMs += keysPerRejection * msPerKey;
        const offset = 5_000 + index * keysPerRejection;
        memory.reject({ ...place, offset }, "typing");
        assert.equal(raiseAt(memory, offset), 0, `after ${index}`);
      }
    });
  }

  test("what was passed by weighs a little beside Escape", () => {
    timeMs = 0;
    const memory = new RejectionMemory(now);
    memory.reject(place, "escape");
    const alone = raiseAt(memory);
    memory.reject(place, "typing");
    assert.ok(raiseAt(memory) > alone && raiseAt(memory) < alone + 0.02);
  });

  test("is the reason that decide() gives when it alone silences a suggestion", () => {
    const generation = sureGeneration(" brown fox", 0.75);
    const decision = decide(
      contextAt("The quick[|]"),
      [alignGeneration(generation)],
      { gate, penalty: { rejections: 4, raise: 0.3 } },
    );
    assert.deepEqual(decision, {
      kind: "silent",
      reason: {
        code: "rejected-here",
        rejections: 4,
        confidence: 0.75,
        threshold: 0.8,
      },
      confidence: 0.75,
      withheld: generation.tokens,
    });
  });
});
