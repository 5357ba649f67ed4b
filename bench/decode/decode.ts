// npm run bench -- decode: how fast a model is loaded, reads and writes in the product, and how much memory that takes.

import { createInterface } from "node:readline";
import { MAX_POSITIONS } from "../../src/model/layers/gpt";
import { openModelFolder } from "../../src/model/files/modelFolder";
import {
  openPrefillFolder,
  findPrefillFolder,
} from "../../src/model/quantise/prefillWeights";
import type { LoadModelRequest } from "../../src/protocol/worker";
import type { EngineParts } from "../../src/engine/engine";
import { loadPartsForCommand, requestOf } from "../../src/cli/loadForCommand";
import { parseOptions, writingThreads } from "../../src/cli/options";
import { defaultModelFolder } from "../../src/cli/places";
import { showProgress } from "../../src/cli/showProgress";
import { formatTable, parseTokenCounts, rounded, Samples } from "../figures";
import {
  answer,
  CONTINUATION,
  MEMORY,
  nameOf,
  WORK,
  parseQuestion,
  speedQuestions,
} from "./measures";
import { LONGEST_RUN, SpeedMeter } from "./speedMeter";

const USAGE = `npm run bench -- decode [options]
Loads the model as the extension does and measures it; medians over the rounds, after one to warm up.

  --model DIR       model folder (default: the embedded model)
  --adapter DIR     LoRA adapter on top of it
  --threads N       threads of the model (half of the processor's, at most 4)
  --rounds N        rounds (5)
  --contexts LIST   tokens to read, and before what is written (64,256,512,1024)
  --json            one JSON object instead of text
  --turns           answers questions on stdin line by line, for "npm run bench -- peers"`;

export const DEFAULT_CONTEXTS = "64,256,512,1024";
/** Room for what is written after the longest context. */
const SPARE_TOKENS = 64;

/** Runs the command. */
export async function runBenchDecode(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    strings: {
      model: defaultModelFolder(),
      adapter: "",
      contexts: DEFAULT_CONTEXTS,
    },
    numbers: {
      threads: writingThreads,
      rounds: { fallback: 5, min: 1, max: 1000, isInteger: true },
    },
    flags: ["json", "turns"],
  });
  const contexts = parseTokenCounts("contexts", {
    text: strings.contexts,
    max: MAX_POSITIONS - SPARE_TOKENS,
  });
  const loaded = await load(
    requestOf({ ...strings, threads: numbers.threads }),
  );
  try {
    if (flags.turns) {
      await takeTurns(loaded);
      return;
    }
    const result = {
      model: loaded.parts.folder.name,
      ...(loaded.parts.adapter ? { adapter: loaded.parts.adapter.name } : {}),
      threads: numbers.threads,
      rounds: numbers.rounds,
      ...loaded.times,
      ...(await measure(loaded, { contexts, rounds: numbers.rounds })),
    };
    const text = flags.json ? JSON.stringify(result) : formatResult(result);
    process.stdout.write(`${text}\n`);
  } finally {
    await loaded.parts.sessions.decode.release();
    await loaded.parts.sessions.prefill?.release();
  }
}

/** Writing on in a text that repeats, with guesses and without; the peers have no such thing. */
const REPEATING = ["repeating", "unguessed"] as const;

interface Loaded {
  parts: EngineParts;
  meter: SpeedMeter;
  times: {
    /** Making the weights for prefill, once on a machine; 0 when they are there already. */
    derivationMs: number;
    loadMs: number;
    /** From the beginning of loading to the first token after a prompt of one. */
    firstTokenMs: number;
  };
}

async function load(request: LoadModelRequest): Promise<Loaded> {
  const { modelFolder, cacheFolder } = request;
  const derivationStart = performance.now();
  const folder = openModelFolder(modelFolder);
  const isDerived = findPrefillFolder(folder, cacheFolder) !== undefined;
  if (folder.config.quantization) openPrefillFolder(folder, cacheFolder);
  const loadStart = performance.now();
  const parts = await loadPartsForCommand(request);
  const meter = new SpeedMeter(parts);
  await meter.writeOne();
  const firstTokenMs = performance.now() - loadStart;
  return {
    parts,
    meter,
    times: {
      derivationMs: isDerived ? 0 : rounded(loadStart - derivationStart),
      loadMs: rounded(parts.loadMs),
      firstTokenMs: rounded(firstTokenMs),
    },
  };
}

