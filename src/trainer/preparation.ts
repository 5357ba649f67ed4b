// From a training request to blocks: documents are read and encoded, or rows of examples, and checked to be enough.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { assertNever } from "../common/assertNever";
import {
  MIN_HELD_OUT_DOCUMENTS,
  MIN_TRAINING_TOKENS,
} from "../documents/chooseDocuments";
import {
  findExamplesShortage,
  MIN_HELD_OUT_EXAMPLES,
  MIN_TRAINING_EXAMPLES,
  parseExamples,
  readExamples,
  splitExamples,
  type LabelledExample,
  type SplitRows,
} from "../documents/examples";
import { readDocument } from "../documents/readDocument";
import type {
  AdapterManifest,
  DocumentReference,
  ExampleError,
  Skipped,
  TrainingRequest,
  TrainingSource,
} from "../protocol/training";
import type { Tokenizer } from "../tokenizer/tokenizer";
import {
  documentSequence,
  fillBlock,
  planBlocks,
  type TokenBlock,
  type TokenSequence,
} from "../training/blocks";
import { exampleSequence } from "../training/examples";

/** A text that was read, with what measures it. */
export interface PreparedText {
  name: string;
  text: string;
  sha256: string;
  tokenIds: readonly number[];
}

/** Blocks of texts, with the characters that their targets stand for. */
export interface MeasuredBlocks {
  blocks: TokenBlock[];
  /** All but the first token of each text where nothing stands before it. */
  characters: number;
  tokens: number;
}

/** Everything that a run takes from its source. */
export interface Preparation {
  training: TokenBlock[];
  trainingTokens: number;
  heldOut: MeasuredBlocks;
  /** Both empty where the source is examples. */
  trainingTexts: readonly PreparedText[];
  heldOutTexts: readonly PreparedText[];
  /** Rows; both sides empty where the source is documents. */
  examples: SplitRows;
  general: MeasuredBlocks | undefined;
  generalText: string | undefined;
  documents: AdapterManifest["documents"];
}

type PreparedSource = Omit<Preparation, "general" | "generalText">;

/** What preparing needs beside the request. */
export interface PreparationContext {
  tokenizer: Tokenizer;
  /** Follows each document and each completion; undefined where the model has no such token. */
  endTokenId: number | undefined;
  /** Called with what cannot be learned from. */
  onSkipped(skipped: Skipped): void;
  /** Awaited after each document. */
  onRead?(): Promise<void>;
}

/** Reads and encodes what a request names. */
export async function prepareSource(
  request: Pick<TrainingRequest, "source" | "generalFile" | "settings">,
  context: PreparationContext,
): Promise<Preparation> {
  const { source, settings, generalFile } = request;
  const { blockTokens } = settings;
  const { tokenizer } = context;
  const prose =
    generalFile === undefined ? undefined : readGeneral(generalFile, tokenizer);
  const general = {
    general: prose && measuredBlocks([prose], { tokenizer, blockTokens }),
    generalText: prose?.text,
  };
  switch (source.kind) {
    case "documents":
      return {
        ...(await prepareDocuments(source, { ...context, blockTokens })),
        ...general,
      };
    case "examples":
      return {
        ...prepareExamples(source.file, { ...context, blockTokens }),
        ...general,
      };
    default:
      return assertNever(source);
  }
}

/** Reads and encodes documents. Throws where there is too little to learn from or nothing to measure on. */
async function prepareDocuments(
  source: Extract<TrainingSource, { kind: "documents" }>,
  {
    tokenizer,
    endTokenId,
    onSkipped,
    onRead,
    blockTokens,
  }: PreparationContext & { blockTokens: number },
): Promise<PreparedSource> {
  const read = (references: readonly DocumentReference[]) =>
    readTexts(references, { tokenizer, onSkipped, ...(onRead && { onRead }) });
  const training = await read(source.training);
  const heldOut = await read(source.heldOut);
  requireEnough({ training, heldOut });
  return {
    training: blocksOf(
      training.map(({ tokenIds }) =>
        documentSequence(tokenIds, endTokenId, tokenizer.bosIds),
      ),
      blockTokens,
    ),
    trainingTokens: countTokens(training),
    heldOut: measuredBlocks(heldOut, { tokenizer, blockTokens }),
    trainingTexts: training,
    heldOutTexts: heldOut,
    examples: { training: [], heldOut: [], labels: undefined },
    documents: [...describe(training, false), ...describe(heldOut, true)],
  };
}

