// What is decided before all is written.

import assert from "node:assert/strict";
import { seededRandom } from "../../../src/common/random";
import { alignGeneration } from "../../../src/completion/alignment";
import {
  Completer,
  type CompletionContext,
  type Decision,
} from "../../../src/completion/completer";
import { decide } from "../../../src/completion/decide";
import { isDecided } from "../../../src/completion/earlyDecision";
import { gateFor } from "../../../src/completion/gateSettings";
import { cutAtStop } from "../../../src/completion/stopRule";
import {
  contextAt,
  DeferredGenerator,
  generation,
  settlePromises,
  token,
} from "./support";

const never = new AbortController().signal;

function textOf(decision: Decision | undefined): string | undefined {
  return decision?.kind === "show" ? decision.suggestions[0]?.text : undefined;
}

/** A question whose answer is written token by token. */
function ask(
  marked: string,
  {
    grows = true,
    ...overrides
  }: Partial<CompletionContext> & { grows?: boolean } = {},
) {
  const generator = new DeferredGenerator();
  const completer = new Completer(generator, { prefetch: false });
  let decision: Decision | undefined;
  let numLonger = 0;
  const onLonger = grows ? () => void numLonger++ : undefined;
  completer
    .complete(contextAt(marked, overrides), never, { onLonger })
    .then((each) => (decision = each), assert.fail);
  const tokens = generation([]).tokens;
  return {
    generator,
    completer,
    async write(text: string, probability: number, { healed = "" } = {}) {
      await settlePromises();
      tokens.push(token(text, probability));
      const written = { tokens: tokens.slice(-1), healed };
      const added = text.slice(healed.length);
      generator.last.options.onText?.(0, added, written);
      await settlePromises();
      return decision;
    },
    async end() {
      generator.last.resolve([generation(tokens, { stopReason: "stop-rule" })]);
      await settlePromises();
      return decision;
    },
    numLonger: () => numLonger,
  };
}

suite("Completer, before all is written", () => {
  test("is silent as soon as the first word is too improbable, and what is written on is kept", async () => {
    const { write, end, generator, completer } = ask("The quick[|]");
    const decision = await write(" brown", 0.3);
    assert.equal(decision?.kind === "silent" && decision.reason.code, "unsure");
    assert.deepEqual(generator.cancelled, [false]);
    await write(" fox", 0.9);
    await end();
    await completer.complete(contextAt("The quick brown[|]"), never);
    assert.equal(generator.calls.length, 1, "typed along it");
  });

  test("shows a first word once the next one has begun, and says when there is more", async () => {
    const { write, end, completer, generator, numLonger } = ask("The quick[|]");
    assert.equal(await write(" bro", 0.9), undefined);
    assert.equal(await write("wn", 0.9), undefined, "it may go on");
    assert.equal(textOf(await write(" fo", 0.9)), " brown");
    await write("x", 0.9);
    assert.equal(numLonger(), 0);
    await end();
    assert.equal(numLonger(), 1);
    const again = await completer.complete(contextAt("The quick[|]"), never);
    assert.equal(textOf(again), " brown fox");
    assert.equal(generator.calls.length, 1);
  });

  test("is as sure of letters that healing took back as it is in the end", async () => {
    const { write, end } = ask("The quick br[|]");
    const early = await write(" brown", 0.3, { healed: " br" });
    assert.deepEqual(early, await end());
    assert.equal(early?.kind === "silent" && early.reason.code, "unsure");
  });

  test("says nothing where no more is to be shown, and nothing where it was sent away", async () => {
    const short = ask("The quick[|]");
    await short.write(" brown", 0.9);
    assert.equal(textOf(await short.write(" fox", 0.01)), " brown");
    await short.end();
    assert.equal(short.numLonger(), 0, "unsure of the rest");
    const sentAway = ask("The quick[|]");
    await sentAway.write(" brown", 0.9);
    await sentAway.write(" fox", 0.9);
    const { documentKey } = contextAt("[|]");
    sentAway.completer.rejected({ documentKey, offset: 9 }, "escape");
    await sentAway.end();
    assert.equal(sentAway.numLonger(), 0, "sent away");
  });

  test("waits for all of it where an answer must not grow, where it is asked for by hand and before words", async () => {
    for (const [marked, options] of [
      ["The quick[|]", { grows: false }],
      ["The quick[|]", { trigger: "manual" as const }],
      ["The quick[|] jumps", {}],
    ] as const) {
      const { write } = ask(marked, options);
      await write(" brown", 0.9);
      assert.equal(await write(" fox", 0.9), undefined, marked);
    }
    // Where the word ends may depend on what follows it.
    const unspaced = ask("他们[|]");
    assert.equal(await unspaced.write("研", 0.3), undefined);
  });

  test("keeps what is on the screen until all is written", async () => {
    const { write, completer, end } = ask("The quick[|]");
    await write(" brown", 0.9);
    await write(" fox", 0.9);
    let decision: Decision | undefined;
    completer
      .complete(contextAt("The quick b[|]"), never, { onLonger: () => {} })
      .then((each) => (decision = each), assert.fail);
    await settlePromises();
    assert.equal(decision, undefined);
    await end();
    assert.equal(textOf(decision), "rown fox");
  });
});

suite("isDecided()", () => {
  test("is silent only where it is silent when all is written", () => {
    const pieces =
      " the| cat|er|'s| re|ply|.|, |(|`|\n| 3|.5| of| e.g|-|ing| A|) {".split(
        "|",
      );
    let numEarly = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const random = seededRandom(seed);
      const pick = <T>(all: readonly T[]) =>
        all[Math.floor(random() * all.length)]!;
      const tokens = Array.from({ length: 8 }, () =>
        token(pick(pieces), 0.2 + 0.8 * Math.sqrt(random())),
      );
      const context = contextAt(
        pick([
          "It is[|]",
          "- a cat\n- [|]",
          "Say (it[|])",
          "One. Two[|]\n\nThe cat",
        ]),
      );
      const gate = gateFor(context);
      const decideOn = (count: number, stopReason: "length" | "stop-rule") => {
        const soFar = cutAtStop(
          alignGeneration(generation(tokens.slice(0, count), { stopReason })),
          context,
        );
        return { soFar, decision: decide(context, [soFar]) };
      };
      const whole = decideOn(tokens.length, "stop-rule").decision;
      for (let count = 1; count < tokens.length; count++) {
        const { soFar, decision } = decideOn(count, "length");
        if (!isDecided(decision, { soFar, gate, mayGrow: false })) continue;
        numEarly++;
        const written = JSON.stringify(tokens.map(({ text }) => text));
        assert.equal(whole.kind, "silent", `seed ${seed}: ${written}`);
      }
    }
    assert.ok(numEarly > 125, `${numEarly} decided early`);
  });
});
