// From files to blocks, and what is refused.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import type {
  DocumentReference,
  Skipped,
  TrainingSource,
} from "../../../src/protocol/training";
import { defaultTrainingSettings } from "../../../src/settings/defaultTrainingSettings";
import { prepareSource } from "../../../src/trainer/preparation";
import { useTemporaryFolder } from "../support/temporaryFolder";
import {
  createTinyTokenizer,
  TINY_TOKENIZER_FILES,
} from "../support/tinyTokenizer";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";
import { makeText } from "../support/trainingCase";

suite("prepareSource()", () => {
  const inFolder = useTemporaryFolder();
  const tokenizer = createTinyTokenizer();
  const settings = { ...defaultTrainingSettings(1), blockTokens: 64 };
  let numFiles = 0;

  suiteSetup(() => mkdirSync(inFolder(), { recursive: true }));

  function write(text: string | Uint8Array, ending = "md"): DocumentReference {
    const name = `text-${numFiles++}.${ending}`;
    writeFileSync(inFolder(name), text);
    return { file: inFolder(name), name };
  }

  /** Of the last call of `prepare`. */
  let skipped: Skipped[];

  async function prepare(source: TrainingSource, generalFile?: string) {
    skipped = [];
    const prepared = await prepareSource(
      { source, generalFile, settings },
      {
        tokenizer,
        endTokenId: 0,
        onSkipped: (each) => skipped.push(each),
      },
    );
    return { prepared };
  }

  function documents(
    training: DocumentReference[],
    heldOut: DocumentReference[],
  ): TrainingSource {
    return { kind: "documents", training, heldOut };
  }

  const long = () => write(makeText(numFiles, 120));
  const short = () => write(makeText(numFiles, 5));

  test("prepareSource() counts the characters and tokens of held-out text as its blocks have them", async () => {
    const text = makeText(50, 20);
    const { prepared } = await prepare(documents([long()], [write(text)]));
    const numTargets = prepared.heldOut.blocks.reduce(
      (sum, block) => sum + block.numTargets,
      0,
    );
    const tokenIds = tokenizer.encode(text);
    assert.equal(prepared.heldOut.tokens, tokenIds.length);
    assert.equal(numTargets, tokenIds.length - 1);
    const first = tokenizer.decode(tokenIds.slice(0, 1));
    assert.equal(prepared.heldOut.characters, text.length - first.length);
  });

  test("prepareSource() measures the first token too where something stands before every text", async () => {
    const text = makeText(50, 20);
    const json = JSON.parse(
      JSON.stringify(TINY_TOKENIZER_FILES["tokenizer.json"]),
    ) as unknown;
    const config = { add_bos_token: true, bos_token: "<|im_start|>" };
    const withBos = new Tokenizer(parseTokenizerJson(json, { config }));
    const prepared = await prepareSource(
      {
        source: documents([long()], [write(text)]),
        generalFile: undefined,
        settings,
      },
      { tokenizer: withBos, endTokenId: 0, onSkipped: () => undefined },
    );
    const { blocks, characters, tokens } = prepared.heldOut;
    const numTargets = blocks.reduce((sum, each) => sum + each.numTargets, 0);
    assert.equal(numTargets, tokens);
    assert.equal(characters, text.length);
    for (const block of [...prepared.training, ...blocks]) {
      block.positions.forEach((position, place) => {
        const isPadding = block.targetWeights
          .subarray(place)
          .every((weight) => weight === 0);
        if (position !== 0n || isPadding) return;
        assert.equal(block.tokenIds[place], 1n);
      });
    }
  });

  test("prepareSource() lets documents to learn from end with the end token, and held-out ones not", async () => {
    const { prepared } = await prepare(documents([long(), long()], [long()]));
    const ends = (blocks: typeof prepared.training) =>
      blocks.reduce(
        (sum, { targetIds, targetWeights }) =>
          sum +
          [...targetIds].filter((id, i) => id === 0n && targetWeights[i] === 1)
            .length,
        0,
      );
    assert.equal(ends(prepared.training), 2);
    assert.equal(ends(prepared.heldOut.blocks), 0);
  });

  test("prepareSource() names documents with hashes and no text", async () => {
    const { prepared } = await prepare(documents([long()], [long()]));
    for (const document of prepared.documents) {
      assert.deepEqual(Object.keys(document).sort(), [
        "heldOut",
        "name",
        "sha256",
      ]);
      assert.match(document.sha256, /^[0-9a-f]{64}$/);
    }
  });

  test("prepareSource() leaves out what is binary, too short or gone, with the reason", async () => {
    const binary = write(new Uint8Array(4000).fill(0));
    const tiny = write("Hello.");
    const gone = { file: inFolder("gone.md"), name: "gone.md" };
    await prepare(documents([long(), binary, tiny, gone], [long()]));
    assert.deepEqual(skipped, [
      { name: binary.name, reason: "binary" },
      { name: tiny.name, reason: "too short" },
      { name: "gone.md", reason: "not readable" },
    ]);
  });

  test("prepareSource() says how much text is needed", async () => {
    await assert.rejects(
      prepare(documents([short()], [long()])),
      /the 1 documents to learn from have \d+ tokens, expected at least 2000/,
    );
    await assert.rejects(
      prepare(documents([], [long()])),
      /the 0 documents to learn from have 0 tokens/,
    );
  });

  test("prepareSource() refuses a held-out set that is empty or cannot be read", async () => {
    const gone = { file: inFolder("gone.md"), name: "gone.md" };
    for (const heldOut of [[], [gone]]) {
      await assert.rejects(
        prepare(documents([long()], heldOut)),
        /no held-out document can be read, expected at least one/,
      );
    }
  });

  test("prepareSource() refuses general prose that is empty", async () => {
    const general = write("\n \n", "txt");
    await assert.rejects(
      prepare(documents([long()], [long()]), general.file),
      /Cannot measure forgetting on .*: it is empty/,
    );
  });

  test("prepareSource() splits rows of a task and learns completions alone", async () => {
    const rows = Array.from({ length: 60 }, (_, index) => ({
      prompt: `help the king of ${makeText(index, 1).trim()} `,
      completion: index % 2 ? "old" : "winter",
    }));
    const tooLong = { prompt: makeText(1, 500), completion: makeText(2, 500) };
    const { file, name } = write(
      [
        ...rows.map((row) => JSON.stringify(row)),
        "nonsense",
        JSON.stringify(tooLong),
      ].join("\n"),
      "jsonl",
    );
    const { prepared } = await prepare({ kind: "examples", file });
    const lines = [
      { line: 61, fault: "not JSON" },
      { line: 62, fault: "longer than a block" },
    ];
    assert.deepEqual(skipped, [{ name, lines }]);
    const numHeldOut = prepared.examples.heldOut.length;
    assert.ok(numHeldOut >= 5 && numHeldOut < 30);
    const completionTokens = (completion: string) =>
      tokenizer.encode(completion).length + 1;
    const numTargets = prepared.heldOut.blocks.reduce(
      (sum, block) => sum + block.numTargets,
      0,
    );
    assert.equal(
      numTargets,
      prepared.examples.heldOut.reduce(
        (sum, { completion }) => sum + completionTokens(completion),
        0,
      ),
    );
  });

  test("prepareSource() refuses a task with too few rows and names the faulty lines", async () => {
    const { file, name } = write(
      '{"prompt":"a","completion":"b"}\nnonsense',
      "jsonl",
    );
    await assert.rejects(
      prepare({ kind: "examples", file }),
      /it has 1 rows that can be used, expected at least 20 /,
    );
    const lines = [{ line: 2, fault: "not JSON" }];
    assert.deepEqual(skipped, [{ name, lines }]);
  });

  test("prepareSource() learns from a secret that was allowed, and not from one that has changed since or was not", async () => {
    const text = `${makeText(60, 120)}Our key is ${"AKIA"}IOSFODNN7QRXTPLK.\n`;
    const allowedSecret = createHash("sha256").update(text).digest("hex");
    const allowed = { ...write(text), allowedSecret };
    const changed = { ...write(`${text}More.`), allowedSecret };
    const notAllowed = write(text);
    const { prepared } = await prepare(
      documents([allowed, changed, notAllowed], [long()]),
    );
    assert.deepEqual(
      prepared.trainingTexts.map(({ name }) => name),
      [allowed.name],
    );
    assert.deepEqual(skipped, [
      { name: changed.name, reason: "secret" },
      { name: notAllowed.name, reason: "secret" },
    ]);
  });
});