/** Reads rows of prompt and completion. Throws where there are too few. */
function prepareExamples(
  file: string,
  {
    tokenizer,
    endTokenId,
    onSkipped,
    blockTokens,
  }: PreparationContext & { blockTokens: number },
): PreparedSource {
  const content = readExamples(file);
  const parsed = parseExamples(content);
  const rows = splitExamples(parsed.examples);
  const name = path.basename(file);
  const skip = (lines: ExampleError[]) => {
    if (lines.length > 0) onSkipped({ name, lines });
  };
  const shortage = findExamplesShortage(rows);
  if (shortage) {
    skip(parsed.errors);
    throw new RangeError(
      `Cannot train on ${file}: it has ${shortage.rows} rows that can be used, ` +
        `expected at least ${MIN_TRAINING_EXAMPLES} to learn from and ${MIN_HELD_OUT_EXAMPLES} with other prompts to hold out`,
    );
  }
  const tooLong: ExampleError[] = [];
  const { training, heldOut } = rows;
  const sequencesOf = (examples: readonly LabelledExample[]) =>
    examples.flatMap(({ prompt, completion, line }) => {
      const sequence = exampleSequence(
        {
          promptIds: tokenizer.encode(prompt),
          completionIds: tokenizer.encode(completion, "within"),
        },
        {
          blockTokens,
          bosIds: tokenizer.bosIds,
          ...(endTokenId !== undefined && { endTokenId }),
        },
      );
      if (sequence) return [sequence];
      tooLong.push({ line, fault: "longer than a block" });
      return [];
    });
  const learned = sequencesOf(training);
  const measured = sequencesOf(heldOut);
  skip([...parsed.errors, ...tooLong]);
  const countOf = (sequences: readonly TokenSequence[]) =>
    sequences.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const sha256 = sha256Of(content);
  return {
    training: blocksOf(learned, blockTokens),
    trainingTokens: countOf(learned),
    heldOut: {
      blocks: blocksOf(measured, blockTokens),
      characters: heldOut.reduce(
        (sum, { completion }) => sum + completion.length,
        0,
      ),
      tokens: countOf(measured),
    },
    trainingTexts: [],
    heldOutTexts: [],
    examples: rows,
    documents: [{ name, sha256, heldOut: false }],
  };
}

async function readTexts(
  references: readonly DocumentReference[],
  {
    tokenizer,
    onSkipped,
    onRead,
  }: Pick<PreparationContext, "tokenizer" | "onSkipped" | "onRead">,
): Promise<PreparedText[]> {
  const texts: PreparedText[] = [];
  for (const reference of references) {
    const read = await readDocument(reference);
    if ("reason" in read) {
      onSkipped({ name: reference.name, reason: read.reason });
      continue;
    }
    texts.push(prepareText(reference.name, read.text, tokenizer));
    await onRead?.();
  }
  return texts;
}

function prepareText(
  name: string,
  text: string,
  tokenizer: Tokenizer,
): PreparedText {
  return {
    name,
    text,
    sha256: sha256Of(text),
    tokenIds: tokenizer.encode(text),
  };
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function readGeneral(file: string, tokenizer: Tokenizer): PreparedText {
  const text = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n");
  if (text.trim() === "") {
    throw new Error(
      `Cannot measure forgetting on ${file}: it is empty, expected general prose`,
    );
  }
  return prepareText(file, text, tokenizer);
}

function requireEnough({
  training,
  heldOut,
}: {
  training: readonly PreparedText[];
  heldOut: readonly PreparedText[];
}): void {
  const tokens = countTokens(training);
  if (tokens < MIN_TRAINING_TOKENS) {
    throw new RangeError(
      `Cannot train: the ${training.length} documents to learn from have ${tokens} tokens, expected at least ${MIN_TRAINING_TOKENS} (about four pages of text)`,
    );
  }
  if (heldOut.length < MIN_HELD_OUT_DOCUMENTS) {
    throw new RangeError(
      "Cannot train: no held-out document can be read, expected at least one to measure on",
    );
  }
  const heldOutTokens = countTokens(heldOut);
  if (heldOutTokens < MIN_HELD_OUT_TOKENS) {
    throw new RangeError(
      `Cannot train: the ${heldOut.length} held-out documents have ${heldOutTokens} tokens, expected at least ${MIN_HELD_OUT_TOKENS} to measure on`,
    );
  }
}

/** On less, a loss says nothing. */
const MIN_HELD_OUT_TOKENS = 64;

function countTokens(texts: readonly PreparedText[]): number {
  return texts.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
}

/** The end of a document is learned from training documents, and is no character to be measured on. */
function measuredBlocks(
  texts: readonly PreparedText[],
  { tokenizer, blockTokens }: { tokenizer: Tokenizer; blockTokens: number },
): MeasuredBlocks {
  const { bosIds } = tokenizer;
  const numUnpredicted = bosIds.length > 0 ? 0 : 1;
  const unpredictedOf = ({ text, tokenIds }: PreparedText) =>
    tokenizer
      .decode(tokenIds.slice(0, numUnpredicted))
      .slice(tokenizer.prefixLength(text));
  return {
    blocks: blocksOf(
      texts.map(({ tokenIds }) =>
        documentSequence(tokenIds, undefined, bosIds),
      ),
      blockTokens,
    ),
    characters: texts.reduce(
      (sum, text) => sum + text.text.length - unpredictedOf(text).length,
      0,
    ),
    tokens: countTokens(texts),
  };
}

function blocksOf(
  sequences: readonly TokenSequence[],
  blockTokens: number,
): TokenBlock[] {
  const plan = planBlocks(sequences, { blockTokens });
  return plan.blocks.map((_, index) => fillBlock(plan, index));
}

function describe(
  texts: readonly PreparedText[],
  heldOut: boolean,
): AdapterManifest["documents"] {
  return texts.map(({ name, sha256 }) => ({ name, sha256, heldOut }));
}
