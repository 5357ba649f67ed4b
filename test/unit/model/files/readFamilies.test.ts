// What is said of models that are not read: what they are, what is read, and what to take instead.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { parseModelConfig } from "../../../../src/model/files/config";
import { openGgufSource } from "../../../../src/model/import/ggufSource";
import { buildTokenizerFiles } from "../../../../src/tokenizer/buildTokenizerFiles";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { formatGguf, tinyGguf } from "../../formats/ggufWriter";

const HYBRID = /a hybrid whose state space or convolution layers/;
const STATE_SPACE = /a state space model/;
const EXPERTS = /a mixture of experts/;
const ENCODER = /an encoder, which/;
const OTHER_LAYERS = /built with layers that differ/;

/** By `model_type`, the name in GGUF files, and what is said. */
const UNREAD: [modelType: string, gguf: string, reason: RegExp][] = [
  ["gemma2", "gemma2", /an earlier Gemma/],
  ["gemma3n", "gemma3n", /a model of text and pictures/],
  ["olmo2", "olmo2", /norms behind the layers/],
  ["gpt_neox", "gptneox", OTHER_LAYERS],
  ["stablelm", "stablelm", OTHER_LAYERS],
  ["gpt_bigcode", "starcoder", OTHER_LAYERS],
  ["lfm2", "lfm2", HYBRID],
  ["falcon_h1", "falcon-h1", HYBRID],
  ["qwen3_5", "qwen35", HYBRID],
  ["granitemoehybrid", "granitehybrid", HYBRID],
  ["mamba", "mamba", STATE_SPACE],
  ["mixtral", "mixtral", EXPERTS],
  ["qwen3_moe", "qwen3moe", EXPERTS],
  ["deepseek_v3", "deepseek2", EXPERTS],
  ["bert", "bert", ENCODER],
  ["modernbert", "nomic-bert", ENCODER],
  ["t5", "t5", /an encoder with a decoder/],
  ["qwen2_5_vl", "qwen2vl", /a model of text and pictures/],
];

suite("Families that are not read", () => {
  const inFolder = useTemporaryFolder();
  const expected =
    /, expected one of the families that Inkling reads: Llama .*; take another model, such as Qwen2\.5-Coder-0\.5B/;

  for (const [modelType, gguf, reason] of UNREAD) {
    test(`${modelType}, ${gguf} in GGUF, is refused by what it is`, async () => {
      const check = (error: Error, name: string) => {
        assert.ok(error.message.includes(`is "${name}", `), error.message);
        assert.match(error.message, reason);
        assert.match(error.message, expected);
        return true;
      };
      assert.throws(
        () => parseModelConfig({ model_type: modelType }),
        (error: Error) => check(error, modelType),
      );
      const file = inFolder(`${gguf}.gguf`);
      const spec = tinyGguf("F32");
      spec.metadata = { ...spec.metadata, "general.architecture": gguf };
      writeFileSync(file, formatGguf(spec));
      await assert.rejects(
        openGgufSource(file, { buildTokenizerFiles }),
        (error: Error) => check(error, gguf),
      );
    });
  }

  test("an unknown name is refused without a guess", () => {
    assert.throws(
      () => parseModelConfig({ model_type: "abacus" }),
      /model_type is "abacus", expected one of the families/,
    );
  });
});
