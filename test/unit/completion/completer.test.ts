import assert from "node:assert/strict";
import { Completer } from "../../../src/completion/completer";
import { contextAt, FakeGenerator, settings, sureGeneration } from "./support";

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

  test("complete() puts the path and the headings above the window into the prompt when asked to", async () => {
    const generator = new FakeGenerator(() => [sureGeneration(" end")]);
    const completer = new Completer(generator, {
      header: { path: true, headings: true },
    });
    const text = `# Title\n\n## Part\n\n${"Some words here.\n\n".repeat(300)}The`;
    await completer.complete(contextAt(`${text}[|]`), never);
    const prompt = generator.requests[0]?.prompt ?? "";
    assert.ok(
      prompt.startsWith("notes.md\n\n# Title\n\n## Part\n\nSome words here."),
      prompt.slice(0, 60),
    );
    assert.ok(prompt.length <= 512 * 3.6);
    assert.ok(prompt.endsWith("here.\n\nThe"));
  });
});
