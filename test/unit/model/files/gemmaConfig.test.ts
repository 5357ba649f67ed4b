// Gemma 3's config.json, as transformers has written it over time.

import assert from "node:assert/strict";
import {
  parseModelConfig,
  type GemmaConfig,
} from "../../../../src/model/files/config";

const CONFIG = {
  model_type: "gemma3_text",
  vocab_size: 300,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 7,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 32,
  max_position_embeddings: 4096,
  sliding_window: 512,
};

function parse(change: object = {}): GemmaConfig {
  const config = parseModelConfig({ ...CONFIG, ...change });
  assert.ok(config.architecture === "gemma3");
  return config;
}

suite("parseModelConfig() of a Gemma 3", () => {
  const pattern = [true, true, true, true, true, false, true];

  test("reads angles and kinds of layers as older files have them", () => {
    const config = parse({
      rope_theta: 1_000_000,
      rope_local_base_freq: 20_000,
      rope_scaling: { rope_type: "linear", factor: 8 },
      query_pre_attn_scalar: 16,
    });
    assert.deepEqual(config.rope, {
      base: 1_000_000,
      divisors: new Array<number>(16).fill(8),
    });
    assert.deepEqual(config.localRope, { base: 20_000 });
    assert.deepEqual(config.isLocal, pattern);
    assert.equal(config.attentionScale, 0.25);
    assert.equal(config.hasTiedEmbeddings, true);
  });

  test("reads them as newer files have them", () => {
    const config = parse({
      rope_parameters: {
        full_attention: { rope_type: "default", rope_theta: 5000 },
        sliding_attention: { rope_type: "default", rope_theta: 100 },
      },
      layer_types: pattern.map((isLocal) =>
        isLocal ? "full_attention" : "sliding_attention",
      ),
    });
    assert.deepEqual(config.rope, { base: 5000 });
    assert.deepEqual(config.localRope, { base: 100 });
    assert.deepEqual(
      config.isLocal,
      pattern.map((isLocal) => !isLocal),
    );
  });

  test("refuses what computes in another way", () => {
    const check = (change: object, message: RegExp) =>
      assert.throws(() => parse(change), message);
    check({ hidden_activation: "relu" }, /hidden_activation is "relu"/);
    check({ attention_bias: true }, /attention_bias is true, expected false/);
    check(
      { use_bidirectional_attention: true },
      /use_bidirectional_attention is true, expected false/,
    );
    check(
      { final_logit_softcapping: 30 },
      /final_logit_softcapping is 30, expected null/,
    );
    check(
      { layer_types: ["full_attention"] },
      /layer_types is .*, expected 7 of "sliding_attention" and/,
    );
    check(
      { rope_parameters: { full_attention: { rope_type: "dynamic" } } },
      /rope_parameters.full_attention is {"rope_type":"dynamic"}, expected positions of kind/,
    );
  });
});
