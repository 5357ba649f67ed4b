// What of GPT-2's config.json and of its checkpoints' names is read, and what is refused.

import assert from "node:assert/strict";
import { parseModelConfig } from "../../../../src/model/files/config";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import {
  allLinearGroups,
  allOtherWeights,
  canonicalName,
} from "../../../../src/model/files/weightNames";
import { useSessions } from "../../support/sessions";
import { createCache, forward } from "../../support/tinyGraphs";
import { makeTinyModel, removeTinyModel } from "../../support/tinyModel";

const CONFIG = {
  model_type: "gpt2",
  vocab_size: 128,
  n_embd: 48,
  n_layer: 2,
  n_head: 3,
  n_positions: 64,
  bos_token_id: 1,
  eos_token_id: 2,
};

suite("parseModelConfig() of a GPT-2", () => {
  test("fills in what the first files leave out", () => {
    assert.deepEqual(parseModelConfig(CONFIG), {
      architecture: "gpt2",
      vocabSize: 128,
      embeddingDim: 48,
      numLayers: 2,
      numHeads: 3,
      numKvHeads: 3,
      headDim: 16,
      feedForwardDim: 192,
      contextLength: 64,
      normEpsilon: 1e-5,
      gelu: "tanh",
      hasTiedEmbeddings: true,
      bosTokenId: 1,
      eosTokenIds: [2],
      quantization: undefined,
    });
  });

  test("takes what is given", () => {
    const config = parseModelConfig({
      ...CONFIG,
      n_inner: 100,
      activation_function: "gelu",
      layer_norm_epsilon: 1e-6,
      tie_word_embeddings: false,
      n_positions: undefined,
      n_ctx: 32,
    });
    assert.equal(config.feedForwardDim, 100);
    assert.equal(config.architecture === "gpt2" && config.gelu, "none");
    assert.equal(config.normEpsilon, 1e-6);
    assert.equal(config.hasTiedEmbeddings, false);
    assert.equal(config.contextLength, 32);
  });

  test("refuses models that compute in another way", () => {
    const check = (change: object, message: RegExp) =>
      assert.throws(() => parseModelConfig({ ...CONFIG, ...change }), message);
    check(
      { activation_function: "relu" },
      /activation_function is "relu", expected gelu, gelu_new/,
    );
    check({ scale_attn_weights: false }, /is false, expected true/);
    check(
      { scale_attn_by_inverse_layer_idx: true },
      /scale_attn_by_inverse_layer_idx is true, expected false/,
    );
    check({ add_cross_attention: true }, /is true, expected false/);
    check({ n_head: 5 }, /n_embd is 48, expected a multiple of n_head 5/);
    check(
      { model_type: "gpt_neox" },
      /expected one of the families that Inkling reads: .* GPT-2/,
    );
  });
});

suite("canonicalName() of a GPT-2", () => {
  const check = (change: object, name: string, expected?: string) =>
    assert.equal(
      canonicalName(parseModelConfig({ ...CONFIG, ...change }), name),
      expected,
    );

  test("knows names with the prefix and without it", () => {
    check({}, "wte.weight", "transformer.wte.weight");
    check({}, "transformer.wte.weight", "transformer.wte.weight");
    check({}, "h.1.attn.c_attn.bias", "transformer.h.1.attn.c_attn.bias");
    check({}, "ln_f.bias", "transformer.ln_f.bias");
  });

  test("leaves masks and a copy of the tied head out", () => {
    check({}, "h.0.attn.bias", undefined);
    check({}, "transformer.h.0.attn.masked_bias", undefined);
    check({}, "lm_head.weight", undefined);
    check({ tie_word_embeddings: false }, "lm_head.weight", "lm_head.weight");
  });
});

suite("GPT-2 in other forms", () => {
  const load = useSessions();
  const folders: ModelFolder[] = [];
  suiteTeardown(() => folders.forEach(removeTinyModel));

  async function logitsOf(change: object): Promise<Float32Array> {
    const folder = makeTinyModel(9, { ...CONFIG, ...change });
    folders.push(folder);
    const graph = buildForwardGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 1,
      logits: "last",
    });
    const session = await load(graph, folder.directory);
    const cache = createCache(folder, "float32");
    return (await forward(session, cache, [5, 6, 7]))[0]!;
  }

  test("an exact GELU differs from its approximation, by little", async () => {
    const approximate = await logitsOf({});
    const exact = await logitsOf({ activation_function: "gelu" });
    const differences = exact.map((x, at) => Math.abs(x - approximate[at]!));
    const largest = Math.max(...differences);
    assert.ok(largest > 0 && largest < 0.05, `they differ by ${largest}`);
  });

  test("a head of its own gives other logits than the embedding", async () => {
    const own = await logitsOf({ tie_word_embeddings: false });
    assert.equal(own.length, CONFIG.vocab_size);
    assert.notDeepEqual(own, await logitsOf({}));
  });

  test("every bias and norm is listed once beside the matrices", () => {
    const config = parseModelConfig(CONFIG);
    const names = [
      ...allLinearGroups(config).map(({ name }) => `${name}.weight`),
      ...allOtherWeights(config).map(({ name }) => name),
    ];
    // Embedding, positions, four matrices with biases and two norms a layer, the last norm.
    assert.equal(names.length, 2 + CONFIG.n_layer * (4 * 2 + 2 * 2) + 2);
    assert.equal(new Set(names).size, names.length);
  });
});
