import assert from "node:assert/strict";
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

  test("complete() puts a similar passage of an open document in front of the prompt and keeps it there", async () => {
    const generator = new FakeGenerator(() => [sureGeneration(" end", 0.1)]);
    const completer = new Completer(generator, { prefetch: false });
    let numCalls = 0;
    const openDocuments = () => {
      numCalls++;
      return [
        { documentKey: "a", text: "Something else is said in this one." },
        { documentKey: "b", text: "Every plugin registers its own hooks." },
      ];
    };
    const text = `${"Some words here.\n\n".repeat(300)}A plugin registers hooks`;
    for (const typed of ["", " now", " now and", " now and then"]) {
      await completer.complete(
        contextAt(`${text}${typed}[|]`, { openDocuments }),
        never,
      );
    }
    const prompts = generator.requests.map(({ prompt }) => prompt);
    assert.equal(prompts.length, 4);
    for (const prompt of prompts) {
      assert.ok(
        prompt.startsWith(
          "Every plugin registers its own hooks.\n\nSome words here.",
        ),
        prompt.slice(0, 80),
      );
      assert.ok(prompt.length <= 512 * 3.6);
    }
    assert.equal(numCalls, 1);
  });

  test("forgetPassages() drops a passage whose document may no longer be read", async () => {
    const generator = new FakeGenerator(() => [sureGeneration(" end", 0.1)]);
    const completer = new Completer(generator, { prefetch: false });
    const text = "Every plugin registers its own hooks";
    const open = [{ documentKey: "b", text: `${text} in the other file.` }];
    await completer.complete(
      contextAt(`${text}[|]`, { openDocuments: () => open }),
      never,
    );
    completer.forgetPassages();
    await completer.complete(
      contextAt(`${text} here[|]`, { openDocuments: () => [] }),
      never,
    );
    assert.deepEqual(
      generator.requests.map(({ prompt }) => prompt),
      [`${text} in the other file.\n\n${text}`, `${text} here`],
    );
  });
});
