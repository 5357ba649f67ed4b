import assert from "node:assert/strict";
import { Completer, type Decision } from "../../../src/completion/completer";
import type { CompletionContext } from "../../../src/completion/decision";
import {
  gateFor,
  minTokenProbability,
} from "../../../src/completion/gateSettings";
import { MID_LINE } from "../../../src/completion/midLine";
import type {
  FollowingScore,
  Generation,
} from "../../../src/protocol/generation";
import {
  contextAt,
  FakeGenerator,
  generation,
  settings,
  sureGeneration,
  token,
} from "./support";

const never = new AbortController().signal;

/** How probable the text behind is after nothing and after each of the words. */
function scoresOf(nothing: number, words: [string, number][]) {
  const scores: FollowingScore[] = [{ length: 0, logProbability: nothing }];
  let length = 0;
  for (const [word, logProbability] of words) {
    length += word.length;
    scores.push({ length, logProbability });
  }
  return scores;
}

/** A continuation of these words, each with its probability and the text behind after it. */
function scored(
  nothing: number,
  words: [word: string, probability: number, following: number][],
): Generation {
  return generation(
    words.map(([word, probability]) => token(word, probability)),
    {
      stopReason: "unsure",
      following: scoresOf(
        nothing,
        words.map(([word, , following]) => [word, following]),
      ),
    },
  );
}

function shownOf(decision: Decision): string {
  return decision.kind === "show"
    ? decision.suggestions.map(({ text }) => text).join("|")
    : decision.reason.code;
}

async function complete(
  marked: string,
  generations: Generation[],
  overrides: Partial<CompletionContext> = {},
) {
  const generator = new FakeGenerator(() => generations);
  const completer = new Completer(generator, { prefetch: false });
  const decision = await completer.complete(
    contextAt(marked, overrides),
    never,
  );
  return { decision, shown: shownOf(decision), generator };
}

suite("Before words on the line a suggestion", () => {
  test("ends where the words behind the cursor follow best", async () => {
    const rows: [Generation, string][] = [
      [
        scored(-20, [
          [" quick", 0.6, -4],
          [" brown", 0.6, -9],
        ]),
        " quick",
      ],
      [
        scored(-20, [
          [" quick", 0.6, -9],
          [" brown", 0.6, -4],
        ]),
        " quick brown",
      ],
      // Each word costs what it is improbable by: 0.5 nats here, where nothing else speaks for it.
      [
        scored(-20, [
          [" quick", 0.6, -4],
          [" brown", 0.6, -4],
        ]),
        " quick",
      ],
    ];
    for (const [written, expected] of rows) {
      const { shown } = await complete("The[|] fox jumps", [written]);
      assert.equal(shown, expected);
    }
  });

  test("is not shown where they follow as well without it, however sure the model was", async () => {
    const { decision, shown } = await complete("The[|] fox jumps", [
      scored(-4, [[" quick", 0.9, -4]]),
    ]);
    assert.equal(shown, "unsure");
    assert.ok(decision.kind === "silent" && decision.confidence! < 0.45);
  });

  test("is shown where they speak for it, though it would be too improbable at a line's end", async () => {
    const words: [string, number, number][] = [[" quick", 0.25, -2]];
    const { shown, decision } = await complete("The[|] fox jumps", [
      scored(-20, words),
    ]);
    assert.equal(shown, " quick");
    assert.ok(decision.kind === "show" && decision.confidence > 0.8);
    assert.ok(decision.isMidLine, "and says what its confidence is of");
    const { shown: atEnd } = await complete("The[|]", [
      generation([token(" quick", 0.25)], { stopReason: "unsure" }),
    ]);
    assert.equal(atEnd, "unsure");
  });

  test("has to be surer in a quieter mode", async () => {
    const written = scored(-12, [[" quick", 0.5, -5]]);
    const shownIn = async (mode: "quiet" | "balanced") => {
      const overrides = { settings: { ...settings, mode } };
      return (await complete("The[|] fox", [written], overrides)).shown;
    };
    assert.equal(await shownIn("balanced"), " quick");
    assert.equal(await shownIn("quiet"), "unsure");
  });

  test("has to run into them where the engine does not say how they follow", async () => {
    const rows: [string, string][] = [
      [" quick fox", " quick"],
      [" quick brown", "text-after-cursor"],
    ];
    for (const [text, expected] of rows) {
      const { shown } = await complete("The[|] fox jumps", [
        sureGeneration(text),
      ]);
      assert.equal(shown, expected);
    }
  });

  test("by hand is the one that they follow best, and others after it", async () => {
    const generator = new FakeGenerator(() => []);
    generator.generate = (request) =>
      Promise.resolve({
        generations:
          request.count === 1
            ? [scored(-20, [[" lazy", 0.3, -18]])]
            : [
                scored(-20, [[" old", 0.1, -19]]),
                scored(-20, [[" quick", 0.2, -3]]),
              ],
        promptTokens: 1,
        reusedTokens: 0,
        prefillMs: 0,
        decodeMs: 0,
      });
    const decision = await new Completer(generator).complete(
      contextAt("The[|] fox jumps", { trigger: "manual" }),
      never,
    );
    assert.equal(shownOf(decision), " quick| lazy| old");
    assert.ok(decision.kind === "show" && decision.confidence > 0.5);
  });
});

suite("Completer before words on the line", () => {
  test("sends those words, asks for little, and lets improbable words pass", async () => {
    const rows: [string, string | undefined][] = [
      ["The[|] fox jumps\nover", " fox jumps"],
      ["The[|]", undefined],
      ["The[|]\nfox", undefined],
      ["call([|]);", undefined],
      ["**The[|]**", undefined],
    ];
    for (const [marked, expected] of rows) {
      const { generator } = await complete(marked, [sureGeneration(" quick")]);
      const [request] = generator.requests;
      assert.equal(request!.following, expected, marked);
      const isMidLine = expected !== undefined;
      assert.equal(request!.maxTokens, isMidLine ? 6 : settings.maxTokens);
      const ofGate = minTokenProbability(gateFor(contextAt(marked)));
      assert.equal(
        request!.minProbability,
        isMidLine ? Math.min(ofGate, MID_LINE.minProbability) : ofGate,
      );
    }
  });

  test("asks nothing while a suggestion is typed, and anew when the text behind is another", async () => {
    const generator = new FakeGenerator(() => [
      scored(-20, [
        [" quick", 0.6, -9],
        [" brown", 0.6, -4],
      ]),
    ]);
    const completer = new Completer(generator, { prefetch: false });
    const rows: [string, string, number][] = [
      ["The[|] fox jumps", " quick brown", 1],
      ["The qu[|] fox jumps", "ick brown", 1],
      ["The quick[|] fox jumps", " brown", 1],
      ["The quick b[|] fox jumps", "rown", 1],
      ["The[|] dog jumps", " quick brown", 2],
    ];
    for (const [marked, expected, threshold] of rows) {
      const decision = await completer.complete(contextAt(marked), never);
      assert.equal(shownOf(decision), expected, marked);
      assert.equal(generator.requests.length, threshold, marked);
    }
  });
});
