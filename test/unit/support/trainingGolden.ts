// PyTorch's numbers for tiny models (scripts/makeTrainingGolden.py) and the folders and blocks that go with them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../src/model/files/modelFolder";
import { writeFloats } from "./tinyModel";

/** A tensor of the fixture: float32 numbers in base64. */
export interface EncodedTensor {
  shape: number[];
  data: string;
}

type Tensors = Record<string, EncodedTensor>;

/** Gradients at the start and the losses of ten steps. */
export interface GoldenRun {
  gradients: Tensors;
  losses: number[];
}

export interface GoldenModel {
  config: Record<string, unknown>;
  weights: Tensors;
  full: GoldenRun;
  lora: GoldenRun & { parameters: Tensors };
}

export interface TrainingGolden {
  rank: number;
  alpha: number;
  adamW: { lr: number; weight_decay: number };
  documentLengths: number[];
  tokenIds: number[];
  targetIds: number[];
  targetWeights: number[];
  models: Record<"llama" | "gpt2", GoldenModel>;
}

export function readTrainingGolden(): TrainingGolden {
  const file = path.join(__dirname, "../../fixtures/trainingGolden.json");
  return JSON.parse(readFileSync(file, "utf8")) as TrainingGolden;
}

export function decodeTensor({
  data,
}: EncodedTensor): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);
}

/** Writes a model of the fixture as transformers would. */
export function writeGoldenModel(
  directory: string,
  { config, weights }: GoldenModel,
): ModelFolder {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "config.json"), JSON.stringify(config));
  writeFloats(
    path.join(directory, "model.safetensors"),
    Object.entries(weights).map(([name, tensor]) => ({
      name,
      shape: tensor.shape,
      data: decodeTensor(tensor),
    })),
  );
  return openModelFolder(directory);
}
