import assert from "node:assert/strict";
import path from "node:path";
import { createClassifier } from "../../../src/engine/classify";
import { loadEngine } from "../../../src/engine/engine";
import { findNextTokens } from "../../../src/engine/nextTokens";
import { assertClose } from "../support/assertClose";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("createClassifier()", () => {
  const labels = { completions: [" a", " b"], before: "T: ", after: "\nL:" };

  test("divides what a text makes of each label by what an empty one does", async () => {
    // " a" is nine times as probable anyway; the text makes " b" three times as probable as it was.
    const scores = new Map([
      ["T: \nL:", [0.9, 0.1]],
      ["T: x\nL:", [0.9, 0.3]],
    ]);
    const asked: string[] = [];
    const classify = await createClassifier(
      {
        scoreContinuations: async (prompt) => {
          asked.push(prompt);
          return scores.get(prompt)!.map(Math.log);
        },
      },
      labels,
    );
    const [best, other] = await classify("T: x\nL:");
    assert.deepEqual([best!.label, other!.label], ["b", "a"]);
    assertClose([best!.probability, other!.probability], [0.75, 0.25], {
      name: "probabilities",
      atol: 1e-12,
    });
    await classify("T: x\nL:");
    assert.deepEqual(asked, ["T: \nL:", "T: x\nL:", "T: x\nL:"]);
  });
});

suite("Engine.scoreContinuations()", () => {
  const inFolder = useTemporaryFolder();
  const MODEL = path.join(__dirname, "../../fixtures/gpt2-tiny");

  test("is the logarithm of what findNextTokens() gives, token by token", async () => {
    const request = {
      modelFolder: MODEL,
      cacheFolder: inFolder("cache"),
      threads: 1,
    };
    const prompt = "the king";
    const { candidates } = await findNextTokens(request, {
      prompt,
      count: 200,
    });
    const engine = await loadEngine(request, () => {});
    try {
      const isToken = (text: string) =>
        /^[ -~]+$/.test(text) && engine.encode(text).length === 1;
      const single = candidates.filter(
        ({ text }) => isToken(text) && engine.encode(text + text).length === 2,
      );
      assert.ok(single.length > 1, JSON.stringify(candidates));
      const scores = await engine.scoreContinuations(
        prompt,
        single.map(({ text }) => text),
      );
      assertClose(
        scores,
        single.map(({ probability }) => Math.log(probability)),
        { name: "log-probabilities", atol: 1e-4 },
      );
      assert.equal(await engine.classify("no adapter"), undefined);
      // Two tokens: the first one, then the second after it.
      const [first] = single;
      const [both] = await engine.scoreContinuations(prompt, [
        first!.text + first!.text,
      ]);
      const [second] = await engine.scoreContinuations(prompt + first!.text, [
        first!.text,
      ]);
      assertClose([both!], [scores[0]! + second!], { name: "sum", atol: 1e-4 });
    } finally {
      await engine.dispose();
    }
  });
});
