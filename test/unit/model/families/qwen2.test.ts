// Qwen2 against transformers in PyTorch on the same random weights (scripts/makeFamilyGolden.py tiny): a Llama with
// biases at queries, keys and values.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseModelConfig } from "../../../../src/model/files/parseConfig";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import { allOtherWeights } from "../../../../src/model/files/weightNames";
import { assertClose } from "../../support/assertClose";
import { useSessions } from "../../support/sessions";
import { createCache, forward } from "../../support/tinyGraphs";

const FIXTURE = path.join(__dirname, "../../../fixtures/qwen2-tiny");
const golden = JSON.parse(
  readFileSync(path.join(FIXTURE, "golden.json"), "utf8"),
) as { tokenIds: number[]; lastLogits: number[] };

suite("Qwen2", () => {
  const load = useSessions();
  const folder = openModelFolder(FIXTURE);

  test("logits are those of transformers, in one run and in two", async () => {
    const graph = buildForwardGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 1,
      logits: "last",
    });
    const session = await load(graph, FIXTURE);
    for (const cut of [0, 17]) {
      const cache = createCache(folder, "float32");
      if (cut > 0) await forward(session, cache, golden.tokenIds.slice(0, cut));
      const [row] = await forward(session, cache, golden.tokenIds.slice(cut));
      assertClose(row!, golden.lastLogits, {
        name: `logits after a cut at ${cut}`,
        // fp32 sums in another order, and golden numbers of five decimals.
        atol: 1e-4,
      });
    }
  });

  test("has biases at queries, keys and values alone", () => {
    const biases = allOtherWeights(folder.config)
      .map(({ name }) => name)
      .filter((name) => name.endsWith(".bias"));
    const expected = [0, 1].flatMap((layer) =>
      ["q", "k", "v"].map(
        (part) => `model.layers.${layer}.self_attn.${part}_proj.bias`,
      ),
    );
    assert.deepEqual(biases, expected);
  });

  test("with a sliding window is refused", () => {
    const json = JSON.parse(
      readFileSync(path.join(FIXTURE, "config.json"), "utf8"),
    ) as object;
    assert.throws(
      () => parseModelConfig({ ...json, use_sliding_window: true }),
      /use_sliding_window is true, expected false/,
    );
  });
});
