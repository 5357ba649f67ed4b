// npm run bench -- quality: what int8 activations, cache and prefill cost in bits per character, each and together, and
// how far the model is from a reference implementation.

import { readDocuments } from "../../src/evaluation/readDocuments";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/tokenizer";
import {
  parseOptions,
  UsageError,
  writingThreads,
} from "../../src/cli/options";
import { defaultModelFolder } from "../../src/cli/places";
import { showProgress } from "../../src/cli/showProgress";
import { formatTable, rounded } from "../figures";
import { scoreVariant, variantsOf, type Variant } from "./variants";
import {
  bitsPerCharacter,
  cutWindows,
  difference,
  readReference,
  writeWindows,
  type Difference,
  type Scores,
} from "./windows";

const USAGE = `npm run bench -- quality --documents DIR [options]
Scores windows of text with each way to compute the model; differences are from the first one.

  --documents DIR       texts
  --windows N           windows at the most, evenly spread over the texts (24)
  --window-tokens N     tokens of a window (512)
  --context-tokens N    tokens at its start that are not scored (256)
  --model DIR           model folder (default: the embedded model)
  --adapter DIR         LoRA adapter on top of it
  --compare LIST        further model folders, with commas between them, computed with fp32 activations and cache
  --variant WORDS       only the variants whose names hold these words, and the first
  --write-windows FILE  writes the windows for bench/peers/logProbabilities.mjs and ends
  --reference FILE      what that program wrote: differences from it too
  --threads N           threads of the model (half of the processor's, at most 4)
  --json                one JSON object instead of a table`;

/** Runs the command. */
export async function runBenchQuality(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseQualityOptions(args);
  const tokenizer = await loadTokenizer(strings.model);
  const contextTokens = numbers["context-tokens"];
  const windows = cutWindows(
    readDocuments(strings.documents).map(({ text }) => tokenizer.encode(text)),
    {
      windowTokens: numbers["window-tokens"],
      contextTokens,
      bosIds: tokenizer.bosIds,
      count: numbers.windows,
    },
  );
  if (strings["write-windows"] !== "") {
    writeWindows(strings["write-windows"], windows);
    process.stderr.write(
      `${windows.length} windows are in ${strings["write-windows"]}\n`,
    );
    return;
  }
  const reference =
    strings.reference === ""
      ? undefined
      : readReference(strings.reference, { windows, contextTokens });
  const numCharacters = countCharacters(tokenizer, { windows, contextTokens });
  const rows: QualityRow[] = [];
  let first: Scores | undefined;
  for (const variant of chooseVariants(strings)) {
    const scores = await scoreVariant(variant, {
      windows,
      contextTokens,
      threads: numbers.threads,
      onProgress: showProgress(variant.name),
    });
    first ??= scores;
    rows.push({
      variant: variant.name,
      ...rowOf(scores, { first, reference, numCharacters }),
    });
  }
  const result: QualityResult = {
    windows: windows.length,
    tokens: first!.logProbabilities.length,
    characters: numCharacters,
    ...(reference
      ? {
          referenceBits: rounded(bitsPerCharacter(reference, numCharacters), 4),
        }
      : {}),
    variants: rows,
  };
  process.stdout.write(
    `${flags.json ? JSON.stringify(result) : formatResult(result)}\n`,
  );
}

interface QualityRow {
  variant: string;
  bitsPerCharacter: number;
  /** Bits per character above those of the first variant, in percent. */
  costPercent: number;
  fromFirst: Difference;
  fromReference?: Difference & { costPercent: number };
}

interface QualityResult {
  windows: number;
  tokens: number;
  characters: number;
  /** Bits per character of the reference. */
  referenceBits?: number;
  variants: QualityRow[];
}

