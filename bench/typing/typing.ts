// npm run bench -- typing: how long one waits for a suggestion in the situations that writing consists of, and how long
// work goes on that nobody wants any more.

import type { CompletionSettings } from "../../src/completion/decision";
import { EVALUATION_SETTINGS } from "../../src/evaluation/compare";
import { readDocuments } from "../../src/evaluation/readDocuments";
import { measureStaleWork, type StaleWork } from "./staleWork";
import { CallRecorder, CAUSES, type Wait } from "./slowCauses";
import { measureTyping, TYPING_SITUATIONS } from "./typingBench";
import { WorkspaceMemory } from "../../src/memory/workspaceMemory";
import { loadEngine } from "../../src/engine/engine";
import { engineGenerator } from "../../src/engine/engineGenerator";
import {
  parseOptions,
  suggestionNumbers,
  UsageError,
} from "../../src/cli/options";
import { defaultCacheFolder, defaultModelFolder } from "../../src/cli/places";

const USAGE = `npm run bench -- typing --documents DIR [options]
Milliseconds from a cursor to a suggestion, or its first word: cold, each appended character, along a suggestion, a
deletion, an edit far above, a jump elsewhere, and a switch of files; and what most of each long wait went to. Then from the cancellation of work to the model's being free for
other work, while it writes and while it reads a prompt of 512 tokens or more.

  --documents DIR     texts to be typed in
  --workspace DIR     texts that the memory holds (default: there is no memory)
  --rounds N          times that each situation is gone through (10)
  --slow MS           waits that are looked into (100)
  --with-pauses       each key waits until the model is done with the one before, as it nearly always is in the editor
                      (default: the next key comes at once)
  --cancellations N   times that work is cancelled, of each kind (40)
  --max-tokens N      tokens of a suggestion at the most (${EVALUATION_SETTINGS.maxTokens})
  --context-tokens N  tokens of prompt at the most (${EVALUATION_SETTINGS.contextTokens})
  --seed S            which places (1)
  --model DIR         model folder (default: the embedded model)
  --threads N         threads of the model
  --json              one JSON object instead of a table`;

/** Runs the command. */
export async function runBenchTyping(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    strings: { documents: "", workspace: "", model: defaultModelFolder() },
    numbers: {
      rounds: { fallback: 10, min: 1, max: 1000, isInteger: true },
      slow: { fallback: 100, min: 0, max: 1e5, isInteger: false },
      cancellations: { fallback: 40, min: 0, max: 1e4, isInteger: true },
      ...suggestionNumbers,
    },
    flags: ["json", "with-pauses"],
  });
  if (strings.documents === "") {
    throw new UsageError(`Found no --documents, expected a folder\n\n${USAGE}`);
  }
  const settings: CompletionSettings = {
    ...EVALUATION_SETTINGS,
    maxTokens: numbers["max-tokens"],
    contextTokens: numbers["context-tokens"],
  };
  const engine = await loadEngine(
    {
      modelFolder: strings.model,
      cacheFolder: defaultCacheFolder(),
      threads: numbers.threads,
    },
    () => {},
  );
  if (strings.workspace !== "") {
    const memory = new WorkspaceMemory(Infinity);
    for (const { name, text } of readDocuments(strings.workspace)) {
      memory.set(`workspace/${name}`, engine.encode(text));
    }
    memory.settle();
    engine.useMemory(memory);
  }
  const recorder = new CallRecorder();
  try {
    const documents = readDocuments(strings.documents);
    const waits: Wait[] = [];
    const generator = recorder.watch(engineGenerator(engine));
    const latencies = await measureTyping(generator, {
      documents,
      settings,
      rounds: numbers.rounds,
      seed: numbers.seed,
      ...(flags["with-pauses"] && { pause: () => recorder.settled() }),
      onWait: (_situation, wait) => waits.push(wait),
    });
    await recorder.settled();
    const slow = countCauses(recorder, {
      waits: waits.filter(
        ({ startMs, endMs }) => endMs - startMs > numbers.slow,
      ),
      all: waits.length,
    });
    const staleWork =
      numbers.cancellations > 0
        ? await measureStaleWork(engine, {
            documents,
            rounds: numbers.cancellations,
            seed: numbers.seed,
          })
        : undefined;
    if (flags.json) {
      const { threads } = numbers;
      const result = {
        threads,
        ...latencies,
        slow,
        ...(staleWork && { staleWork }),
      };
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    for (const situation of TYPING_SITUATIONS) {
      const { count, p50, p95 } = latencies[situation];
      process.stdout.write(
        `${situation.padEnd(18)} p50 ${p50.toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms   of ${count}\n`,
      );
    }
    process.stdout.write(
      `\n${slow.count} of ${slow.all} waits took more than ${numbers.slow} ms, most of it for:\n`,
    );
    for (const { cause, count, longestMs } of slow.causes) {
      process.stdout.write(
        `${cause.padEnd(18)} ${`${count}`.padStart(4)}   at most ${longestMs.toFixed(1).padStart(7)} ms\n`,
      );
    }
    if (staleWork) printStaleWork(staleWork);
  } finally {
    recorder.stop();
    await engine.dispose();
  }
}

function countCauses(
  recorder: CallRecorder,
  { waits, all }: { waits: readonly Wait[]; all: number },
) {
  const found = waits.map((wait) => ({
    cause: recorder.causeOf(wait),
    ms: wait.endMs - wait.startMs,
  }));
  const causes = CAUSES.flatMap((cause) => {
    const times = found.filter((each) => each.cause === cause);
    if (times.length === 0) return [];
    const longestMs = Math.max(...times.map(({ ms }) => ms));
    return [{ cause, count: times.length, longestMs }];
  });
  return { count: waits.length, all, causes };
}

function printStaleWork(staleWork: StaleWork): void {
  for (const [kind, times] of Object.entries(staleWork)) {
    const { count, p50, p95, max } = times as StaleWork["decoding"];
    process.stdout.write(
      `${`stale ${kind}`.padEnd(18)} p50 ${p50.toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms   max ${max.toFixed(1).padStart(7)} ms   of ${count}\n`,
    );
  }
}
