// The graphs that ship: 4-bit layers with 8-bit activations and an int8 cache for decoding, int8 weights for prefill.
// They are near float32, and they keep what holds there: the past stays as it is, bit for bit.

import assert from "node:assert/strict";
import type { KvCache } from "../../../../src/inference/kvCache";
import { prefill } from "../../../../src/inference/languageModel";
import {
  readKvScales,
  type KvScales,
} from "../../../../src/model/files/calibration";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { openPrefillFolder } from "../../../../src/model/quantise/prefillWeights";
import type { Session } from "../../../../src/runtime/session";
import { assertClose } from "../../support/assertClose";
import { softmaxOf } from "../../support/matrices";
import { makePackedModel } from "../../support/packedModel";
import { numbersOf, useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  cacheRows,
  createCache,
  forward,
  randomTokenIds,
} from "../../support/tinyGraphs";

suite("Llama as it ships", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();
  const tokenIds = randomTokenIds(7, { count: 40 });
  let folder: ModelFolder;
  let kvScales: KvScales;
  /** Both with an int8 cache: the first decodes, the second reads prompts. */
  let decoding: Session;
  let reading: Session;
  let floatLogits: Float32Array[];
  let floatCache: KvCache;

  suiteSetup(async () => {
    folder = await makePackedModel(5, inFolder("packed"));
    kvScales = readKvScales(folder)!;
    decoding = await load(
      buildForwardGraph(folder, { kvScales, accuracyLevel: 4, logits: "all" }),
      folder.directory,
    );
    const derived = openPrefillFolder(folder, inFolder());
    reading = await load(
      buildForwardGraph(derived, {
        kvScales,
        accuracyLevel: 4,
        widensCache: true,
        logits: "none",
      }),
      derived.directory,
    );
    const float = await load(
      buildForwardGraph(folder, {
        kvScales: undefined,
        accuracyLevel: 1,
        logits: "all",
      }),
      folder.directory,
    );
    floatCache = createCache(folder, "float32");
    floatLogits = await forward(float, floatCache, tokenIds);
  });

  const int8Cache = () => createCache(folder, "int8");

  /** Reads tokens in runs of `size` with the prefill graph. */
  async function read(ids: readonly number[], size = ids.length) {
    const cache = int8Cache();
    for (let start = 0; start < ids.length; start += size) {
      await prefill(reading, cache, ids.slice(start, start + size));
    }
    return cache;
  }

  /** The numbers that an int8 cache stands for, by name as `cacheRows` gives them. */
  function widened(cache: KvCache): Record<string, number[]> {
    const { headDim } = folder.config;
    const rowsPerHead = cache.length;
    const rows = Object.entries(cacheRows(cache)).map(([name, levels]) => {
      const layer = Number(name.replace(/\D/g, ""));
      const side = name.startsWith("pastKey") ? "keys" : "values";
      const scales = kvScales[side][layer]!;
      const numbers = levels.map((level, index) => {
        const head = Math.floor(index / (rowsPerHead * headDim));
        return level * scales[head * headDim + (index % headDim)]!;
      });
      return [name, numbers] as const;
    });
    return Object.fromEntries(rows);
  }

  /** Root mean square of the difference over that of what is expected. */
  function relativeError(
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
  ): number {
    let difference = 0;
    let size = 0;
    for (let index = 0; index < expected.length; index++) {
      difference += (actual[index]! - expected[index]!) ** 2;
      size += expected[index]! ** 2;
    }
    return Math.sqrt(difference / size);
  }

  test("an int8 cache alone rounds the first layer's keys and values by half a step at most", async () => {
    const session = await load(
      buildForwardGraph(folder, { kvScales, accuracyLevel: 1, logits: "all" }),
      folder.directory,
    );
    const cache = int8Cache();
    const logits = await forward(session, cache, tokenIds);
    const expected = cacheRows(floatCache);
    for (const [name, numbers] of Object.entries(widened(cache))) {
      if (!name.endsWith("0")) continue;
      const scales = kvScales[name.includes("Key") ? "keys" : "values"][0]!;
      const largest = Math.max(...scales);
      // Calibration measured other text: what lies beyond its range is cut.
      const limit = 126 * Math.min(...scales);
      numbers.forEach((number, index) => {
        if (Math.abs(expected[name]![index]!) > limit) return;
        assertClose([number], [expected[name]![index]!], {
          name: `${name}[${index}]`,
          atol: 0.51 * largest,
        });
      });
    }
    logits.forEach((row, position) => {
      const error = relativeError(row, floatLogits[position]!);
      assert.ok(error < 0.1, `logits at ${position} are off by ${error}`);
    });
  });

  test("decoding and prefill graphs are near float32 in keys, values and probabilities", async () => {
    const decoded = int8Cache();
    const logits = await forward(decoding, decoded, tokenIds);
    logits.forEach((row, position) => {
      const probabilities = softmaxOf(row);
      const expected = softmaxOf(floatLogits[position]!);
      const distance = probabilities.reduce(
        (sum, value, id) => sum + Math.abs(value - expected[id]!) / 2,
        0,
      );
      assert.ok(distance < 0.05, `position ${position} is off by ${distance}`);
    });
    const expected = cacheRows(floatCache);
    for (const cache of [decoded, await read(tokenIds)]) {
      for (const [name, numbers] of Object.entries(widened(cache))) {
        const error = relativeError(numbers, expected[name]!);
        assert.ok(error < 0.05, `${name} is off by ${error}`);
      }
    }
  });

  test("prefill in pieces is near prefill at once", async () => {
    const atOnce = widened(await read(tokenIds));
    for (const size of [1, 7, 16, 39]) {
      const inPieces = widened(await read(tokenIds, size));
      for (const [name, numbers] of Object.entries(inPieces)) {
        const error = relativeError(numbers, atOnce[name]!);
        assert.ok(error < 0.03, `${name} in pieces of ${size}: ${error}`);
      }
    }
  });

  test("a run leaves the keys and values of its past as they were, bit for bit", async () => {
    for (const length of [1, 17, 39]) {
      for (const session of [decoding, reading]) {
        const cache = await read(tokenIds.slice(0, length));
        const before = cacheRows(cache);
        if (session === decoding) {
          await forward(session, cache, tokenIds.slice(length));
        } else {
          await prefill(session, cache, tokenIds.slice(length));
        }
        assert.deepEqual(cacheRows(cache, { to: length }), before);
      }
    }
  });

  test("rolling back and going on equals starting afresh, bit for bit", async () => {
    const others = randomTokenIds(8, { count: 12 });
    for (const length of [1, 17, 39]) {
      for (const session of [decoding, reading]) {
        const run = async (cache: KvCache, ids: readonly number[]) =>
          session === decoding
            ? await forward(session, cache, ids)
            : await prefill(session, cache, ids);
        const rolledBack = await read(tokenIds.slice(0, length));
        await run(rolledBack, tokenIds.slice(length));
        rolledBack.truncate(length);
        const fresh = await read(tokenIds.slice(0, length));
        const results = [
          await run(rolledBack, others),
          await run(fresh, others),
        ];
        assert.deepEqual(results[0], results[1]);
        assert.deepEqual(cacheRows(rolledBack), cacheRows(fresh));
      }
    }
  });

  test("changing the last token changes no earlier key or value, bit for bit", async () => {
    const last = tokenIds.length - 1;
    for (const session of [decoding, reading]) {
      const rowsAfter = async (ids: readonly number[]) => {
        const cache = int8Cache();
        await (session === decoding
          ? forward(session, cache, ids)
          : prefill(session, cache, ids));
        return cache;
      };
      const original = await rowsAfter(tokenIds);
      for (const otherId of [3, 64, 127]) {
        const changed = await rowsAfter(tokenIds.with(last, otherId));
        const earlier = { to: last };
        assert.deepEqual(
          cacheRows(changed, earlier),
          cacheRows(original, earlier),
        );
        assert.notDeepEqual(cacheRows(changed), cacheRows(original));
      }
    }
  });

  test("the decoding graph goes on from what the prefill graph read", async () => {
    const cache = await read(tokenIds.slice(0, -1));
    const [row] = await forward(decoding, cache, tokenIds.slice(-1));
    const error = relativeError(row!, floatLogits.at(-1)!);
    assert.ok(error < 0.1, `logits are off by ${error}`);
  });

  test("the prefill graph gives no logits and no more than keys and values", async () => {
    const cache = int8Cache();
    const outputs = await reading.run(
      {
        tokenIds: { type: "int64", data: BigInt64Array.of(5n), dims: [1, 1] },
        lastPosition: { type: "int32", data: Int32Array.of(0), dims: [1] },
        totalLength: { type: "int32", data: Int32Array.of(1), dims: [1] },
        ...cache.feeds(),
      },
      cache.outputNames,
    );
    for (const output of Object.values(outputs)) {
      assert.deepEqual([output.type, ...output.dims], ["int8", 1, 2, 1, 16]);
      assert.ok(numbersOf(output).some((level) => level !== 0));
    }
    await assert.rejects(reading.run({}, ["logits"]), /logits/);
  });
});
