// Silence where the model does not know the language, by a generator that says what it needs for a text.
import assert from "node:assert/strict";
import { Completer } from "../../../src/completion/completer";
import {
  bitsPerLetter,
  isKnown,
} from "../../../src/completion/languageKnowledge";
import type { MeasureRequest } from "../../../src/protocol/generation";
import { contextAt, FakeGenerator, sureGeneration } from "./support";

const never = new AbortController().signal;
const GERMAN =
  "Die Sitzung wurde auf Donnerstag verschoben, weil der Raum vorher nicht frei ist. Wir werden euch das Protokoll schicken, und wenn es noch etwas gibt, das ihr ergänzen wollt, schreibt es bitte bis Freitag";
const ENGLISH =
  "The meeting was moved to Thursday because the room is not free before. We will send you the notes, and if there is anything that you want to add, please write it down by Friday";
const CHINESE =
  "会议改到星期四，因为之前会议室没有空。我们会把记录发给大家，如有补充，请在星期五";

/** Needs so many bits for each character. */
class MeasuringGenerator extends FakeGenerator {
  readonly measured: MeasureRequest[] = [];

  constructor(private readonly bits: number | Error) {
    super(() => [sureGeneration(" auf.")]);
  }

  async measureText(request: MeasureRequest) {
    this.measured.push(request);
    const { bits } = this;
    if (typeof bits !== "number") throw bits;
    return [...request.text].map((text) => ({ text, bits }));
  }
}

function reasonAt(
  completer: Completer,
  marked: string,
  overrides: Parameters<typeof contextAt>[1] = {},
  signal = never,
) {
  return completer
    .complete(contextAt(marked, overrides), signal)
    .then((decision) =>
      decision.kind === "silent" ? decision.reason : "shown",
    );
}

suite("Completer in a language", () => {
  const rows: [what: string, text: string, bits: number, expected: unknown][] =
    [
      ["German that it knows", GERMAN, 1.2, "shown"],
      [
        "German that it does not",
        GERMAN,
        1.9,
        { code: "unknown-language", language: "de" },
      ],
      ["English, however badly it does", ENGLISH, 9, "shown"],
      ["Chinese that it knows", CHINESE, 3, "shown"],
      [
        "Chinese that it does not",
        CHINESE,
        4.8,
        { code: "unknown-language", language: "zh" },
      ],
    ];
  for (const [what, text, bits, expected] of rows) {
    test(`${what}: ${JSON.stringify(expected)}`, async () => {
      const completer = new Completer(new MeasuringGenerator(bits));
      assert.deepEqual(await reasonAt(completer, `${text}[|]`), expected);
    });
  }

  test("English is never measured", async () => {
    const generator = new MeasuringGenerator(9);
    await reasonAt(new Completer(generator), `${ENGLISH}[|]`);
    assert.deepEqual(generator.measured, []);
  });

  test("a document is measured once, by its end, and again a thousand characters on", async () => {
    const generator = new MeasuringGenerator(1.9);
    const completer = new Completer(generator);
    const long = `${GERMAN}. `.repeat(4);
    await reasonAt(completer, `${long}[|]`);
    await reasonAt(completer, `${long}Und[|]`);
    assert.deepEqual(
      generator.measured.map(({ text }) => text),
      [long.slice(-400)],
    );
    await reasonAt(completer, `${long.repeat(3)}[|]`);
    assert.equal(generator.measured.length, 2);
  });

  test("of Chinese less is measured, which has more tokens", async () => {
    const generator = new MeasuringGenerator(4.8);
    const long = CHINESE.repeat(5);
    await reasonAt(new Completer(generator), `${long}[|]`);
    assert.deepEqual(
      generator.measured.map(({ text }) => text),
      [long.slice(-140)],
    );
  });

  test("two cursors at once wait for one measurement", async () => {
    const generator = new MeasuringGenerator(1.9);
    const completer = new Completer(generator);
    const both = await Promise.all([
      reasonAt(completer, `${GERMAN}[|]`),
      reasonAt(completer, `${GERMAN} a[|]`),
    ]);
    assert.equal(generator.measured.length, 1);
    assert.deepEqual(both[0], both[1]);
  });

  test("another model is measured anew", async () => {
    const generator = new MeasuringGenerator(1.9);
    const completer = new Completer(generator);
    await reasonAt(completer, `${GERMAN}[|]`);
    completer.reset();
    await reasonAt(completer, `${GERMAN}[|]`);
    assert.equal(generator.measured.length, 2);
  });

  test("asked for by hand it is shown", async () => {
    const completer = new Completer(new MeasuringGenerator(1.9));
    const reason = await reasonAt(completer, `${GERMAN}[|]`, {
      trigger: "manual",
    });
    assert.equal(reason, "shown");
  });

  test("where it cannot be measured it is shown, and measured the next time", async () => {
    const generator = new MeasuringGenerator(new Error("no model"));
    const completer = new Completer(generator);
    assert.equal(await reasonAt(completer, `${GERMAN}[|]`), "shown");
    await reasonAt(completer, `${GERMAN} b[|]`);
    assert.equal(generator.measured.length, 2);
  });

  test("one that is cancelled meanwhile says so, and what was measured stays", async () => {
    const generator = new MeasuringGenerator(1.9);
    const completer = new Completer(generator);
    const cancelled = new AbortController();
    const reason = reasonAt(completer, `${GERMAN}[|]`, {}, cancelled.signal);
    cancelled.abort();
    assert.deepEqual(await reason, { code: "cancelled" });
    assert.deepEqual(await reasonAt(completer, `${GERMAN}[|]`), {
      code: "unknown-language",
      language: "de",
    });
    assert.equal(generator.measured.length, 1);
  });
});

suite("isKnown()", () => {
  const chinese = [
    { text: "会", bits: 4 },
    { text: "议", bits: 2 },
    { text: " Markdown ", bits: 60 },
  ];

  test("Latin words in a Chinese text do not count", () => {
    assert.equal(bitsPerLetter("zh", chinese), 3);
    assert.equal(isKnown("zh", chinese), true);
  });

  test("in an alphabet every character counts", () => {
    assert.equal(bitsPerLetter("de", [{ text: "gut ", bits: 4 }]), 1);
    assert.equal(isKnown("de", [{ text: "gut ", bits: 5.8 }]), true);
    assert.equal(isKnown("de", [{ text: "gut ", bits: 5.9 }]), false);
  });

  test("a text without letters is known", () =>
    assert.equal(isKnown("zh", [{ text: "abc", bits: 90 }]), true));
});
