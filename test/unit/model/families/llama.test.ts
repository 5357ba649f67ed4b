// The forward pass in float32 against plain loops, and against itself: with a past, in pieces, after rolling back.

import assert from "node:assert/strict";
import type { KvCache } from "../../../../src/inference/kvCache";
import { prefill } from "../../../../src/inference/languageModel";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import type { Session } from "../../../../src/runtime/session";
import { assertClose } from "../../support/assertClose";
import { argMaxOf } from "../../support/matrices";
import { makePackedModel } from "../../support/packedModel";
import { referenceForward } from "../../support/referenceLlama";
import { useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  cacheRows,
  createCache,
  forward,
  randomTokenIds,
} from "../../support/tinyGraphs";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../../support/tinyModel";

/** What cached decoding may differ from a full forward: sums in another order, in fp32. */
const LOGITS_ATOL = 1e-4;
const CACHE_ATOL = 1e-5;

suite("Llama in float32", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();
  const tokenIds = randomTokenIds(7, { count: 30 });
  let folder: ModelFolder;
  let session: Session;
  let fullLogits: Float32Array[];
  let fullCache: KvCache;

  suiteSetup(async () => {
    folder = makeTinyModel(5);
    session = await loadForward(folder, "all");
    fullCache = createCache(folder, "float32");
    fullLogits = await forward(session, fullCache, tokenIds);
  });
  suiteTeardown(() => removeTinyModel(folder));

  function loadForward(model: ModelFolder, logits: "all" | "last" | "none") {
    const options = { kvScales: undefined, accuracyLevel: 1 as const, logits };
    return load(buildForwardGraph(model, options), model.directory);
  }

  function assertSameCache(actual: KvCache, expected: KvCache, atol: number) {
    assert.deepEqual(actual.tokenIds, expected.tokenIds);
    const expectedRows = cacheRows(expected);
    for (const [name, rows] of Object.entries(cacheRows(actual))) {
      assertClose(rows, expectedRows[name]!, { name, atol });
    }
  }

  test("logits are those of plain loops", () => {
    const reference = referenceForward(folder, tokenIds);
    fullLogits.forEach((row, position) =>
      assertClose(row, reference.logits[position]!, {
        name: `logits at ${position}`,
        atol: LOGITS_ATOL,
      }),
    );
  });

  test("keys and values are those of plain loops, keys rotated", () => {
    const reference = referenceForward(folder, tokenIds);
    const { numKvHeads, headDim } = folder.config;
    const rows = cacheRows(fullCache);
    for (const [kind, layers] of Object.entries({
      Key: reference.keys,
      Value: reference.values,
    })) {
      layers.forEach((positions, layer) => {
        const headsFirst = Array.from({ length: numKvHeads }, (_, head) =>
          positions.map((row) => [
            ...row.subarray(head * headDim, (head + 1) * headDim),
          ]),
        );
        const name = `past${kind}${layer}`;
        const expected = headsFirst.flat(2);
        assertClose(rows[name]!, expected, { name, atol: CACHE_ATOL });
      });
    }
  });

  test("a head of its own and as many key heads as query heads are plain loops' too", async () => {
    const config = {
      ...TINY_CONFIG,
      tie_word_embeddings: false,
      num_key_value_heads: TINY_CONFIG.num_attention_heads,
      rope_theta: 100,
    };
    const other = makeTinyModel(6, config);
    try {
      const reference = referenceForward(other, tokenIds.slice(0, 9));
      const cache = createCache(other, "float32");
      const otherSession = await loadForward(other, "all");
      const rows = await forward(otherSession, cache, tokenIds.slice(0, 9));
      rows.forEach((row, position) =>
        assertClose(row, reference.logits[position]!, {
          name: `logits at ${position}`,
          atol: LOGITS_ATOL,
        }),
      );
    } finally {
      removeTinyModel(other);
    }
  });

  test("packed weights give what plain loops give on the weights they stand for", async () => {
    const packed = await makePackedModel(8, inFolder("packed"));
    const reference = referenceForward(packed, tokenIds);
    const cache = createCache(packed, "float32");
    const rows = await forward(
      await loadForward(packed, "all"),
      cache,
      tokenIds,
    );
    rows.forEach((row, position) =>
      assertClose(row, reference.logits[position]!, {
        name: `logits at ${position}`,
        atol: LOGITS_ATOL,
      }),
    );
  });

  test("decoding with a cache equals a full forward at every prefix", async () => {
    const cache = createCache(folder, "float32");
    for (const [position, tokenId] of tokenIds.entries()) {
      const fresh = createCache(folder, "float32");
      const prefix = tokenIds.slice(0, position + 1);
      const expected = (await forward(session, fresh, prefix)).at(-1)!;
      const [row] = await forward(session, cache, [tokenId]);
      const name = `logits at ${position}`;
      assertClose(row!, expected, { name, atol: LOGITS_ATOL });
      assert.equal(argMaxOf(row!), argMaxOf(expected));
      // A token's logits do not depend on those after it either.
      assertClose(row!, fullLogits[position]!, { name, atol: LOGITS_ATOL });
    }
    assertSameCache(cache, fullCache, CACHE_ATOL);
  });

  test("prefill from a past in pieces of any size equals prefill at once", async () => {
    const last = await loadForward(folder, "last");
    const none = await loadForward(folder, "none");
    for (const size of [1, 2, 3, 7, 16, 29]) {
      const cache = createCache(folder, "float32");
      for (let start = 0; start < tokenIds.length - 1; start += size) {
        const end = Math.min(start + size, tokenIds.length - 1);
        await prefill(none, cache, tokenIds.slice(start, end));
      }
      const [row] = await forward(last, cache, tokenIds.slice(-1));
      const name = `logits after pieces of ${size}`;
      assertClose(row!, fullLogits.at(-1)!, { name, atol: LOGITS_ATOL });
      assertSameCache(cache, fullCache, CACHE_ATOL);
    }
  });

  test("rolling back and going on equals starting afresh, bit for bit", async () => {
    const others = randomTokenIds(8, { count: 12 });
    for (const length of [1, 5, 29]) {
      const rolledBack = createCache(folder, "float32");
      await forward(session, rolledBack, tokenIds.slice(0, length));
      const fresh = createCache(folder, "float32");
      await forward(session, fresh, tokenIds.slice(0, length));
      await forward(session, rolledBack, tokenIds.slice(length));
      rolledBack.truncate(length);
      const actual = await forward(session, rolledBack, others);
      const expected = await forward(session, fresh, others);
      assert.deepEqual(actual, expected);
      assertSameCache(rolledBack, fresh, 0);
    }
  });

  test("changing the last token changes no earlier key or value, bit for bit", async () => {
    const last = tokenIds.length - 1;
    for (const otherId of [3, 64, 127]) {
      const cache = createCache(folder, "float32");
      await forward(session, cache, tokenIds.with(last, otherId));
      const earlier = { to: last };
      assert.deepEqual(
        cacheRows(cache, earlier),
        cacheRows(fullCache, earlier),
      );
      assert.notDeepEqual(cacheRows(cache), cacheRows(fullCache));
    }
  });
});
