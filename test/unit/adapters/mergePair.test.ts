// An adapter baked into exported weights: the numbers by the formula, and the text by the engine.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mergePair } from "../../../src/adapters/mergePair";
import { writeAdapter } from "../../../src/adapters/peftAdapter";
import { runExport } from "../../../src/cli/export";
import { loadEngine } from "../../../src/engine/engine";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { greedyRequest } from "../../../src/protocol/generation";
import { assertClose } from "../support/assertClose";
import { chainOf, makeChainModel } from "../support/chainModel";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";

suite("mergePair()", () => {
  test("adds scale * loraB loraA", () => {
    const matrix = Float32Array.from([1, 2, 3, 4, 5, 6]);
    mergePair(matrix, {
      rank: 2,
      scale: 0.5,
      loraA: Float32Array.from([1, 0, 2, 0, 1, 1]),
      loraB: Float32Array.from([2, 4, -2, 0]),
    });
    // loraB loraA = [[2, 4, 8], [-2, 0, -4]]
    assert.deepEqual([...matrix], [2, 4, 7, 3, 5, 4]);
  });
});

suite("inkling export --adapter", () => {
  const inFolder = useTemporaryFolder();
  useSessions();
  const model = makeChainModel(chainOf("0123456789:;<=>@ABCDEFGH"));
  const other = makeChainModel(chainOf("ABCDEFGH"));
  suiteTeardown(() => {
    for (const each of [model, other]) rmSync(each, { recursive: true });
  });

  suiteSetup(() => {
    const folder = openModelFolder(model);
    const adapter = tinyAdapter(folder, { size: 0.6 });
    writeAdapter(inFolder("adapter"), adapter, folder);
  });

  /** How probable the model finds what it writes. */
  async function write(modelFolder: string, adapterFolder?: string) {
    const engine = await loadEngine(
      {
        modelFolder,
        cacheFolder: inFolder("cache"),
        threads: 1,
        adapterFolder,
      },
      () => undefined,
    );
    try {
      const { generations } = await engine.generate(
        greedyRequest({
          prompt: "0123456789",
          contextTokens: 400,
          maxTokens: 6,
          cacheKey: "document",
        }),
        { isCancelled: () => false, onText: () => undefined },
      );
      const { text, tokens } = generations[0]!;
      return { text, logProbabilities: tokens.map((t) => t.logProbability) };
    } finally {
      await engine.dispose();
    }
  }

  test("the copy writes what the base writes with the adapter, and not what it writes without", async () => {
    const args = ["--model", model, "--adapter", inFolder("adapter")];
    runExport([inFolder("merged"), ...args]);
    const merged = await write(inFolder("merged"));
    const together = await write(model, inFolder("adapter"));
    assert.equal(merged.text, together.text);
    assertClose(merged.logProbabilities, together.logProbabilities, {
      name: "log-probabilities",
      atol: 1e-4,
    });
    assert.notDeepEqual(merged, await write(model));
  });

  test("an adapter of another model is refused, and nothing is written", () => {
    const args = ["--model", other, "--adapter", inFolder("adapter")];
    assert.throws(
      () => runExport([inFolder("never"), ...args]),
      /Cannot use adapter/,
    );
    assert.throws(() => openModelFolder(inFolder("never")));
  });
});
