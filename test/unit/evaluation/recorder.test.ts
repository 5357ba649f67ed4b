import assert from "node:assert/strict";
import type { Generator } from "../../../src/completion/generator";
import {
  findParagraphs,
  planEvaluation,
  positionsOf,
} from "../../../src/evaluation/plan";
import {
  RecordedPass,
  type PositionRecord,
} from "../../../src/evaluation/record";
import { recordPass } from "../../../src/evaluation/recorder";
import {
  latencyOf,
  nextWordHits,
  suggestionsOf,
  simulateUsers,
} from "../../../src/evaluation/score";
import { scoreGate } from "../../../src/evaluation/evaluate";
import { FakeGenerator, settings, sureGeneration } from "../completion/support";

const paragraph =
  "Alpha beta gamma delta. Some longer words are written here.\n\n";
const documents = [
  { name: "a.md", languageId: "markdown", text: paragraph.repeat(60) },
  { name: "b.md", languageId: "markdown", text: paragraph.repeat(30) },
];

/** Knows the text by heart, but believes after every "gamma" that "data" comes. */
function knowing(text: string, probability = 0.9): Generator & FakeGenerator {
  return new FakeGenerator((prompt) => {
    const tail = prompt.slice(-40);
    const index = text.indexOf(tail);
    const rest = text.slice(index + tail.length).split("\n")[0] ?? "";
    return [
      {
        ...sureGeneration(
          rest.replace(/^(.*gamma )delta/, "$1data"),
          probability,
        ),
        stopReason: "length",
      },
    ];
  });
}

async function record(
  generator: Generator,
  { start, end }: { start: number; end: number },
): Promise<{ pass: RecordedPass; records: PositionRecord[] }> {
  const pass = new RecordedPass(documents, settings);
  const records: PositionRecord[] = [];
  await recordPass(generator, {
    plan: { spans: [{ documentIndex: 0, start, end }], words: [] },
    pass,
    options: { settings, onRecord: (each) => records.push(each) },
  });
  return { pass, records };
}

suite("planEvaluation()", () => {
  test("repeats with its seed and differs with another", () => {
    const options = { sample: 100, characters: 1000, seed: 7 };
    assert.deepEqual(
      planEvaluation(documents, options),
      planEvaluation(documents, options),
    );
    assert.notDeepEqual(
      planEvaluation(documents, options),
      planEvaluation(documents, { ...options, seed: 8 }),
    );
  });

  test("takes stretches of whole paragraphs and words of four letters or more", () => {
    const plan = planEvaluation(documents, {
      sample: 300,
      characters: 3000,
      seed: 1,
    });
    assert.equal(plan.words.length, 75);
    for (const { documentIndex, start, end } of plan.words) {
      assert.match(
        documents[documentIndex]!.text.slice(start, end),
        /^\p{L}{4,}$/u,
      );
    }
    assert.equal(plan.spans.length, 2);
    for (const { documentIndex, start } of plan.spans) {
      assert.ok(documents[documentIndex]!.text.startsWith("Alpha", start));
    }
  });

  test("positionsOf() gives each position once, in order", () => {
    const plan = {
      spans: [{ documentIndex: 0, start: 5, end: 8 }],
      words: [
        { documentIndex: 0, start: 6, end: 10 },
        { documentIndex: 1, start: 6, end: 10 },
      ],
    };
    assert.deepEqual(positionsOf(plan, 0), [5, 6, 7, 8, 9]);
  });

  test("findParagraphs() splits at empty lines, or at lines where there are none", () => {
    const parts = (text: string) =>
      findParagraphs(text).map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(parts("a\nb\n\nc\n \n\nd\n"), [
      "a\nb\n\n",
      "c\n \n\n",
      "d\n",
    ]);
    assert.deepEqual(parts("a\nb\n"), ["a\n", "b\n"]);
  });
});

