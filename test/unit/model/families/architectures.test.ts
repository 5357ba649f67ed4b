// Every architecture that is read, as a folder and as a GGUF file, against transformers in PyTorch on the same random
// weights (scripts/makeArchitectureGolden.py): each graph of a model comes from its one description.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../../src/common/random";
import { buildDecodeGraph } from "../../../../src/model/graphs/decodeGraph";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import { buildScoringGraph } from "../../../../src/model/graphs/scoringGraph";
import { buildTrainingGraph } from "../../../../src/model/graphs/trainingGraph";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { importModel } from "../../../../src/model/import/importModel";
import { openPrefillFolder } from "../../../../src/model/quantise/prefillWeights";
import { calibrateKvScales } from "../../../../src/engine/calibrate";
import { prefill } from "../../../../src/inference/languageModel";
import { floats, int64s, tensor } from "../../../../src/runtime/tensors";
import { buildTokenizerFiles } from "../../../../src/tokenizer/buildTokenizerFiles";
import { assertClose } from "../../support/assertClose";
import { softmaxOf } from "../../support/matrices";
import { useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  cacheRows,
  createCache,
  draw,
  drawOptions,
  forward,
} from "../../support/tinyGraphs";

const FIXTURES = path.join(__dirname, "../../../fixtures/architectures");
const FLOAT = { kvScales: undefined, accuracyLevel: 1 } as const;

interface Golden {
  tokenIds: number[];
  /** Of each token but the first. */
  logProbabilities: number[];
  lastLogits: number[];
  greedy: number[];
}

