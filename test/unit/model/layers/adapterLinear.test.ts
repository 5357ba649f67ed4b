import assert from "node:assert/strict";
import { GraphBuilder } from "../../../../src/onnx/graphBuilder";
import {
  adapterLinear,
  joinPairs,
  roundInCopies,
} from "../../../../src/model/layers/adapterLinear";
import { dequantiseGroup } from "../../../../src/model/quantise/dequantiseGroup";
import { declareLinear } from "../../../../src/model/layers/linearLayer";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import type { LoraPair } from "../../../../src/model/layers/adapterLinear";
import { openPrefillFolder } from "../../../../src/model/quantise/prefillWeights";
import {
  layerGroups,
  type LinearGroup,
} from "../../../../src/model/files/weightNames";
import { floats } from "../../../../src/runtime/tensors";
import { assertClose } from "../../support/assertClose";
import { gaussians, multiply } from "../../support/matrices";
import { makePackedModel } from "../../support/packedModel";
import { numbersOf, useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { makeTinyModel, removeTinyModel } from "../../support/tinyModel";

suite("adapterLinear", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();
  let float: ModelFolder;
  let packed: ModelFolder;
  let derived: ModelFolder;

  suiteSetup(async () => {
    float = makeTinyModel(3);
    packed = await makePackedModel(3, inFolder("packed"));
    derived = openPrefillFolder(packed, inFolder());
  });
  suiteTeardown(() => removeTinyModel(float));

  const groupOf = (name: string): LinearGroup =>
    layerGroups(float.config, 0)[name]!;

  function randomPairs(
    { parts, numColumns }: LinearGroup,
    rank: number,
  ): Map<string, LoraPair> {
    return new Map(
      parts.map(({ name, numRows }, index) => [
        name,
        {
          rank,
          scale: 0.5,
          loraA: gaussians(10 + index, rank * numColumns),
          loraB: gaussians(20 + index, numRows * rank),
        },
      ]),
    );
  }

  /** Three rows of x, those of a layer and those that the adapter adds to them. */
  async function apply(
    folder: ModelFolder,
    {
      group,
      pairs,
      accuracyLevel = 4,
    }: {
      group: LinearGroup;
      pairs: Map<string, LoraPair>;
      accuracyLevel?: 1 | 4;
    },
  ) {
    const x = gaussians(5, 3 * group.numColumns);
    const run = async (declare: typeof declareLinear) => {
      const graph = new GraphBuilder();
      const layer = declare(graph, folder, { group, accuracyLevel });
      const input = graph.input("x", "float32", [1, "T", group.numColumns]);
      graph.output("y", layer.apply(graph, input), {
        type: "float32",
        shape: [1, "T", "N"],
      });
      const session = await load(graph.toBytes(), folder.directory);
      const feeds = { x: floats(x, [1, 3, group.numColumns]) };
      return numbersOf((await session.run(feeds, ["y"]))["y"]!);
    };
    const base = await run(declareLinear);
    const adapted = await run(adapterLinear(pairs));
    return { x, base, adapted };
  }

  /** scale * loraB (loraA x) of each part, part below part, for each of three rows of x. */
  function changeOf(
    group: LinearGroup,
    { pairs, x }: { pairs: Map<string, LoraPair>; x: Float32Array },
  ): number[] {
    return [0, 1, 2].flatMap((row) => {
      const from = row * group.numColumns;
      const own = x.subarray(from, from + group.numColumns);
      return group.parts.flatMap(({ name, numRows }) => {
        const pair = pairs.get(name);
        if (!pair) return new Array<number>(numRows).fill(0);
        const inner = multiply(pair.loraA, own);
        return [...multiply(pair.loraB, inner)].map(
          (each) => pair.scale * each,
        );
      });
    });
  }

  /** Size of the difference between what the adapter added and what it should have, over the size of the latter. */
  async function relativeError(
    folder: ModelFolder,
    { group, rank }: { group: LinearGroup; rank: number },
  ): Promise<number> {
    const pairs = randomPairs(group, rank);
    const { x, base, adapted } = await apply(folder, { group, pairs });
    const wanted = changeOf(group, { pairs, x });
    const size = (values: number[]) => Math.hypot(...values);
    return (
      size(wanted.map((each, index) => adapted[index]! - base[index]! - each)) /
      size(wanted)
    );
  }

  for (const name of ["queryKeyValue", "attentionOutput", "gateUp", "down"]) {
    test(`adds scale * loraB (loraA x) to float32 weights of ${name}`, async () => {
      const group = groupOf(name);
      const pairs = randomPairs(group, 4);
      const { x, base, adapted } = await apply(float, { group, pairs });
      const change = changeOf(group, { pairs, x });
      assertClose(
        adapted,
        base.map((each, index) => each + change[index]!),
        { name, atol: 1e-4, rtol: 1e-5 },
      );
    });

    test(`is what merged weights give for ${name}`, async () => {
      const group = groupOf(name);
      const pairs = randomPairs(group, 4);
      const { x, adapted } = await apply(float, { group, pairs });
      const merged = dequantiseGroup(float, group).slice();
      const { rank, numColumns, down, up } = joinPairs(group, pairs)!;
      merged.forEach((_, index) => {
        const row = Math.floor(index / numColumns);
        const column = index % numColumns;
        for (let r = 0; r < rank; r++) {
          merged[index]! += up[row * rank + r]! * down[column * rank + r]!;
        }
      });
      const rows = [0, 1, 2].map((row) =>
        x.subarray(row * numColumns, (row + 1) * numColumns),
      );
      const expected = rows.flatMap((row) => [...multiply(merged, row)]);
      assertClose(adapted, expected, { name, atol: 1e-3, rtol: 1e-4 });
    });

    // A narrow group, one that fills whole blocks, one that needs several.
    for (const rank of [3, 8, 20]) {
      test(`rounds an adapter of rank ${rank} on packed ${name} by less than 4%`, async () => {
        const group = groupOf(name);
        const error = await relativeError(packed, { group, rank });
        assert.ok(error < 0.04, `${error}`);
      });
    }

    test(`adds the adapter to int8 weights of ${name} unrounded`, async () => {
      const group = groupOf(name);
      assert.ok((await relativeError(derived, { group, rank: 4 })) < 1e-5);
    });
  }

  /** Sums of products take another order where blocks are added. */
  const ORDER = 1e-5;

  test("with loraB = 0 gives what the base gives", async () => {
    const group = groupOf("queryKeyValue");
    const pairs = randomPairs(group, 4);
    for (const { loraB } of pairs.values()) loraB.fill(0);
    for (const folder of [float, packed, derived]) {
      const { base, adapted } = await apply(folder, { group, pairs });
      assertClose(adapted, base, { name: "outputs", atol: ORDER });
    }
  });

  test("with packed weights and fp32 activations adds the adapter exactly", async () => {
    const group = groupOf("gateUp");
    const pairs = randomPairs(group, 4);
    const { x, base, adapted } = await apply(packed, {
      group,
      pairs,
      accuracyLevel: 1,
    });
    const change = changeOf(group, { pairs, x });
    assertClose(
      adapted,
      base.map((each, index) => each + change[index]!),
      { name: "exact", atol: 1e-4, rtol: 1e-5 },
    );
  });

  test("leaves projections without an adapter as they are", async () => {
    const group = groupOf("queryKeyValue");
    const [query] = group.parts;
    const all = randomPairs(group, 4);
    const pairs = new Map([[query!.name, all.get(query!.name)!]]);
    const { base, adapted } = await apply(packed, { group, pairs });
    const numRows = base.length / 3;
    const isKept = (index: number) => index % numRows >= query!.numRows;
    assertClose(
      adapted.filter((_, index) => isKept(index)),
      base.filter((_, index) => isKept(index)),
      { name: "keys and values", atol: ORDER },
    );
    assert.ok(Math.abs(adapted[0]! - base[0]!) > 0.01);
  });

  test("declares nothing for groups without an adapter", () => {
    const group = groupOf("down");
    const numNodes = (declare: typeof declareLinear) => {
      const graph = new GraphBuilder();
      declare(graph, packed, { group, accuracyLevel: 4 });
      return { nodes: graph.numNodes, bytes: graph.toBytes().length };
    };
    assert.deepEqual(
      numNodes(adapterLinear(new Map())),
      numNodes(declareLinear),
    );
  });

  test("roundInCopies comes within half a step of the last block that holds a column", () => {
    const check = (width: number, numBlocks: number, bits: 4 | 8) => {
      const numRows = 5;
      const matrix = gaussians(width, numRows * width);
      const blockSize = 32;
      const { packed: bytes, scales } = roundInCopies(matrix, {
        numRows,
        width,
        numBlocks,
        bits,
        blockSize,
      });
      const levels =
        bits === 8
          ? [...bytes]
          : [...bytes].flatMap((byte) => [byte & 15, byte >> 4]);
      for (let row = 0; row < numRows; row++) {
        for (let column = 0; column < width; column++) {
          let sum = 0;
          let lastScale = 0;
          for (
            let place = column;
            place < numBlocks * blockSize;
            place += width
          ) {
            const block = row * numBlocks + Math.floor(place / blockSize);
            const level = levels[row * numBlocks * blockSize + place]!;
            assert.ok(level > 0, "levels are symmetric around the middle");
            lastScale = scales[block]!;
            sum += (level - 2 ** (bits - 1)) * lastScale;
          }
          const error = Math.abs(sum - matrix[row * width + column]!);
          assert.ok(error <= 0.501 * lastScale, `${error} at ${row} ${column}`);
        }
      }
    };
    check(8, 1, 4);
    check(16, 1, 4);
    check(32, 2, 4);
    check(64, 4, 4);
    check(32, 1, 8);
  });
});