suite("recordPass()", () => {
  const { text } = documents[0]!;

  test("asks once for what goes along an answer and refers to it", async () => {
    const generator = knowing(text);
    const { records } = await record(generator, { start: 6, end: 20 });
    // "beta gamma d|ata": asked at 6, along it up to 17, asked again where "de" was typed.
    assert.deepEqual(
      records.map((each) =>
        each.kind === "asked" ? `asked ${each.position}` : `${each.askedAt}`,
      ),
      ["asked 6", ...Array<string>(12).fill("6"), "asked 19"],
    );
  });

  test("a pass that is taken up again asks only for what is missing", async () => {
    const { records } = await record(knowing(text), { start: 6, end: 20 });
    const pass = new RecordedPass(documents, settings);
    for (const each of records.slice(0, 5)) pass.add(each);
    const generator = knowing(text);
    await recordPass(generator, {
      plan: { spans: [{ documentIndex: 0, start: 6, end: 20 }], words: [] },
      pass,
      options: { settings },
    });
    assert.equal(pass.size, records.length);
    assert.equal(generator.requests.length, 2);
  });

  test("records survive JSON", async () => {
    const { pass, records } = await record(knowing(text), {
      start: 6,
      end: 20,
    });
    const copy = new RecordedPass(documents, settings);
    for (const each of records) {
      copy.add(JSON.parse(JSON.stringify(each)) as PositionRecord);
    }
    for (let position = 6; position < 20; position++) {
      const place = { documentIndex: 0, position };
      assert.deepEqual(copy.candidateAt(place), pass.candidateAt(place));
    }
  });
});

suite("scoring a recorded pass", () => {
  const { text } = documents[0]!;
  const gate = { minFirstWord: 0.5, minRunning: 0.3, minCharacters: 2 };
  const span = { documentIndex: 0, start: 6, end: 24 };

  test("offersOf() shows what the gate lets through", async () => {
    const { pass } = await record(knowing(text), span);
    const suggestionAt = suggestionsOf(pass, { gate, settings });
    // 0.9 for each word: "beta gamma data. Some longer ..." down to 0.9^n >= 0.3.
    assert.match(
      suggestionAt({ documentIndex: 0, position: 6 }).text,
      /^beta gamma data\./,
    );
    assert.equal(
      suggestionsOf(pass, { gate: { ...gate, minFirstWord: 0.95 }, settings })({
        documentIndex: 0,
        position: 6,
      }).text,
      "",
    );
  });

  test("scoreGate() gives the figures of both writers", async () => {
    const { pass } = await record(knowing(text), span);
    const { figures, wordLogs } = scoreGate(pass, {
      plan: { spans: [span], words: [] },
      gate,
      settings,
    });
    assert.deepEqual(
      wordLogs[0]?.acceptances.slice(0, 3),
      // "beta", " ", "gamma": " data" is wrong.
      [
        { position: 6, characters: 4 },
        { position: 10, characters: 1 },
        { position: 11, characters: 5 },
      ],
    );
    assert.ok(figures.saved1.word > figures.saved1.whole);
    assert.ok(figures.coverage > 0.5);
  });

  test("nextWordHits() compares the first word, whatever its probability", async () => {
    const pass = new RecordedPass(documents, settings);
    const plan = {
      spans: [],
      // "beta" is known, "delta" is not until its second letter.
      words: [
        { documentIndex: 0, start: 6, end: 10 },
        { documentIndex: 0, start: 17, end: 22 },
      ],
    };
    await recordPass(knowing(text, 0.01), {
      plan,
      pass,
      options: { settings },
    });
    assert.deepEqual(nextWordHits(pass, plan.words), [0.5, 0.5, 1, 1]);
    assert.deepEqual(nextWordHits(pass, []), []);
  });

  test("latencyOf() leaves out tokens that the gate would not have waited for", () => {
    const asked = {
      kind: "asked" as const,
      documentIndex: 0,
      position: 1,
      generation: sureGeneration(" a b c d", 0.1),
      elapsedMs: 100,
      decodeMs: 40,
      promptTokens: 10,
      reusedTokens: 0,
    };
    // The first of four tokens is below the gate: one of them had to be drawn.
    assert.equal(latencyOf(asked, gate), 70);
    const sure = { ...asked, generation: sureGeneration(" a b c d", 0.9) };
    assert.equal(latencyOf(sure, gate), 100);
  });

  test("simulateWriters() types every stretch", async () => {
    const { pass } = await record(knowing(text), span);
    const logs = simulateUsers([span, { ...span, start: 12 }], {
      pass,
      suggestionAt: () => ({ text: "" }),
      options: { kind: "word" },
    });
    assert.deepEqual(
      logs.map((log) => log.asked.length),
      [18, 12],
    );
  });
});