for (const name of readdirSync(FIXTURES).sort()) {
  const directory = path.join(FIXTURES, name);
  const golden = JSON.parse(
    readFileSync(path.join(directory, "golden.json"), "utf8"),
  ) as Golden;
  const { tokenIds } = golden;

  suite(`Architecture ${name}`, () => {
    const inFolder = useTemporaryFolder();
    const load = useSessions();

    async function checkLogits(folder: ModelFolder) {
      const graph = buildForwardGraph(folder, { ...FLOAT, logits: "last" });
      const session = await load(graph, folder.directory);
      for (const cut of [0, 17]) {
        const cache = createCache(folder, "float32");
        if (cut > 0) await forward(session, cache, tokenIds.slice(0, cut));
        const [row] = await forward(session, cache, tokenIds.slice(cut));
        assertClose(row!, golden.lastLogits, {
          name: `logits after a cut at ${cut}`,
          // fp32 sums in another order, and golden numbers of five decimals.
          atol: 2e-4,
        });
        assertFiveBest(row!, golden.lastLogits);
      }
    }

    test("as a folder has the logits of transformers, in one run and in two", async () => {
      await checkLogits(openModelFolder(directory));
    });

    const gguf = path.join(directory, "model.gguf");
    if (existsSync(gguf)) {
      test("as a GGUF file has the logits of transformers, for its blocks hold the same numbers", async () => {
        const target = inFolder("from-gguf");
        await importModel({
          source: gguf,
          directory: target,
          buildTokenizerFiles,
        });
        await checkLogits(openModelFolder(target));
      });
    }

    test("has nearly the same logits on an int8 cache, for one token and for many", async () => {
      const folder = openModelFolder(directory);
      const kvScales = await calibrateKvScales(folder, [tokenIds], {
        threads: 1,
      });
      for (const widensCache of [false, true]) {
        const graph = buildForwardGraph(folder, {
          kvScales,
          accuracyLevel: 1,
          widensCache,
          logits: "last",
        });
        const session = await load(graph, directory);
        const cache = createCache(folder, "int8");
        await forward(session, cache, tokenIds.slice(0, -1));
        const [row] = await forward(session, cache, tokenIds.slice(-1));
        const error = relativeError(Array.from(row!), golden.lastLogits);
        // Keys and values in 8 bits; a missing part is an error of 1.
        assert.ok(error < 0.05, `logits are off by ${error}`);
      }
    });

    test("writes what transformers writes", async () => {
      const folder = openModelFolder(directory);
      const session = await load(buildDecodeGraph(folder, FLOAT), directory);
      const { vocabSize } = folder.config;
      const drawn = await draw(session, {
        folder,
        tokenIds,
        options: drawOptions({
          maxTokens: golden.greedy.length,
          bias: new Float32Array(vocabSize),
          stopFlags: new Uint8Array(2 * vocabSize),
        }),
      });
      assert.deepEqual(
        drawn.map(({ tokenId }) => tokenId),
        golden.greedy,
      );
    });

    test("scores as transformers does", async () => {
      const folder = openModelFolder(directory);
      const session = await load(buildScoringGraph(folder, FLOAT), directory);
      const cache = createCache(folder, "float32");
      const count = tokenIds.length - 1;
      const { logProbabilities } = await session.run(
        {
          tokenIds: int64s(tokenIds.slice(0, -1), [1, count]),
          targetIds: int64s(tokenIds.slice(1), [1, count]),
          lastPosition: tensor("int32", Int32Array.of(count - 1), [1]),
          totalLength: tensor("int32", Int32Array.of(count), [1]),
          ...cache.feeds(),
        },
        ["logProbabilities"],
      );
      assertClose(
        logProbabilities!.data as Float32Array,
        golden.logProbabilities,
        { name: "log-probabilities", atol: 2e-4 },
      );
    });

    test("reads prompts with int8 weights into nearly the same keys and values", async () => {
      const folder = openModelFolder(directory);
      const derived = openPrefillFolder(folder, inFolder());
      const reading = await load(
        buildForwardGraph(derived, { ...FLOAT, logits: "none" }),
        derived.directory,
      );
      const float = await load(
        buildForwardGraph(folder, { ...FLOAT, logits: "last" }),
        directory,
      );
      const read = createCache(folder, "float32");
      await prefill(reading, read, tokenIds);
      const expected = createCache(folder, "float32");
      await forward(float, expected, tokenIds);
      const found = cacheRows(read);
      for (const [key, numbers] of Object.entries(cacheRows(expected))) {
        const error = relativeError(found[key]!, numbers);
        // Random weights of two to four layers, each product rounded to 8 bits; a missing part is an error of 1.
        assert.ok(error < 0.1, `${key} is off by ${error}`);
      }
    });

    test("trains an adapter whose loss is transformers' and whose gradients are its slope", async () => {
      const folder = openModelFolder(directory);
      const { loss, step } = await trainingStep(folder);
      const expected = -golden.logProbabilities.reduce((a, b) => a + b);
      assertClose([loss], [expected], { name: "loss", atol: 5e-3 });
      // Along random directions: central differences of the loss against the gradient.
      for (const seed of [1, 2]) {
        const { slope, difference } = await step(seed);
        assertClose([slope], [difference], {
          name: "slope",
          atol: 0.02,
          rtol: 0.02,
        });
        assert.ok(Math.abs(slope) > 0.05, `a slope of ${slope} shows nothing`);
      }
    });

    /** The training graph with every matrix adapted, from an adapter that is random on both sides. */
    async function trainingStep(folder: ModelFolder) {
      const count = tokenIds.length - 1;
      const { graph, parameters } = buildTrainingGraph(folder, {
        method: "lora",
        rank: 2,
        alpha: 2,
        projections: ["q", "k", "v", "o", "gate", "up", "down"],
        lastLayers: 0,
        blockTokens: count,
      });
      const session = await load(graph, folder.directory);
      const row = [1, count];
      const inputs = {
        tokenIds: int64s(tokenIds.slice(0, -1), row),
        targetIds: int64s(tokenIds.slice(1), row),
        positions: int64s([...tokenIds.keys()].slice(0, count), row),
        documentIds: int64s(new Array<number>(count).fill(0), row),
        targetWeights: floats(new Array<number>(count).fill(1), row),
      };
      const values = (seed: number, size: (name: string) => number) =>
        parameters.map(({ name, shape }) => {
          const random = seededRandom(seed);
          const length = shape.reduce((a, b) => a * b);
          return Float32Array.from(
            { length },
            () => (2 * random() - 1) * size(name),
          );
        });
      const run = async (at: Float32Array[], needsGradients: boolean) => {
        const feeds = parameters.map(
          ({ name, shape }, i) => [name, floats(at[i]!, shape)] as const,
        );
        return session.run(
          {
            ...inputs,
            ...Object.fromEntries(feeds),
            needsGradients: tensor("bool", Uint8Array.of(+needsGradients), []),
          },
          needsGradients
            ? ["loss", ...parameters.map(({ name }) => `gradient:${name}`)]
            : ["loss"],
        );
      };
      const lossOf = async (at: Float32Array[]) =>
        (await run(at, false)).loss!.data[0] as number;
      const untrained = values(3, (name) => (/lora_B/.test(name) ? 0 : 0.2));
      const start = values(3, () => 0.1);
      return {
        loss: await lossOf(untrained),
        async step(seed: number) {
          const direction = values(seed + 100, () => 1);
          const moved = (by: number) =>
            start.map((numbers, i) =>
              numbers.map((number, j) => number + by * direction[i]![j]!),
            );
          const outputs = await run(start, true);
          const slope = parameters.reduce((sum, { name }, i) => {
            const gradient = outputs[`gradient:${name}`]!.data as Float32Array;
            return gradient.reduce(
              (all, each, j) => all + each * direction[i]![j]!,
              sum,
            );
          }, 0);
          const by = 1e-3;
          const difference =
            ((await lossOf(moved(by))) - (await lossOf(moved(-by)))) / (2 * by);
          return { slope, difference };
        },
      };
    }
  });
}

/** The five most probable tokens are the same ones in the same order, and so are their probabilities. */
function assertFiveBest(logits: Float32Array, expected: number[]): void {
  const best = (row: ArrayLike<number>) => {
    const probabilities = softmaxOf(Array.from(row));
    return [...probabilities.keys()]
      .sort((a, b) => probabilities[b]! - probabilities[a]!)
      .slice(0, 5)
      .map((tokenId) => ({
        tokenId,
        probability: probabilities[tokenId]!,
      }));
  };
  const found = best(logits);
  const golden = best(expected);
  assert.deepEqual(
    found.map(({ tokenId }) => tokenId),
    golden.map(({ tokenId }) => tokenId),
  );
  assertClose(
    found.map(({ probability }) => probability),
    golden.map(({ probability }) => probability),
    { name: "probabilities", atol: 1e-4 },
  );
}

/** Root mean square of the difference over that of what is expected. */
function relativeError(actual: number[], expected: number[]): number {
  const squares = (numbers: number[]) =>
    numbers.reduce((sum, number) => sum + number ** 2, 0);
  const differences = actual.map((number, i) => number - expected[i]!);
  return Math.sqrt(squares(differences) / squares(expected));
}
