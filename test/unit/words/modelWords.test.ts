import assert from "node:assert/strict";
import { FaultError } from "../../../src/common/fault";
import type * as ModelWords from "../../../src/words/modelWords";
import { wordsInEnglish } from "../support/wordsInEnglish";

const {
  faultWords,
  fetchDetail,
  foundFaultSentence,
  foundWords,
  modelFailureSentence,
  sizeWords,
  trialDetail,
} = wordsInEnglish<typeof ModelWords>("modelWords");

suite("words about models", () => {
  const sizes: [number, string][] = [
    [8, "1 KB"],
    [432_100, "0.4 MB"],
    [98_400_000, "98 MB"],
    [999_400_000, "999 MB"],
    [999_600_000, "1.0 GB"],
    [1_230_000_000, "1.2 GB"],
  ];
  for (const [bytes, words] of sizes) {
    test(`sizeWords() of ${bytes} bytes`, () =>
      assert.equal(sizeWords(bytes), words));
  }

  const figures = {
    name: "tiny",
    loadMs: 1,
    tokensPerSecond: 48.4,
    residentBytes: 4e8,
    bitsPerCharacter: 1.234,
    sample: ' "said"\n',
  };

  test("trialDetail() puts the figures beside those of the model in the extension", () => {
    const embedded = {
      ...figures,
      tokensPerSecond: undefined,
      bitsPerCharacter: undefined,
    };
    const report = { tried: figures, embedded, documentName: "notes.md" };
    assert.deepEqual(
      trialDetail({ ...report, adapterName: "mine" }).split("\n"),
      [
        "Speed: 48 tokens a second (the model in the extension: –)",
        "Memory: 400 MB (400 MB)",
        "Bits per character of notes.md: 1.23 (–); fewer are better",
        'It wrote: " \\"said\\"\\n"',
        "An adapter works with the model that it was learned on alone, so this one stays off: mine",
      ],
    );
    const plain = { ...report, documentName: undefined };
    const lines = trialDetail({ ...plain, adapterName: undefined }).split("\n");
    assert.equal(lines.length, 4);
    assert.match(lines[2]!, /English prose/);
  });

  test("a model that cannot be read is told with the cause first, and without a size that says nothing", () => {
    const found = {
      name: "bert",
      path: "/models/bert.gguf",
      origin: "lm-studio",
      kind: "gguf",
      sizeBytes: 0,
      isImported: false,
      fault: "Cannot import /models/bert.gguf: why",
    } as const;
    assert.equal(foundWords(found), "LM Studio, cannot be read");
    assert.equal(
      faultWords({ ...found, faultCode: "unread-family" }),
      "Inkling does not read this kind of model. /models/bert.gguf",
    );
    assert.equal(
      faultWords({ ...found, faultCode: "unknown" }),
      "It is damaged, or no model. /models/bert.gguf",
    );
    assert.equal(
      foundFaultSentence({ ...found, faultCode: "too-large" }),
      "bert cannot be used. It is larger than half of this machine's memory. (Cannot import /models/bert.gguf: why)",
    );
    const small = { ...found, sizeBytes: 8, fault: undefined };
    assert.equal(foundWords(small), "1 KB, LM Studio");
  });

  test("modelFailureSentence() says a fault of the disk in the person's words, and others as they are", () => {
    const fault = {
      code: "read-only",
      path: "/models",
      action: "import",
    } as const;
    assert.equal(
      modelFailureSentence("tiny", new FaultError("Cannot import", fault)),
      "/models could not be written: the disk is read-only.",
    );
    assert.equal(
      modelFailureSentence("tiny", new Error("Cannot import a.gguf: why")),
      "tiny cannot be used. Cannot import a.gguf: why",
    );
  });

  test("fetchDetail() says what is asked of whom, and what is not known", () => {
    const plan = {
      name: "tiny",
      identity: "x",
      kind: "gguf",
      licence: undefined,
      sizeBytes: undefined,
      choices: [],
    } as const;
    const detail = fetchDetail({
      plan: { ...plan, choices: [] },
      host: "hub.example",
      folder: "/models",
      freeBytes: 5e9,
    });
    assert.match(detail, /Its size is not known before it comes\./);
    assert.match(detail, /Licence: look at hub\.example for it/);
    assert.match(detail, /\/models, where 5\.0 GB are free\./);
    assert.match(detail, /Nothing of yours is sent\./);
  });
});
