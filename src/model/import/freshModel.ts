// Writes a model folder that has learned nothing yet, for pretraining: config.json and random weights in fp32.
// Initialisation as in GPT-2 (Radford et al. 2019, section 2.3): normal with deviation 0.02, and layers that write into
// the residual stream scaled by 1 / sqrt(2 numLayers), since that many of them add up.

import path from "node:path";
import { seededRandom } from "../../common/random";
import type { ModelConfig } from "../files/config";
import { parseModelConfig } from "../files/parseConfig";
import { openModelFolder, type ModelFolder } from "../files/modelFolder";
import {
  bytesOfBatches,
  writeSafetensors,
  type TensorBatch,
} from "../../formats/safetensorsWriter";
import { floatShape } from "../files/weightGroups";
import {
  allLinearGroups,
  allOtherWeights,
  layerGroups,
} from "../files/weightNames";
import { writeContent, writeFolder } from "../files/writeFolder";

/** What a new model shall be; sizes that are left out follow from the others. */
export interface FreshConfig {
  architecture: "gpt2" | "llama";
  vocabSize: number;
  embeddingDim: number;
  numLayers: number;
  numHeads: number;
  /** Llama only; as many as heads when left out. */
  numKvHeads?: number;
  /** Four times the embedding for GPT-2, 8/3 of it for Llama when left out. */
  feedForwardDim?: number;
  /** Longest sequence, in tokens. */
  contextLength: number;
  /** The token between documents, which begins and ends texts. */
  endTokenId?: number;
}

const DEVIATION = 0.02;
const NORM_EPSILON = 1e-5;
const ROPE_BASE = 10_000;

/** Writes the folder and opens it; throws before anything is written when the sizes do not fit each other. */
export function writeFreshModel(
  directory: string,
  fresh: FreshConfig,
  {
    seed,
    files = new Map(),
    mayReplace = false,
  }: {
    seed: number;
    /** Further files of the folder, such as tokenizer.json: JSON values or raw bytes. */
    files?: ReadonlyMap<string, unknown>;
    mayReplace?: boolean;
  },
): ModelFolder {
  const json =
    fresh.architecture === "gpt2" ? gpt2Json(fresh) : llamaJson(fresh);
  const batches = planWeights(json, seed);
  writeFolder(directory, {
    action: "write a new model to",
    neededBytes: bytesOfBatches(batches),
    mayReplace,
    write: (temporary) => {
      writeSafetensors(temporary, batches, {
        maxShardBytes: Number.MAX_SAFE_INTEGER,
      });
      writeContent(path.join(temporary, "config.json"), json);
      for (const [name, content] of files) {
        writeContent(path.join(temporary, name), content);
      }
    },
  });
  return openModelFolder(directory);
}

function gpt2Json(fresh: FreshConfig): Record<string, unknown> {
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    vocab_size: fresh.vocabSize,
    n_embd: fresh.embeddingDim,
    n_layer: fresh.numLayers,
    n_head: fresh.numHeads,
    n_inner: fresh.feedForwardDim ?? 4 * fresh.embeddingDim,
    n_positions: fresh.contextLength,
    activation_function: "gelu_new",
    layer_norm_epsilon: NORM_EPSILON,
    ...sharedJson(fresh),
  };
}

function llamaJson(fresh: FreshConfig): Record<string, unknown> {
  const { embeddingDim, numHeads } = fresh;
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: fresh.vocabSize,
    hidden_size: embeddingDim,
    num_hidden_layers: fresh.numLayers,
    num_attention_heads: numHeads,
    num_key_value_heads: fresh.numKvHeads ?? numHeads,
    head_dim: embeddingDim / numHeads,
    // Three matrices in place of two, so 2/3 of 4; in whole 32s.
    intermediate_size:
      fresh.feedForwardDim ?? 32 * Math.ceil((embeddingDim * 8) / 3 / 32),
    max_position_embeddings: fresh.contextLength,
    hidden_act: "silu",
    rms_norm_eps: NORM_EPSILON,
    rope_theta: ROPE_BASE,
    attention_bias: false,
    mlp_bias: false,
    ...sharedJson(fresh),
  };
}

function sharedJson({ endTokenId }: FreshConfig) {
  return {
    tie_word_embeddings: true,
    initializer_range: DEVIATION,
    torch_dtype: "float32",
    bos_token_id: endTokenId ?? null,
    eos_token_id: endTokenId ?? null,
  };
}

/** Each tensor draws from a seed of its own, so that its numbers do not hang on the order of writing. */
function planWeights(
  json: Record<string, unknown>,
  seed: number,
): TensorBatch[] {
  const config = parseModelConfig(json);
  const residual = residualNames(config);
  const matrices = allLinearGroups(config).flatMap((group) =>
    group.parts.map((part) => ({
      name: `${part.name}.weight`,
      shape: floatShape(group, part),
      deviation: residual.has(group.name)
        ? DEVIATION / Math.sqrt(2 * config.numLayers)
        : DEVIATION,
    })),
  );
  const random = seededRandom(seed);
  const matrixBatches = matrices.map(({ name, shape, deviation }) => {
    const tensorSeed = Math.floor(random() * 2 ** 32);
    return planTensor(name, shape, (count) =>
      normals(count, { deviation, seed: tensorSeed }),
    );
  });
  const otherBatches = allOtherWeights(config).map(({ name, shape }) => {
    const tensorSeed = Math.floor(random() * 2 ** 32);
    if (shape.length > 1) {
      return planTensor(name, shape, (count) =>
        normals(count, { deviation: DEVIATION, seed: tensorSeed }),
      );
    }
    const value = name.endsWith(".bias") ? 0 : 1;
    return planTensor(name, shape, (count) =>
      new Float32Array(count).fill(value),
    );
  });
  return [...matrixBatches, ...otherBatches];
}

/** The layers whose output is added to the residual stream. */
function residualNames(config: ModelConfig): Set<string> {
  const names = new Set<string>();
  for (let layer = 0; layer < config.numLayers; layer++) {
    const groups = layerGroups(config, layer);
    for (const role of ["attentionOutput", "down"]) {
      names.add(groups[role]!.name);
    }
  }
  return names;
}

function planTensor(
  name: string,
  shape: number[],
  make: (count: number) => Float32Array,
): TensorBatch {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    headers: [{ name, dtype: "F32", shape }],
    load: () => {
      const { buffer, byteOffset, byteLength } = make(count);
      return [new Uint8Array(buffer, byteOffset, byteLength)];
    },
  };
}

/** Normally distributed numbers around 0 (Box and Muller 1958), from a seed. */
function normals(
  count: number,
  { deviation, seed }: { deviation: number; seed: number },
): Float32Array {
  const random = seededRandom(seed);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    numbers[i] = radius * Math.cos(angle);
    if (i + 1 < count) numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers;
}
