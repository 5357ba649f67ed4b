// npm run bench -- memory: what it costs to read a workspace for its memory, and to ask it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { quantile } from "../../src/common/statistics";
import { readDocuments } from "../../src/evaluation/readDocuments";
import { SuffixIndex } from "../../src/memory/suffixIndex";
import { WorkspaceMemory } from "../../src/memory/workspaceMemory";
import { loadTokenizer } from "../../src/tokenizer/tokenizer";
import { MemoryReading } from "../../src/worker/memoryReading";
import { parseOptions, UsageError } from "../../src/cli/options";
import { defaultModelFolder } from "../../src/cli/places";
import { rounded } from "../figures";

const USAGE = `npm run bench -- memory --documents DIR [options]
Reads texts as the extension does (files, rules, tokens, index, without the pauses of systems that know no priority of a
thread), then changes one of them, then asks for what follows contexts of the texts themselves, which are the longest there are.

  --documents DIR     texts of which as many are read as there is room for
  --megabytes N       megabytes of text that are read (5)
  --questions N       contexts that are asked for (2000)
  --model DIR         model folder, for its tokenizer (default: the embedded model)
  --json              one JSON object`;

/** Runs the command. */
export async function runBenchMemory(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    strings: { documents: "", model: defaultModelFolder() },
    numbers: {
      megabytes: { fallback: 5, min: 0.01, max: 1000, isInteger: false },
      questions: { fallback: 2000, min: 1, max: 1e6, isInteger: true },
    },
    flags: ["json"],
  });
  if (strings.documents === "") {
    throw new UsageError(`Found no --documents, expected a folder\n\n${USAGE}`);
  }
  const folder = mkdtempSync(path.join(tmpdir(), "inkling-bench-"));
  try {
    const written = copyTexts(strings.documents, {
      folder,
      maxBytes: numbers.megabytes * 1e6,
    });
    const tokenizer = await loadTokenizer(strings.model);
    const figures = await measure(folder, {
      encode: (text) => tokenizer.encode(text),
      numQuestions: numbers.questions,
    });
    const result = { ...written, ...figures };
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else console.table(result);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each document under a number, as many as fit. */
function copyTexts(
  source: string,
  { folder, maxBytes }: { folder: string; maxBytes: number },
): { documents: number; megabytes: number } {
  let bytes = 0;
  let documents = 0;
  for (const { text } of readDocuments(source)) {
    const size = Buffer.byteLength(text);
    if (bytes + size > maxBytes) continue;
    bytes += size;
    const inner = path.join(folder, String(documents % 50));
    mkdirSync(inner, { recursive: true });
    writeFileSync(path.join(inner, `${documents++}.md`), text);
  }
  return { documents, megabytes: rounded(bytes / 1e6) };
}

async function measure(
  folder: string,
  {
    encode,
    numQuestions,
  }: { encode: (text: string) => number[]; numQuestions: number },
) {
  const reading = new MemoryReading(encode, false);
  const read = () =>
    reading.read({
      budgetBytes: Infinity,
      nearest: [],
      folders: [{ folder, exclude: [] }],
      open: [],
    });
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const first = await read();
  const readMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  if (first.kind !== "replace") {
    throw new UsageError(
      "The texts are too short to be measured, expected 50 kB or more",
    );
  }
  const index = SuffixIndex.of(first.index);
  const indexStart = performance.now();
  SuffixIndex.build(index.documents());
  const indexMs = performance.now() - indexStart;
  const memory = new WorkspaceMemory(Infinity);
  memory.replaceAll(first.names, index);

  writeFileSync(path.join(folder, "0", "0.md"), "This text is another one.\n");
  const changeStart = performance.now();
  await read();
  const changeMs = performance.now() - changeStart;

  const documents = index.documents();
  const askMs = Array.from({ length: numQuestions }, (_, question) => {
    const tokens = documents[(question * 7919) % documents.length]!;
    const end = 1 + ((question * 104729) % Math.max(1, tokens.length));
    const context = [...tokens.subarray(Math.max(0, end - 8), end)];
    const askStart = performance.now();
    memory.continuations(context);
    return performance.now() - askStart;
  });
  return {
    tokens: documents.reduce((sum, { length }) => sum + length, 0),
    readMs: rounded(readMs, 0),
    cpuMs: rounded((user + system) / 1000, 0),
    ofThatIndexMs: rounded(indexMs, 0),
    changeMs: rounded(changeMs, 0),
    memoryMegabytes: rounded(memory.sizeBytes / 1e6, 1),
    askMsP50: rounded(quantile(askMs, 0.5)!),
    askMsP95: rounded(quantile(askMs, 0.95)!),
  };
}
