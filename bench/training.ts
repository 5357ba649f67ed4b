// Speed and memory of a LoRA step beside PyTorch and peft, in one run: both programs answer in turns.
//
//   node bin/inkling export --dtype float32 FOLDER
//   npm run bench:training -- --float-model FOLDER --python PYTHON [--model DIR] [--tokens 256,512] [--rounds 5]
//     [--threads 2] [--json]

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

interface Figures {
  tokensPerSecond: number;
  peakMemoryMb: number | undefined;
  firstLoss: number;
}

interface Comparison {
  tokens: number;
  parameters: { inkling: number; peer: number };
  inkling: Figures;
  peer: Figures;
  ratio: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: "string", default: "models/smollm2-135m-instruct" },
      "float-model": { type: "string" },
      python: { type: "string", default: "python3" },
      tokens: { type: "string", default: "256,512" },
      rounds: { type: "string", default: "5" },
      threads: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
    },
  });
  const floatModel = values["float-model"];
  if (!floatModel) {
    throw new TypeError(
      "Cannot compare: --float-model is missing, expected a folder made by inkling export --dtype float32",
    );
  }
  const cacheFolder = mkdtempSync(path.join(tmpdir(), "inkling-bench-"));
  try {
    const results: Comparison[] = [];
    let versions: Record<string, unknown> = {};
    for (const tokens of values.tokens.split(",").map(Number)) {
      const compared = await compare({
        inkling: [values.model, cacheFolder, `${tokens}`, values.threads],
        peer: [floatModel, `${tokens}`, values.threads],
        python: values.python,
        tokens,
        rounds: Number(values.rounds),
      });
      versions = compared.versions;
      results.push(compared.comparison);
      if (!values.json) console.log(describe(compared.comparison));
    }
    const { threads } = values;
    if (values.json)
      console.log(JSON.stringify({ versions, threads, results }));
    else
      console.log(`versions ${JSON.stringify(versions)}, ${threads} threads`);
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

/** The first step of each only warms up; medians of the others. */
async function compare({
  inkling,
  peer,
  python,
  tokens,
  rounds,
}: {
  inkling: string[];
  peer: string[];
  python: string;
  tokens: number;
  rounds: number;
}): Promise<{ comparison: Comparison; versions: Record<string, unknown> }> {
  const ours = new Program(process.execPath, [
    "--require",
    "tsx/cjs",
    path.join(__dirname, "training/inkling.ts"),
    ...inkling,
  ]);
  const theirs = new Program(python, [
    path.join(__dirname, "training/peer.py"),
    ...peer,
  ]);
  try {
    const started = await ours.next();
    const { parameters, ...versions } = await theirs.next();
    const programs = [ours, theirs];
    for (let round = 0; round <= rounds; round++) {
      for (const program of programs) await program.step();
      programs.reverse();
    }
    const figures = {
      inkling: ours.figures(tokens),
      peer: theirs.figures(tokens),
    };
    return {
      versions,
      comparison: {
        tokens,
        parameters: {
          inkling: Number(started.parameters),
          peer: Number(parameters),
        },
        ...figures,
        ratio: figures.inkling.tokensPerSecond / figures.peer.tokensPerSecond,
      },
    };
  } finally {
    await Promise.all([ours.end(), theirs.end()]);
  }
}

/** A child that answers each line with a line of JSON. */
class Program {
  private readonly child;
  private readonly lines;
  private readonly steps: { seconds: number; loss: number }[] = [];

  constructor(command: string, args: string[]) {
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.child.on("error", (error) => {
      console.error(`Cannot start ${command}: ${error.message}`);
      process.exitCode = 1;
    });
    const reader = createInterface({ input: this.child.stdout });
    this.lines = reader[Symbol.asyncIterator]();
  }

  async next(): Promise<Record<string, unknown>> {
    const line = await this.lines.next();
    if (line.done) {
      throw new Error(
        `Cannot measure: ${this.child.spawnfile} ended, expected an answer`,
      );
    }
    return JSON.parse(line.value) as Record<string, unknown>;
  }

  async step(): Promise<void> {
    this.child.stdin.write("step\n");
    const { seconds, loss } = await this.next();
    this.steps.push({ seconds: Number(seconds), loss: Number(loss) });
  }

  figures(tokens: number): Figures {
    const seconds = this.steps.slice(1).map((step) => step.seconds);
    seconds.sort((a, b) => a - b);
    const median = seconds[Math.floor(seconds.length / 2)]!;
    return {
      tokensPerSecond: tokens / median,
      peakMemoryMb: this.peakMemoryMb(),
      firstLoss: this.steps[0]!.loss,
    };
  }

  /** Linux alone tells it of another process. */
  private peakMemoryMb(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
      const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin.end();
    if (this.child.exitCode === null) await ended;
  }
}

function describe({ tokens, inkling, peer, ratio }: Comparison): string {
  const line = (name: string, figures: Figures) =>
    `  ${name.padEnd(8)} ${figures.tokensPerSecond.toFixed(0).padStart(5)} tokens/s  ${(figures.peakMemoryMb?.toFixed(0) ?? "?").padStart(5)} MB  first loss ${figures.firstLoss.toFixed(4)}`;
  return [
    `${tokens} tokens: ratio ${ratio.toFixed(2)}`,
    line("inkling", inkling),
    line("peft", peer),
  ].join("\n");
}

void main();
