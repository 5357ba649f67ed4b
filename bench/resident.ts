// npm run bench -- resident: what stays in memory when the model was let go, and when adapters were exchanged.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseOptions } from "../src/cli/options";
import { defaultCacheFolder, defaultModelFolder } from "../src/cli/places";
import { threadStarter } from "../src/client/workerThread";
import { WorkerSession } from "../src/client/workerSession";
import { greedyRequest } from "../src/protocol/generation";
import { writeAdapter } from "../src/adapters/peftAdapter";
import {
  openModelFolder,
  type ModelFolder,
} from "../src/model/files/modelFolder";
import { layerGroups } from "../src/model/files/weightNames";
import { seededRandom } from "../src/common/random";

const USAGE = `npm run bench -- resident [options]
Loads the model in a worker thread, as the editor does, writes after a long text, exchanges two adapters and lets the
model go; prints the resident memory of the process after each, in MB of 1,000,000 bytes (Linux).

  --exchanges N   exchanges of the adapter (12)
  --rounds N      times that the model is loaded and let go (3)
  --model DIR     model folder (default: the embedded model)`;

/** Runs the command. */
export async function runBenchResident(args: string[]): Promise<void> {
  const { strings, numbers } = parseOptions(args, {
    usage: USAGE,
    strings: { model: defaultModelFolder() },
    numbers: {
      exchanges: { fallback: 12, min: 0, max: 1000, isInteger: true },
      rounds: { fallback: 3, min: 1, max: 100, isInteger: true },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), "inkling-bench-"));
  try {
    const model = openModelFolder(strings.model);
    const adapters = [1, 2].map((seed) => {
      const adapter = path.join(folder, String(seed));
      writeAdapter(adapter, randomAdapter(model, seed), model);
      return adapter;
    });
    show("before", "");
    for (let round = 1; round <= numbers.rounds; round++) {
      await loadAndLetGo(strings.model, {
        adapters: round === 1 ? adapters : [],
        exchanges: numbers.exchanges,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function loadAndLetGo(
  modelFolder: string,
  { adapters, exchanges }: { adapters: string[]; exchanges: number },
): Promise<void> {
  const script = path.resolve("dist", "worker.js");
  const session = new WorkerSession(threadStarter(script), {
    onProgress() {},
    onLost: (reason) => process.stderr.write(`${reason.message}\n`),
  });
  const write = () =>
    session.generate(
      greedyRequest({
        prompt: "The harbour of the town lies between two rocks. ".repeat(50),
        contextTokens: 512,
        maxTokens: 16,
        cacheKey: "bench",
      }),
      { signal: new AbortController().signal },
    );
  await session.load({
    modelFolder,
    cacheFolder: defaultCacheFolder(),
    threads: 2,
    adapterFolder: undefined,
  });
  await write();
  await wait(1000);
  show("loaded", "written");
  for (let index = 0; adapters.length > 0 && index < exchanges; index++) {
    await session.useAdapter(adapters[index % adapters.length]);
    await write();
    show("adapter", String(index + 1));
  }
  await session.stop();
  await wait(1000);
  show("let go", "");
}

/** On every layer, of the rank that training takes. */
function randomAdapter(model: ModelFolder, seed: number) {
  const rank = 16;
  const random = seededRandom(seed);
  const draw = (length: number) =>
    Float32Array.from({ length }, () => 0.02 * (random() - 0.5));
  const pairs = new Map(
    Array.from({ length: model.config.numLayers }, (_, layer) =>
      Object.values(layerGroups(model.config, layer)).flatMap(
        ({ parts, numColumns }) =>
          parts.map(
            ({ name, numRows }) =>
              [
                name,
                {
                  loraA: draw(rank * numColumns),
                  loraB: draw(numRows * rank),
                },
              ] as const,
          ),
      ),
    ).flat(),
  );
  return { rank, alpha: 2 * rank, pairs, manifest: undefined };
}

function show(state: string, detail: string): void {
  const text = readFileSync("/proc/self/smaps_rollup", "utf8");
  const megabytes = (field: string) =>
    ((Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) * 1024) / 1e6)
      .toFixed(0)
      .padStart(5);
  process.stdout.write(
    `${state.padEnd(8)} ${detail.padEnd(8)} resident ${megabytes("Rss")}, of it anonymous ${megabytes("Anonymous")}\n`,
  );
}