async function measure(
  { meter }: Loaded,
  { contexts, rounds }: { contexts: number[]; rounds: number },
) {
  const at512 = await memoryAtWork(meter);
  const questions = speedQuestions(contexts);
  const values = new Samples();
  const tokensPerRun = new Samples();
  const progress = showProgress("Measuring");
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const question of questions) {
      const found = await answer(meter, question);
      if (round === 0) continue;
      values.add(nameOf(question), found.value);
      tokensPerRun.add(nameOf(question), found.tokensPerRun);
    }
    for (const context of contexts) {
      for (const name of REPEATING) {
        const found = await meter.writeRepeating(context, {
          guesses: name === "repeating",
        });
        if (round === 0) continue;
        values.add(`${name} ${context}`, found.value);
        tokensPerRun.add(`${name} ${context}`, found.tokensPerRun);
      }
    }
    progress((round + 1) / (rounds + 1));
  }
  const rate = (name: string) => ({ tokensPerSecond: values.median(name) });
  return {
    prefill: contexts.map((tokens) => ({
      tokens,
      ...rate(`prefill ${tokens}`),
    })),
    prefillChunked: contexts.map((tokens) => ({
      tokens,
      chunkTokens: tokensPerRun.median(`prefillChunked ${tokens}`),
      ...rate(`prefillChunked ${tokens}`),
    })),
    decode: contexts.map((context) => ({
      context,
      tokensPerRun: tokensPerRun.median(`decode ${context}`),
      ...rate(`decode ${context}`),
    })),
    decodeInLongRuns: contexts.map((context) => ({
      context,
      tokensPerRun: LONGEST_RUN,
      ...rate(`decodeInLongRuns ${context}`),
    })),
    repeating: contexts.map((context) => ({
      context,
      tokensPerRun: tokensPerRun.median(`repeating ${context}`),
      ...rate(`repeating ${context}`),
      withoutGuesses: rate(`unguessed ${context}`).tokensPerSecond,
    })),
    continuation4: {
      context: CONTINUATION.tokens,
      ms: values.median(nameOf(CONTINUATION)),
    },
    memoryMb: { at512, peak: await memory(meter) },
  };
}

/** Peak memory after what the editor asks for, before prompts are read in one run, which it never does. */
async function memoryAtWork(meter: SpeedMeter): Promise<number> {
  for (const question of WORK) await answer(meter, question);
  return memory(meter);
}

async function memory(meter: SpeedMeter): Promise<number> {
  const { value } = await answer(meter, MEMORY);
  return rounded(value);
}

async function takeTurns({ meter, times }: Loaded): Promise<void> {
  print({ times });
  for await (const line of createInterface({ input: process.stdin })) {
    print(await answer(meter, parseQuestion(line)));
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

type Result = Awaited<ReturnType<typeof measure>> &
  Loaded["times"] & { model: string; threads: number; rounds: number };

function formatResult(result: Result): string {
  const { continuation4, memoryMb } = result;
  const rows = result.prefill.map(({ tokens, tokensPerSecond }, index) => [
    `${tokens}`,
    tokensPerSecond.toFixed(0),
    result.prefillChunked[index]!.tokensPerSecond.toFixed(0),
    result.prefillChunked[index]!.chunkTokens.toFixed(0),
    result.decode[index]!.tokensPerSecond.toFixed(1),
    result.decode[index]!.tokensPerRun.toFixed(1),
    result.decodeInLongRuns[index]!.tokensPerSecond.toFixed(1),
    result.repeating[index]!.tokensPerSecond.toFixed(1),
    result.repeating[index]!.tokensPerRun.toFixed(1),
    result.repeating[index]!.withoutGuesses.toFixed(1),
  ]);
  return [
    `${result.model}, ${result.threads} threads, medians of ${result.rounds} rounds; tokens/s`,
    "",
    formatTable(
      [
        "tokens",
        "read at once",
        "in chunks",
        "of",
        "writing",
        "in runs of",
        `in runs of ${LONGEST_RUN}`,
        "what repeats",
        "in runs of",
        "without guesses",
      ],
      rows,
    ),
    "",
    `4 tokens after ${continuation4.context}: ${continuation4.ms.toFixed(1)} ms`,
    `loading ${result.loadMs.toFixed(0)} ms, first token after ${result.firstTokenMs.toFixed(0)} ms`,
    `memory at most ${memoryMb.at512.toFixed(0)} MB after ${CONTINUATION.tokens} tokens in chunks, ${memoryMb.peak.toFixed(0)} MB after all of this`,
  ].join("\n");
}
