import assert from "node:assert/strict";
import type { Generator } from "../../../src/completion/generator";
import {
  compareModels,
  EVALUATION_SETTINGS,
  verdictOf,
  type ModelMeasures,
} from "../../../src/evaluation/compare";
import type { EvaluationDocument } from "../../../src/evaluation/plan";
import {
  DEFAULT_COMPARISON_SIZES,
  planComparison,
} from "../../../src/evaluation/comparisonPlan";
import { seededRandom } from "../../../src/common/random";
import { RecordedPass } from "../../../src/evaluation/record";
import { recordPass } from "../../../src/evaluation/recorder";
import type {
  BeforeAfter,
  EvaluationReport,
  Verdict,
} from "../../../src/protocol/training";
import { FakeGenerator, sureGeneration } from "../completion/support";

/** Documents of made-up words, no two alike. */
function makeDocuments(count: number, paragraphs = 6): EvaluationDocument[] {
  const random = seededRandom(3);
  const word = () =>
    Array.from({ length: 6 }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join("");
  const paragraph = () => `${Array.from({ length: 12 }, word).join(" ")}.\n\n`;
  return Array.from({ length: count }, (_, index) => ({
    name: `${index}.md`,
    languageId: "markdown",
    text: Array.from({ length: paragraphs }, paragraph).join(""),
  }));
}

/** Knows all documents by heart and is as sure as told; at 0 it knows nothing. */
function knowing(
  documents: readonly EvaluationDocument[],
  probability: number,
): Generator {
  return new FakeGenerator((prompt) => {
    const tail = prompt.slice(-30);
    // A few letters do not tell one document from another.
    if (probability === 0 || tail.length < 8) return [];
    for (const { text } of documents) {
      const index = text.indexOf(tail);
      if (index < 0) continue;
      const rest = text.slice(index + tail.length).split("\n")[0] ?? "";
      return [{ ...sureGeneration(rest, probability), stopReason: "length" }];
    }
    return [];
  });
}

const SIZES = { ...DEFAULT_COMPARISON_SIZES, typedCharacters: 5200 };

async function measure(
  documents: readonly EvaluationDocument[],
  {
    probability,
    bits,
    general,
  }: { probability: number; bits: number; general?: number },
): Promise<ModelMeasures> {
  const plan = planComparison(documents, { sizes: SIZES, seed: 1 });
  const pass = new RecordedPass(documents, EVALUATION_SETTINGS);
  await recordPass(knowing(documents, probability), {
    plan: { spans: plan.spans, words: [] },
    pass,
    options: { settings: EVALUATION_SETTINGS },
  });
  return {
    pass,
    tokens: documents.flatMap(({ text }, documentIndex) =>
      Array.from({ length: Math.floor(text.length / 4) }, (_, index) => ({
        documentIndex,
        end: 4 * (index + 1),
        characters: 4,
        bits: bits * (1 + 0.1 * (index % 3)),
      })),
    ),
    general,
  };
}

function compare(
  documents: readonly EvaluationDocument[],
  sides: { before: ModelMeasures; after: ModelMeasures },
): EvaluationReport {
  const { spans } = planComparison(documents, { sizes: SIZES, seed: 1 });
  return compareModels(sides, {
    documents,
    spans,
    baselineTexts: {
      workspace: [],
      tuning: { workspace: [], documents, spans },
    },
    seed: 1,
  });
}

suite("compareModels()", () => {
  test("finds what a model that knows the text saves, surely", async () => {
    const documents = makeDocuments(25, 3);
    const before = await measure(documents, {
      probability: 0,
      bits: 8,
      general: 1,
    });
    const after = await measure(documents, {
      probability: 0.9,
      bits: 6,
      general: 1.02,
    });
    const proof = compare(documents, { before, after });
    assert.equal(proof.resampled, "documents");
    assert.equal(proof.documents, 21);
    assert.equal(proof.saved1Word.before, 0);
    assert.ok(proof.saved1Word.after > 0.5);
    assert.ok(proof.saved1Word.low > 0.4);
    assert.ok(
      proof.saved1Word.high >= proof.saved1Word.after - proof.saved1Word.before,
    );
    assert.equal(proof.precision.after, 1);
    assert.equal(proof.wrongShowRate.after, 0);
    assert.ok(Math.abs(proof.bitsPerCharacter.before - 2.2) < 0.01);
    assert.ok(proof.bitsPerCharacter.high < -0.5);
    assert.deepEqual(proof.general, { before: 1, after: 1.02 });
    assert.equal(verdictOf(proof), "helps");
  });

  test("finds no difference between a model and itself", async () => {
    const documents = makeDocuments(3, 8);
    const same = await measure(documents, { probability: 0.9, bits: 6 });
    const proof = compare(documents, { before: same, after: same });
    assert.equal(proof.resampled, "paragraphs");
    assert.equal(proof.documents, 3);
    for (const figure of [
      proof.saved1Word,
      proof.precision,
      proof.wrongShowRate,
      proof.bitsPerCharacter,
    ]) {
      assert.equal(figure.before, figure.after);
      assert.equal(figure.low, 0);
      assert.equal(figure.high, 0);
    }
    assert.equal(proof.general, undefined);
    assert.equal(verdictOf(proof), "no-gain");
  });

  test("shows three passages of different documents with what each side offers there", async () => {
    const documents = makeDocuments(5);
    const before = await measure(documents, { probability: 0, bits: 8 });
    const after = await measure(documents, { probability: 0.9, bits: 6 });
    const { passages } = compare(documents, { before, after });
    assert.equal(passages.length, 3);
    assert.equal(new Set(passages.map((each) => each.document)).size, 3);
    for (const passage of passages) {
      const { text } = documents.find(({ name }) => name === passage.document)!;
      assert.ok(text.includes(passage.before + passage.expected));
      assert.equal(passage.shownBefore, "");
      assert.ok(passage.expected.startsWith(passage.shownAfter.slice(0, 6)));
      assert.notEqual(passage.shownAfter, "");
      assert.equal(passage.isRightAfter, true);
      assert.ok(!("isRightBefore" in passage), "nothing was shown");
    }
  });
});

suite("verdictOf()", () => {
  const figure = (
    before: number,
    after: number,
    low: number,
    high: number,
  ) => ({
    before,
    after,
    low,
    high,
  });
  const good = {
    general: { before: 1, after: 1.02 },
    saved1Word: figure(0.3, 0.36, 0.02, 0.1),
    bitsPerCharacter: figure(1.2, 1, -0.3, -0.1),
    rivals: { wordCache: 0.1, ngram: 0.2 },
  };

  test("helps where more is surely saved and it beats the baselines or its own bits per character", () => {
    assert.equal(verdictOf(good), "helps");
    assert.equal(verdictOf({ ...good, general: undefined }), "helps");
    const rivals = { wordCache: 0.1, ngram: 0.5 };
    assert.equal(verdictOf({ ...good, rivals }), "helps");
    const bitsPerCharacter = figure(1.2, 1.3, 0, 0.2);
    assert.equal(verdictOf({ ...good, bitsPerCharacter }), "helps");
    assert.equal(verdictOf({ ...good, rivals, bitsPerCharacter }), "no-gain");
  });

  test("is unclear where the text is surely more probable and the saved keys may be chance", () => {
    const saved1Word = figure(0.3, 0.36, -0.01, 0.1);
    const unsureBits = figure(1.2, 1.1, -0.3, 0.1);
    const table: [Verdict, BeforeAfter, BeforeAfter][] = [
      ["unclear", saved1Word, good.bitsPerCharacter],
      ["unclear", figure(0.3, 0.29, -0.05, 0.02), good.bitsPerCharacter],
      ["no-gain", saved1Word, unsureBits],
      ["no-gain", figure(0.3, 0.25, -0.09, -0.01), good.bitsPerCharacter],
      ["no-gain", figure(0.3, 0.3, 0, 0), good.bitsPerCharacter],
    ];
    for (const [verdict, saved, bitsPerCharacter] of table) {
      const proof = { ...good, saved1Word: saved, bitsPerCharacter };
      assert.equal(verdictOf(proof), verdict);
    }
    const general = { before: 1, after: 1.04 };
    assert.equal(verdictOf({ ...good, saved1Word, general }), "forgets");
  });

  test("forgets where general prose is worse by more than 3%", () => {
    const general = { before: 1, after: 1.031 };
    assert.equal(verdictOf({ ...good, general }), "forgets");
  });
});

suite("planProof()", () => {
  test("takes text from as many documents as it can, the same with the same seed", () => {
    const documents = makeDocuments(40);
    const sizes = { ...SIZES, scoredCharacters: 8000 };
    const plan = planComparison(documents, { sizes, seed: 1 });
    assert.deepEqual(planComparison(documents, { sizes, seed: 1 }), plan);
    assert.notDeepEqual(planComparison(documents, { sizes, seed: 2 }), plan);
    const typed = plan.spans.map((each) => each.documentIndex);
    assert.equal(new Set(typed).size, typed.length);
    const length = (spans: { start: number; end: number }[]) =>
      spans.reduce((sum, { start, end }) => sum + end - start, 0);
    assert.ok(length(plan.spans) >= 5200);
    assert.ok(length(plan.spans) < 5800);
    assert.equal(plan.excerpts.length, 10);
    assert.ok(length(plan.excerpts) <= 8010);
  });

  test("plans so that a part of the time reaches as many documents", () => {
    const documents = makeDocuments(8, 200);
    const { spans } = planComparison(documents, {
      sizes: { ...SIZES, typedCharacters: 5000 },
      seed: 1,
    });
    const first = spans.slice(0, 8);
    assert.equal(new Set(first.map((each) => each.documentIndex)).size, 8);
    const characters = first.reduce(
      (sum, each) => sum + each.end - each.start,
      0,
    );
    assert.ok(characters < 5000 * 0.75, `${characters} for all documents`);
  });

  test("comes back to a document where there are few, and takes a short one whole", () => {
    const [long, short] = makeDocuments(2, 60);
    const documents = [long!, { ...short!, text: "Only this." }];
    const plan = planComparison(documents, { sizes: SIZES, seed: 1 });
    const ofShort = plan.spans.filter((each) => each.documentIndex === 1);
    assert.deepEqual(ofShort, [{ documentIndex: 1, start: 0, end: 10 }]);
    assert.ok(plan.spans.length > 2);
    // What the short one leaves over goes to the long one.
    const ofLong = plan.excerpts.find((each) => each.documentIndex === 0);
    assert.equal(ofLong!.end, long!.text.length);
  });

  test("gives spans that do not overlap", () => {
    const documents = makeDocuments(2, 60);
    const { spans } = planComparison(documents, {
      sizes: { ...SIZES, typedCharacters: 1e6 },
      seed: 1,
    });
    for (const [index, { text }] of documents.entries()) {
      const own = spans
        .filter((each) => each.documentIndex === index)
        .sort((a, b) => a.start - b.start);
      assert.equal(own[0]!.start, 0);
      assert.ok(own.at(-1)!.end <= text.length);
      own.slice(1).forEach((each, i) => assert.equal(each.start, own[i]!.end));
    }
  });
});
