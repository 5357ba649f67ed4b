import assert from "node:assert/strict";
import {
  buildSaturationProbe,
  EXACT_SUM,
} from "../../../../src/model/graphs/saturationProbe";
import { createSession } from "../../../../src/runtime/session";
import { tensor } from "../../../../src/runtime/tensors";

suite("buildSaturationProbe()", () => {
  test("gives exact sums with the kernels that never overflow", async () => {
    const { graph, a, dims } = buildSaturationProbe();
    const session = await createSession(graph, {
      weightsFolder: "",
      threads: 1,
    });
    try {
      const feeds = { a: tensor("uint8", a, dims) };
      const { sums } = await session.run(feeds, ["sums"]);
      assert.deepEqual([...new Set(sums!.data as Float32Array)], [EXACT_SUM]);
    } finally {
      await session.release();
    }
  });
});
