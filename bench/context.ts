// Whether more than the text before the cursor belongs into the prompt: bits per character of what comes next, with
// more of that text, and with the most similar passage of other documents that are open in front of it.
// npx tsx bench/context.ts DOCUMENTS [PLACES] [OPEN]   OPEN documents are open beside each, drawn anew for each place
import path from "node:path";
import { findSimilarPassage } from "../src/completion/similarPassage";
import { createRandom, drawSample } from "../src/evaluation/random";
import { readDocuments } from "../src/evaluation/readDocuments";
import { TokenScorer } from "../src/inference/tokenScorer";
import { readKvScales } from "../src/model/calibration";
import { openModelFolder } from "../src/model/modelFolder";
import { buildScoringGraph } from "../src/model/scoringGraph";
import { createSession } from "../src/runtime/session";
import { loadTokenizer, type Tokenizer } from "../src/tokenizer/tokenizer";

const MODEL = path.join(__dirname, "../models/smollm2-135m-instruct");
const SCORED_TOKENS = 48;

interface Place {
  name: string;
  tokenIds: number[];
  /** First scored token. */
  at: number;
  /** The documents that are open beside this one. */
  open: { documentKey: string; text: string }[];
}

/** What each way puts before the scored tokens. */
type Way = (place: Place, tokenizer: Tokenizer) => number[];

const own =
  (numTokens: number): Way =>
  ({ tokenIds, at }) =>
    tokenIds.slice(Math.max(0, at - numTokens), at);

const withPassage =
  (numTokens: number): Way =>
  (place, tokenizer) => {
    const textBefore = tokenizer.decode(place.tokenIds.slice(0, place.at));
    const passage = findSimilarPassage(textBefore, { documents: place.open });
    const front = passage === "" ? [] : tokenizer.encode(`${passage}\n\n`);
    return [...front, ...own(numTokens)(place, tokenizer)];
  };

const WAYS: Record<string, Way> = {
  "512 tokens before the cursor": own(512),
  "384 tokens before the cursor": own(384),
  "640 tokens before the cursor": own(640),
  "a similar passage, 384 tokens": withPassage(384),
  "a similar passage, 512 tokens": withPassage(512),
};

function choosePlaces(
  folder: string,
  {
    tokenizer,
    count,
    numOpen,
  }: { tokenizer: Tokenizer; count: number; numOpen: number },
): Place[] {
  const documents = readDocuments(folder);
  const random = createRandom(1);
  const all = documents.flatMap(({ name, text }) => {
    const tokenIds = tokenizer.encode(text);
    const others = documents
      .filter((other) => other.name !== name)
      .map((other) => ({ documentKey: other.name, text: other.text }));
    const numPlaces = Math.floor((tokenIds.length - 704) / 128);
    return Array.from({ length: Math.max(0, numPlaces) }, (_, index) => ({
      name,
      tokenIds,
      at: 656 + index * 128,
      open: drawSample(others, { count: numOpen, random }),
    }));
  });
  return drawSample(all, { count, random });
}

async function main([folder, count = "40", numOpen = "4"]: string[]) {
  if (!folder) throw new Error("Usage: tsx bench/context.ts DOCUMENTS");
  const model = openModelFolder(MODEL);
  const tokenizer = await loadTokenizer(MODEL);
  const places = choosePlaces(folder, {
    tokenizer,
    count: Number(count),
    numOpen: Number(numOpen),
  });
  const kvScales = readKvScales(model);
  const scoring = await createSession(
    buildScoringGraph(model, { kvScales, accuracyLevel: 4 }),
    { weightsFolder: model.directory, threads: 2 },
  );
  const { numLayers, numKvHeads, headDim } = model.config;
  const scorer = new TokenScorer(
    { scoring, prefill: undefined },
    { type: kvScales ? "int8" : "float32", numLayers, numKvHeads, headDim },
  );
  let first: number[] | undefined;
  for (const [name, way] of Object.entries(WAYS)) {
    const bits: number[] = [];
    let characters = 0;
    for (const place of places) {
      const before = way(place, tokenizer);
      const scored = place.tokenIds.slice(place.at, place.at + SCORED_TOKENS);
      const { logProbabilities } = await scorer.score([...before, ...scored], {
        start: before.length,
      });
      bits.push(
        -logProbabilities.reduce((sum, value) => sum + value, 0) / Math.LN2,
      );
      characters += tokenizer.decode(scored).length;
    }
    first ??= bits;
    console.log(describe(name, { bits, first, characters }));
  }
  await scoring.release();
}

/** One line: bits per character, and the difference from the first way with its standard error. */
function describe(
  name: string,
  {
    bits,
    first,
    characters,
  }: { bits: number[]; first: number[]; characters: number },
): string {
  const total = sum(bits);
  const differences = bits.map((value, index) => value - first[index]!);
  const mean = sum(differences) / bits.length;
  const variance =
    sum(differences.map((value) => (value - mean) ** 2)) / (bits.length - 1);
  const percent = (value: number) => ((100 * value) / total).toFixed(2);
  const error = Math.sqrt(variance * bits.length);
  return `${name.padEnd(32)} ${(total / characters).toFixed(4)} bits/character, ${percent(sum(differences))}% ± ${percent(error)}%, ${bits.length} places`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
