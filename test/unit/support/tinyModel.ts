// A tiny Llama with random weights in a temporary folder, for tests that need a real graph.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseModelConfig } from "../../../src/model/files/parseConfig";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../src/model/files/modelFolder";
import {
  allLinearGroups,
  allOtherWeights,
} from "../../../src/model/files/weightNames";
import { floatShape } from "../../../src/model/files/weightGroups";
import { seededRandom } from "../../../src/common/random";

export const TINY_CONFIG = {
  model_type: "llama",
  vocab_size: 128,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  intermediate_size: 96,
  max_position_embeddings: 512,
  rope_theta: 10000,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
  bos_token_id: 1,
  eos_token_id: 2,
};

/** Writes float32 tensors as one safetensors file. */
export function writeFloats(
  file: string,
  tensors: { name: string; shape: number[]; data: Float32Array }[],
): void {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const end = offset + data.byteLength;
    header[name] = { dtype: "F32", shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bodies = tensors.map(({ data }) => Buffer.from(data.buffer));
  writeFileSync(file, Buffer.concat([length, json, ...bodies]));
}

/** Makes the folder; weights come from `seed`. The caller removes it with `removeTinyModel`. */
export function makeTinyModel(
  seed: number,
  config: Record<string, unknown> = TINY_CONFIG,
): ModelFolder {
  const directory = mkdtempSync(path.join(tmpdir(), "inkling-tiny-"));
  writeFileSync(path.join(directory, "config.json"), JSON.stringify(config));
  const parsed = parseModelConfig(config);
  const random = seededRandom(seed);
  const gaussian = () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const tensors = allLinearGroups(parsed).flatMap((group) =>
    group.parts.map((part) => ({
      name: `${part.name}.weight`,
      shape: floatShape(group, part),
      data: Float32Array.from(
        { length: part.numRows * group.numColumns },
        () => gaussian() / Math.sqrt(group.numColumns),
      ),
    })),
  );
  for (const { name, shape } of allOtherWeights(parsed)) {
    const data = Float32Array.from(
      { length: shape.reduce((product, size) => product * size) },
      () => 1 + 0.1 * gaussian(),
    );
    tensors.push({ name, shape, data });
  }
  writeFloats(path.join(directory, "model.safetensors"), tensors);
  return openModelFolder(directory);
}

export function removeTinyModel(folder: ModelFolder): void {
  rmSync(folder.directory, { recursive: true, force: true });
}
