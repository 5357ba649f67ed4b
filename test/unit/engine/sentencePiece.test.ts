// From text to text with a tokenizer of SentencePiece's form: its space in front is no text, and bytes make characters.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadEngine, type Engine } from "../../../src/engine/engine";
import { loadTextScorer } from "../../../src/engine/textScorer";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import { greedyRequest } from "../../../src/protocol/generation";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../support/tinyModel";

const { tokens, types, scores, texts } = JSON.parse(
  readFileSync("test/fixtures/sentencePiece/golden.json", "utf8"),
) as {
  tokens: string[];
  types: number[];
  scores: number[];
  texts: string[];
};

suite("an engine with a tokenizer of SentencePiece's form", () => {
  const inFolder = useTemporaryFolder();
  let model: ModelFolder;
  let engine: Engine;
  suiteTeardown(async () => {
    await engine.dispose();
    removeTinyModel(model);
  });
  useSessions();

  suiteSetup(async () => {
    model = makeTinyModel(8, { ...TINY_CONFIG, vocab_size: tokens.length });
    const files = buildTokenizerFiles({
      kind: "llama",
      tokens,
      tokenTypes: types,
      merges: [],
      scores,
      preTokenizer: "default",
      bosTokenId: tokens.indexOf("<s>"),
      eosTokenId: tokens.indexOf("</s>"),
      unknownTokenId: tokens.indexOf("<unk>"),
    });
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(model.directory, name), JSON.stringify(content));
    }
    engine = await loadEngine(
      {
        modelFolder: model.directory,
        cacheFolder: inFolder("cache"),
        threads: 1,
      },
      () => {},
    );
  });

  test("heals a word that is typed in part, at the beginning and within, also in bytes", async () => {
    const rows: [prompt: string, healed: string][] = [
      ["kato", "kato"],
      ["katori mus", " mus"],
      ["katori ", " "],
      ["katori\n", ""],
      ["x  mu", "mu"],
      ["katori 天", "天"],
    ];
    for (const [prompt, healed] of rows) {
      const pieces: string[] = [];
      const { generations, promptTokens } = await engine.generate(
        {
          ...greedyRequest({
            prompt,
            contextTokens: 64,
            maxTokens: 12,
            cacheKey: prompt,
          }),
          heal: true,
        },
        {
          isCancelled: () => false,
          onText: (_, text) => pieces.push(text),
        },
      );
      const { text, healed: found, tokens: drawn } = generations[0]!;
      assert.equal(found, healed, prompt);
      assert.equal(pieces.join(""), text);
      const spelt = drawn.map((token) => token.text).join("");
      assert.ok(
        spelt.startsWith(healed) && spelt.slice(healed.length) === text,
        JSON.stringify({ prompt, spelt, text }),
      );
      assert.ok(promptTokens >= 1);
    }
  });

  test("scores every character of a text once, and none that is not in it", async () => {
    const scorer = await loadTextScorer({
      modelFolder: model.directory,
      threads: 1,
      adapterFolder: undefined,
    });
    try {
      for (const text of texts) {
        let end = 0;
        for await (const token of scorer.tokens(text)) end = token.end;
        const { bits, characters } = await scorer.bits(text);
        assert.equal(end, text.length, JSON.stringify(text));
        assert.equal(characters, text.length);
        assert.ok(bits > 0);
        const whole = await engine.countBits(text, { cacheKey: "none" });
        assert.equal(whole.characters, text.length);
      }
    } finally {
      await scorer.dispose();
    }
  });
});
