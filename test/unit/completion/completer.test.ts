import assert from "node:assert/strict";
import type { StopAt } from "../../../src/protocol/generation";
import { Completer } from "../../../src/completion/completer";
import {
  contextAt,
  FakeGenerator,
  settings,
  sureGeneration,
  token,
} from "./support";

const never = new AbortController().signal;

suite("Completer", () => {
  test("complete() shows what the generator wrote, without trailing space", async () => {
    const completer = new Completer(
      new FakeGenerator(() => [sureGeneration(" brown fox ")]),
    );
    const decision = await completer.complete(contextAt("The quick[|]"), never);
    assert.equal(decision.kind, "show");
    assert.deepEqual(
      decision.suggestions.map(({ text, replacedAfter }) => ({
        text,
        replacedAfter,
      })),
      [{ text: " brown fox", replacedAfter: 0 }],
    );
  });

  test("complete() is silent in an empty document and asks nothing", async () => {
    const generator = new FakeGenerator(() => [sureGeneration("Hello")]);
    const decision = await new Completer(generator).complete(
      contextAt("\n [|]"),
      never,
    );
    assert.deepEqual(decision, {
      kind: "silent",
      reason: { code: "no-context" },
    });
    assert.equal(generator.requests.length, 0);
  });

  suite("complete() asks for text up to where it will be cut", () => {
    const rows: [string, StopAt, StopAt][] = [
      ["Some prose[|]", "sentence", "sentence"],
      ["Some prose[|]", "paragraph", "paragraph"],
      ["- An item[|]", "sentence", "sentence"],
      ["# A heading[|]", "paragraph", "line"],
      ["# A heading[|]", "sentence", "line"],
      ["| a | b[|]", "none", "line"],
      ["---\ntitle: A[|]", "paragraph", "line"],
      ["```\nfoo[|]", "sentence", "line"],
      ["```\nfoo[|]", "paragraph", "paragraph"],
    ];
    for (const [marked, stopAt, expected] of rows) {
      test(`${JSON.stringify(marked)} with ${stopAt}: ${expected}`, async () => {
        const generator = new FakeGenerator(() => [sureGeneration(" one")]);
        await new Completer(generator).complete(
          contextAt(marked, { settings: { ...settings, stopAt } }),
          never,
        );
        assert.equal(generator.requests[0]?.stopAt, expected);
      });
    }
  });

  test("complete() reads LF and gives CRLF back in a document with CRLF", async () => {
    const generator = new FakeGenerator(() => [
      sureGeneration(" one\n- item two"),
    ]);
    const decision = await new Completer(generator).complete(
      contextAt("List:\r\n\r\n- item[|]\r\n", {
        settings: { ...settings, stopAt: "paragraph" },
      }),
      never,
    );
    assert.equal(generator.requests[0]?.prompt, "List:\n\n- item");
    assert.equal(decision.kind, "show");
    assert.equal(decision.suggestions[0]?.text, " one\r\n- item two");
  });

  test("complete() answers cancelled when its signal is aborted meanwhile", async () => {
    const controller = new AbortController();
    const generator = new FakeGenerator(() => {
      controller.abort();
      return [sureGeneration(" more")];
    });
    const decision = await new Completer(generator).complete(
      contextAt("Some[|]"),
      controller.signal,
    );
    assert.deepEqual(decision, {
      kind: "silent",
      reason: { code: "cancelled" },
    });
  });

  test("complete() says with its silence what was withheld and what the model was too unsure of", async () => {
    const refused = token(" maybe", 0.1);
    const generation = sureGeneration(" one two", 0.3);
    const generator = new FakeGenerator(() => [
      { ...generation, stopReason: "unsure" as const, refused },
    ]);
    const decision = await new Completer(generator).complete(
      contextAt("The[|]"),
      never,
    );
    assert.ok(decision.kind === "silent");
    assert.equal(decision.reason.code, "unsure");
    assert.deepEqual(decision.withheld, [...generation.tokens, refused]);
  });
});