function parseQualityOptions(args: string[]) {
  const options = parseOptions(args, {
    usage: USAGE,
    strings: {
      documents: "",
      model: defaultModelFolder(),
      adapter: "",
      compare: "",
      variant: "",
      "write-windows": "",
      reference: "",
    },
    numbers: {
      windows: { fallback: 24, min: 1, max: 1e5, isInteger: true },
      "window-tokens": { fallback: 512, min: 32, max: 4096, isInteger: true },
      "context-tokens": { fallback: 256, min: 1, max: 4000, isInteger: true },
      threads: writingThreads,
    },
    flags: ["json"],
  });
  const { strings, numbers } = options;
  if (strings.documents === "") {
    throw new UsageError(
      `Found no --documents, expected a folder with texts\n\n${USAGE}`,
    );
  }
  if (numbers["context-tokens"] + 16 > numbers["window-tokens"]) {
    throw new UsageError(
      `--context-tokens is ${numbers["context-tokens"]} of ${numbers["window-tokens"]}, expected at least 16 tokens fewer than --window-tokens`,
    );
  }
  return options;
}

function chooseVariants(strings: {
  model: string;
  adapter: string;
  compare: string;
  variant: string;
}): Variant[] {
  const [first, ...rest] = variantsOf(
    strings.model,
    strings.adapter === "" ? undefined : strings.adapter,
  );
  const further = strings.compare
    .split(",")
    .filter((folder) => folder !== "")
    .map((modelFolder) => ({
      ...first!,
      modelFolder,
      adapterFolder: undefined,
      name: modelFolder,
    }));
  const chosen = rest.filter(({ name }) => name.includes(strings.variant));
  return [first!, ...chosen, ...further];
}

function countCharacters(
  tokenizer: Tokenizer,
  { windows, contextTokens }: { windows: number[][]; contextTokens: number },
): number {
  // Code points; a character that the context ends within counts to the scored text.
  return windows.reduce(
    (sum, window) =>
      sum + [...tokenizer.decode(window.slice(contextTokens))].length,
    0,
  );
}

function rowOf(
  scores: Scores,
  {
    first,
    reference,
    numCharacters,
  }: { first: Scores; reference: Scores | undefined; numCharacters: number },
): Omit<QualityRow, "variant"> {
  const bits = bitsPerCharacter(scores, numCharacters);
  const costAbove = (other: Scores) =>
    rounded(100 * (bits / bitsPerCharacter(other, numCharacters) - 1));
  return {
    bitsPerCharacter: rounded(bits, 4),
    costPercent: costAbove(first),
    fromFirst: roundedDifference(scores, first),
    ...(reference
      ? {
          fromReference: {
            ...roundedDifference(scores, reference),
            costPercent: costAbove(reference),
          },
        }
      : {}),
  };
}

function roundedDifference(scores: Scores, other: Scores): Difference {
  const { meanNats, meanAbsoluteNats, agreement } = difference(scores, other);
  return {
    meanNats: rounded(meanNats, 5),
    meanAbsoluteNats: rounded(meanAbsoluteNats, 5),
    agreement: rounded(agreement, 5),
  };
}

function formatResult(result: QualityResult): string {
  const percent = (value: number) =>
    `${value >= 0 ? "+" : ""}${value.toFixed(2)}%`;
  const cells = (from: Difference) => [
    from.meanNats.toFixed(4),
    from.meanAbsoluteNats.toFixed(4),
    `${(100 * from.agreement).toFixed(1)}%`,
  ];
  const hasReference = result.referenceBits !== undefined;
  const heading = ["bits/char", "cost", "nats", "|nats|", "same best"];
  const rows = result.variants.map((row) => [
    row.variant,
    row.bitsPerCharacter.toFixed(4),
    percent(row.costPercent),
    ...cells(row.fromFirst),
    ...(row.fromReference
      ? [percent(row.fromReference.costPercent), ...cells(row.fromReference)]
      : []),
  ]);
  return [
    `${result.tokens} tokens, ${result.characters} characters in ${result.windows} windows; differences from the first row${hasReference ? `, then from the reference (${result.referenceBits!.toFixed(4)} bits per character)` : ""}`,
    "",
    formatTable(
      ["", ...heading, ...(hasReference ? heading.slice(1) : [])],
      rows,
    ),
  ].join("\n");
}
