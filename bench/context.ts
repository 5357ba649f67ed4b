// Whether more than the text before the cursor belongs into the prompt: bits per character of what comes next, with the
// file's path and headings in front, and with the most similar passage of another document in front.
// npx tsx bench/context.ts DOCUMENTS [WINDOWS]
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { TokenScorer } from "../src/inference/tokenScorer";
import { readKvScales } from "../src/model/files/calibration";
import { openModelFolder } from "../src/model/files/modelFolder";
import { buildScoringGraph } from "../src/model/graphs/scoringGraph";
import { createSession } from "../src/runtime/session";
import { loadTokenizer, type Tokenizer } from "../src/tokenizer/tokenizer";

const MODEL = path.join(__dirname, "../models/smollm2-135m-instruct");
const SCORED_TOKENS = 48;
const PASSAGE_TOKENS = 128;

interface Place {
  file: string;
  tokenIds: number[];
  /** First scored token. */
  at: number;
}

/** What each way puts before the scored tokens. */
type Way = (place: Place, sources: Sources) => number[];

interface Sources {
  tokenizer: Tokenizer;
  passages: { file: string; tokenIds: number[]; words: Set<string> }[];
}

const own =
  (numTokens: number): Way =>
  ({ tokenIds, at }) =>
    tokenIds.slice(Math.max(0, at - numTokens), at);

/** The file's path and the headings above the window, one a line. */
const header: Way = ({ file, tokenIds, at }, { tokenizer }) => {
  const above = tokenizer.decode(tokenIds.slice(0, Math.max(0, at - 384)));
  const trail = new Map<number, string>();
  for (const [line, marks] of above.matchAll(/^(#{1,6}) .*$/gm)) {
    const level = marks!.length;
    for (const other of [...trail.keys()]) {
      if (other >= level) trail.delete(other);
    }
    trail.set(level, line);
  }
  return tokenizer.encode(`${[file, ...trail.values()].join("\n")}\n\n`);
};

/** The passage of another document that shares most words with the last 128 tokens (Jaccard). */
const passage: Way = ({ file, tokenIds, at }, { tokenizer, passages }) => {
  const words = wordsOf(tokenizer.decode(tokenIds.slice(at - 128, at)));
  let best: number[] = [];
  let bestShare = 0;
  for (const candidate of passages) {
    if (candidate.file === file) continue;
    let common = 0;
    for (const word of words) if (candidate.words.has(word)) common++;
    const share = common / (words.size + candidate.words.size - common);
    if (share > bestShare) {
      bestShare = share;
      best = candidate.tokenIds;
    }
  }
  return [...best, ...tokenizer.encode("\n\n")];
};

const WAYS: Record<string, Way> = {
  "512 tokens before the cursor": own(512),
  "384 tokens before the cursor": own(384),
  "path and headings, 384 tokens": (place, sources) => [
    ...header(place, sources),
    ...own(384)(place, sources),
  ],
  "a similar passage, 384 tokens": (place, sources) => [
    ...passage(place, sources),
    ...own(384)(place, sources),
  ],
  "a similar passage, 512 tokens": (place, sources) => [
    ...passage(place, sources),
    ...own(512)(place, sources),
  ],
};

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []);
}

async function main([documents, numWindows = "40"]: string[]): Promise<void> {
  if (!documents) throw new Error("Usage: tsx bench/context.ts DOCUMENTS");
  const folder = openModelFolder(MODEL);
  const tokenizer = await loadTokenizer(MODEL);
  const texts = readdirSync(documents, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(md|txt)$/.test(file))
    .sort()
    .map((file) => ({
      file,
      tokenIds: tokenizer.encode(
        readFileSync(path.join(documents, file), "utf8"),
      ),
    }));
  const passages = texts.flatMap(({ file, tokenIds }) =>
    Array.from(
      { length: Math.floor(tokenIds.length / PASSAGE_TOKENS) },
      (_, index) => {
        const start = index * PASSAGE_TOKENS;
        const part = tokenIds.slice(start, start + PASSAGE_TOKENS);
        return { file, tokenIds: part, words: wordsOf(tokenizer.decode(part)) };
      },
    ),
  );
  const all = texts.flatMap(({ file, tokenIds }) =>
    Array.from(
      { length: Math.max(0, Math.floor((tokenIds.length - 640) / 256)) },
      (_, index): Place => ({ file, tokenIds, at: 592 + index * 256 }),
    ),
  );
  const step = Math.max(1, Math.floor(all.length / Number(numWindows)));
  const places = all.filter((_, index) => index % step === 0);

  const kvScales = readKvScales(folder);
  const scoring = await createSession(
    buildScoringGraph(folder, { kvScales, accuracyLevel: 4 }),
    { weightsFolder: folder.weightsFolder, threads: 2 },
  );
  const { numLayers, numKvHeads, headDim } = folder.config;
  const scorer = new TokenScorer(
    { scoring, prefill: undefined },
    {
      type: kvScales ? "int8" : "float32",
      numLayers,
      numKvHeads,
      headDim,
    },
  );
  for (const [name, way] of Object.entries(WAYS)) {
    let bits = 0;
    let characters = 0;
    for (const place of places) {
      const before = way(place, { tokenizer, passages });
      const scored = place.tokenIds.slice(place.at, place.at + SCORED_TOKENS);
      const { logProbabilities } = await scorer.score([...before, ...scored], {
        start: before.length,
      });
      bits -= logProbabilities.reduce((sum, value) => sum + value, 0);
      characters += tokenizer.decode(scored).length;
    }
    const perCharacter = bits / Math.LN2 / characters;
    console.log(
      `${name.padEnd(32)} ${perCharacter.toFixed(4)} bits/character, ${places.length} places`,
    );
  }
  await scoring.release();
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
