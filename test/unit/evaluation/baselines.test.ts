import assert from "node:assert/strict";
import { NgramModel } from "../../../src/evaluation/ngramModel";
import {
  rivalContinuations,
  baselineSuggestions,
  tuneBaselineGate,
} from "../../../src/evaluation/baseline";
import { WordCache } from "../../../src/evaluation/wordCache";
import { settings } from "../completion/support";

suite("WordCache", () => {
  test("finishes a word by its uses", () => {
    const cache = new WordCache(["plugin plugin plug please"]);
    const continuation = cache.continueText("a pl");
    assert.equal(continuation?.text, "ugin");
    // Two of the four words that begin with "pl".
    assert.equal(continuation?.tokens[0]?.probability, 0.5);
    assert.equal(cache.continueText("a zz"), undefined);
    assert.equal(cache.continueText("a "), undefined);
  });

  test("prefers the document's words, and forgets them with it", () => {
    const cache = new WordCache(["plugin plugin"]);
    cache.startDocument();
    cache.read("please ");
    assert.equal(cache.continueText("pl")?.text, "ease");
    cache.startDocument();
    assert.equal(cache.continueText("pl")?.text, "ugin");
  });

  test("knows that the typed word may be whole", () => {
    const cache = new WordCache(["plug plug plug plugin"]);
    assert.equal(cache.continueText("plug")?.tokens[0]?.probability, 0.25);
  });
});

suite("NgramModel", () => {
  const workspace = [
    "the quick brown fox jumps. ".repeat(3) + "the slow brown bear sleeps. ",
  ];

  test("goes on with what followed the last words", () => {
    const model = new NgramModel(workspace);
    assert.match(
      model.continueText("see the quick")?.text ?? "",
      /^ brown fox jumps\./,
    );
    assert.match(
      model.continueText("the slow brown ")?.text ?? "",
      /^bear sleeps/,
    );
  });

  test("finishes a word in its context", () => {
    const model = new NgramModel([
      ...workspace,
      "a frog. a frog. a frog. a frog.",
    ]);
    assert.match(
      model.continueText("the quick brown f")?.text ?? "",
      /^ox jumps/,
    );
  });

  test("learns from the document so far", () => {
    const model = new NgramModel(workspace);
    model.startDocument();
    model.read("the quick red hen. the quick red hen. ");
    assert.match(model.continueText("the quick ")?.text ?? "", /^red hen/);
    model.startDocument();
    assert.match(model.continueText("the quick ")?.text ?? "", /^brown fox/);
  });

  test("gives probabilities", () => {
    const model = new NgramModel(workspace);
    for (const { probability } of model.continueText("the ")!.tokens) {
      assert.ok(probability > 0 && probability <= 1);
    }
  });
});

suite("baselines over spans", () => {
  const documents = [
    {
      name: "a",
      languageId: "markdown",
      text: "The plugin is a plugin and the plunge is a plunge. ".repeat(6),
    },
  ];
  const spans = [{ documentIndex: 0, start: 100, end: 300 }];

  test("have read what stands before the position and nothing behind it", () => {
    const read: string[] = [];
    let seen = "";
    rivalContinuations(
      {
        startDocument: () => undefined,
        read: (text) => (seen += text),
        continueText: (textBefore) => {
          assert.ok(textBefore.startsWith(seen));
          assert.ok(!/\s/.test(textBefore.slice(seen.length)));
          read.push(seen);
          return undefined;
        },
      },
      { documents, spans },
    );
    assert.equal(read.length, 200);
  });

  test("are tuned to the lowest threshold that reaches a precision", () => {
    const continuations = rivalContinuations(new WordCache([]), {
      documents,
      spans,
    });
    const gateFor = (precision: number) =>
      tuneBaselineGate(continuations, {
        documents,
        spans,
        settings,
        precision,
      });
    assert.ok(gateFor(0).minFirstWord < gateFor(0.9).minFirstWord);
    const suggestionAt = baselineSuggestions(continuations, {
      documents,
      gate: gateFor(0),
      settings,
    });
    const suggestions = Array.from(
      { length: 200 },
      (_, i) => suggestionAt({ documentIndex: 0, position: 100 + i }).text,
    );
    assert.ok(suggestions.includes("ugin") || suggestions.includes("unge"));
  });
});
