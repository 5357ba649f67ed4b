// What a completer asks of a model that fills in the middle, and what it shows of the answer.

import assert from "node:assert/strict";
import { Completer } from "../../../src/completion/completer";
import type { Generation } from "../../../src/protocol/generation";
import {
  contextAt,
  FakeGenerator,
  generation,
  settings,
  token,
} from "./support";

class InfillGenerator extends FakeGenerator {
  readonly fillsInMiddle = true;
}

const code = { languageId: "typescript", documentKey: "file:///a.ts" };
const ended = (...words: [string, number?][]): Generation =>
  generation(
    words.map(([text, probability]) => token(text, probability)),
    { stopReason: "end-of-text" },
  );

async function complete(marked: string, answer: Generation, overrides = {}) {
  const generator = new InfillGenerator(() => [answer]);
  const completer = new Completer(generator, { prefetch: false });
  const decision = await completer.complete(
    contextAt(marked, { ...code, ...overrides }),
    new AbortController().signal,
  );
  return { decision, request: generator.requests[0]! };
}

suite("a completer over a model that fills in the middle", () => {
  const answer = ended(["value", 0.9]);

  test("gives it what stands behind the cursor in code, and no words to be scored", async () => {
    const { request } = await complete("call([|], other);\nnext();\n", answer);
    assert.deepEqual(request.suffix, {
      text: ", other);\nnext();\n",
      maxTokens: 64,
    });
    assert.equal(request.following, undefined);
    assert.equal(request.maxTokens, settings.maxTokens);
  });

  test("gives it a quarter of a small context, and the nearest of a long text", async () => {
    const small = { settings: { ...settings, contextTokens: 64 } };
    const { request } = await complete(
      `a [|]\n${"b ".repeat(900)}`,
      answer,
      small,
    );
    assert.equal(request.suffix!.maxTokens, 16);
    assert.ok(request.suffix!.text.startsWith("\nb b "));
    assert.ok(request.suffix!.text.length <= 16 * 8);
  });

  test("gives it nothing in prose, before nothing, and where the model has no use for it", async () => {
    for (const languageId of ["markdown", "plaintext", "latex", "git-commit"]) {
      const { request } = await complete("It is[|]\nnext\n", answer, {
        languageId,
      });
      assert.equal(request.suffix, undefined, languageId);
    }
    const { request } = await complete("return [|]\n  \n", answer);
    assert.equal(request.suffix, undefined);
    const other = new FakeGenerator(() => [answer]);
    await new Completer(other).complete(
      contextAt("call([|], other);", code),
      new AbortController().signal,
    );
    assert.equal(other.requests[0]!.suffix, undefined);
    assert.equal(other.requests[0]!.following, ", other);");
  });

  const rows: [string, string, Generation, string | undefined][] = [
    ["a gap that it ended itself", "call([|], b);", answer, "value"],
    [
      "two words of it",
      "call([|], b);",
      ended(["first", 0.95], [" || value", 0.95]),
      "first || value",
    ],
    [
      "no part of it, where the rest is unsure",
      "call([|], b);",
      ended(["first", 0.95], [" || value", 0.05]),
      undefined,
    ],
    [
      "nothing that it did not end",
      "call([|], b);",
      generation([token("first", 0.95)], { stopReason: "length" }),
      undefined,
    ],
    [
      "nothing of several lines before words",
      "call([|], b);",
      ended(["first;\n  second", 0.95]),
      undefined,
    ],
    [
      "what is left of it at the line's end as ever",
      "call([|]\nb();",
      ended(["first", 0.95], [" || value", 0.05]),
      "first",
    ],
  ];
  for (const [name, marked, given, expected] of rows) {
    test(`shows ${name}`, async () => {
      const { decision } = await complete(marked, given);
      const shown =
        decision.kind === "show" ? decision.suggestions[0]!.text : undefined;
      assert.equal(shown, expected);
    });
  }

  test("goes on along its suggestion when the editor closes a bracket, and asks anew when a line below has changed", async () => {
    const generator = new InfillGenerator(() => [ended(["f(value)", 0.95])]);
    const completer = new Completer(generator, { prefetch: false });
    const ask = (marked: string) =>
      completer.complete(contextAt(marked, code), new AbortController().signal);
    await ask("const a = [|]\nb();");
    const along = await ask("const a = f([|])\nb();");
    assert.equal(generator.requests.length, 1);
    assert.ok(along.kind === "show");
    await ask("const a = [|]\nc();");
    assert.equal(generator.requests.length, 2);
  });
});
