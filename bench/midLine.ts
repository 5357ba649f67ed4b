// What suggestions within a line are worth: words are taken out of lines of documents, and the completer is asked in the
// gap, or at places where nothing is missing and silence is right. Once with the model saying how well the words behind
// the cursor follow, once by the overlap of the text alone.
// npx tsx bench/midLine.ts DOCUMENTS [PLACES_OF_EACH_KIND] [SEED]
import path from "node:path";
import { drawSample, seededRandom } from "../src/common/random";
import type { Continuation } from "../src/completion/alignment";
import { Completer } from "../src/completion/completer";
import { decide } from "../src/completion/decide";
import type { CompletionContext, GateMode } from "../src/completion/decision";
import { findMarkdownForm } from "../src/completion/markdownForm";
import { EVALUATION_SETTINGS } from "../src/evaluation/compare";
import { defaultCacheFolder } from "../src/cli/places";
import type { EvaluationDocument } from "../src/evaluation/plan";
import { readDocuments } from "../src/evaluation/readDocuments";
import { loadEngine } from "../src/engine/engine";
import { engineGenerator } from "../src/engine/engineGenerator";
import { quantile } from "../src/common/statistics";

const MODEL = path.join(__dirname, "../models/smollm2-135m-instruct");
const MODES: readonly GateMode[] = ["quiet", "balanced", "eager"];
const MAX_MISSING_WORDS = 4;
/** Text that stands before a place at the least. */
const MIN_CHARACTERS_BEFORE = 400;
const MIN_WORDS_BEHIND = 2;
const WAYS = { "by the model": true, "by overlap": false };

/** A cursor within a line, and what is missing there: nothing, or up to four words. */
interface Place {
  context: CompletionContext;
  missing: string;
}

/** What a way of ranking came to at a place. */
interface Answer {
  place: Place;
  continuations: Continuation[];
  ms: number;
}

/** A word's end in prose with words behind it on the line. */
interface WordEnd {
  document: EvaluationDocument;
  at: number;
  /** The rest of the line, from the space on. */
  rest: string;
}

function findWordEnds(document: EvaluationDocument): WordEnd[] {
  const { text } = document;
  return [...text.matchAll(/(?<=\p{L}{2}[,;:]?) (?=\p{L})/gu)].flatMap(
    ({ index: at }) => {
      const [rest = ""] = /^.*/.exec(text.slice(at)) ?? [];
      const numWords = rest.trim().split(/\s+/).length;
      const fits =
        at >= MIN_CHARACTERS_BEFORE &&
        numWords >= MAX_MISSING_WORDS + MIN_WORDS_BEHIND;
      return fits ? [{ document, at, rest }] : [];
    },
  );
}

/** As many places with a gap as without; before half of the gaps the space is typed already. */
function drawPlaces(
  documents: readonly EvaluationDocument[],
  { count, seed }: { count: number; seed: number },
): Place[] {
  const random = seededRandom(seed);
  const ends = drawSample(documents.flatMap(findWordEnds), {
    // Some stand in code or tables.
    count: 4 * count,
    random,
  }).filter(({ document, at }) =>
    ["prose", "list"].includes(findMarkdownForm(document.text.slice(0, at))),
  );
  return ends.slice(0, 2 * count).map(({ document, at, rest }, index) => {
    const numMissing =
      index % 2 === 0 ? 1 + Math.floor(random() * MAX_MISSING_WORDS) : 0;
    const words = rest.match(/\s+\S+/g)!;
    const missing = words.slice(0, numMissing).join("");
    const typed = index % 4 === 0 ? " " : "";
    return {
      missing: missing.slice(typed.length),
      context: {
        documentKey: `place ${index}`,
        path: document.name,
        languageId: document.languageId,
        textBefore: document.text.slice(0, at) + typed,
        textAfter: document.text.slice(at + missing.length),
        selectedCompletion: undefined,
        trigger: "automatic",
        // What this mode lets pass holds what the others do.
        settings: { ...EVALUATION_SETTINGS, mode: "eager" },
      },
    };
  });
}

async function ask(
  generator: ReturnType<typeof engineGenerator>,
  { place, weighsFollowing }: { place: Place; weighsFollowing: boolean },
): Promise<Answer> {
  const options = { prefetch: false, weighsFollowing };
  const { signal } = new AbortController();
  const { context } = place;
  // As after the key before this one: the text is read up to there.
  await new Completer(generator, { prefetch: false }).continuationsAt(
    { ...context, textBefore: context.textBefore.slice(0, -1), textAfter: "" },
    signal,
  );
  const start = performance.now();
  const continuations = await new Completer(generator, options).continuationsAt(
    context,
    signal,
  );
  const ms = performance.now() - start;
  return { place, continuations: continuations ?? [], ms };
}

function figuresOf(answers: readonly Answer[], mode: GateMode) {
  const sums = { shown: 0, right: 0, whole: 0, taken: 0, missing: 0, noGap: 0 };
  for (const { place, continuations } of answers) {
    const { context, missing } = place;
    const settings = { ...context.settings, mode };
    const decision = decide({ ...context, settings }, continuations);
    sums.missing += missing.length;
    if (decision.kind === "silent") continue;
    const { text } = decision.suggestions[0]!;
    const taken = rightWords(text, missing);
    sums.shown++;
    sums.taken += taken.length;
    if (taken !== "") sums.right++;
    if (missing !== "" && text === missing) sums.whole++;
    if (missing === "") sums.noGap++;
  }
  const numGaps = answers.filter(({ place }) => place.missing !== "").length;
  return {
    shown: sums.shown,
    precision: sums.right / sums.shown,
    "wrong-show": (sums.shown - sums.right) / answers.length,
    coverage: sums.taken / sums.missing,
    "gaps filled exactly": sums.whole / numGaps,
    "shown without a gap": sums.noGap / (answers.length - numGaps),
  };
}

/** The leading words of `text` that are those that are missing. */
function rightWords(text: string, missing: string): string {
  const expected = missing.match(/\s*\S+/g) ?? [];
  const words = text.match(/\s*\S+/g) ?? [];
  const wrong = words.findIndex((word, index) => word !== expected[index]);
  return words.slice(0, wrong < 0 ? words.length : wrong).join("");
}

function quantileText(values: readonly number[], share: number): string {
  return quantile(values, share)!.toFixed(0);
}

async function main([folder, count = "200", seed = "1"]: string[]) {
  if (!folder) throw new Error("Usage: tsx bench/midLine.ts DOCUMENTS");
  const places = drawPlaces(readDocuments(folder), {
    count: Number(count),
    seed: Number(seed),
  });
  const engine = await loadEngine(
    { modelFolder: MODEL, cacheFolder: defaultCacheFolder(), threads: 2 },
    () => {},
  );
  const generator = engineGenerator(engine);
  const answers: Record<string, Answer[]> = {};
  for (const place of places) {
    for (const [way, weighsFollowing] of Object.entries(WAYS)) {
      (answers[way] ??= []).push(
        await ask(generator, { place, weighsFollowing }),
      );
    }
  }
  await engine.dispose();
  for (const [way, own] of Object.entries(answers)) {
    const all = own.map(({ ms }) => ms);
    console.log(
      `${way}: ${own.length} places, ${quantileText(all, 0.5)} ms (p95 ${quantileText(all, 0.95)})`,
    );
    console.table(
      Object.fromEntries(
        MODES.map((mode) => [mode, roundAll(figuresOf(own, mode))]),
      ),
    );
  }
}

function roundAll(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      Number(value.toFixed(3)),
    ]),
  );
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
