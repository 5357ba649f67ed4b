// Folders and files that lie about and are no model folder, named for what they are and with the way out: people have
// GGUF files, adapters, pickled weights, and folders whose large files git has not fetched.

import { existsSync, statSync, readdirSync } from "node:fs";
import path from "node:path";
import { readFileStart, shownJson } from "../../common/ordinaryFile";

/** What was found in place of a model folder, for the middle and the end of "Cannot open …: STATE, expected EXPECTED". */
export interface OtherKind {
  state: string;
  expected: string;
}

const MODEL_FOLDER = 'a folder made by "inkling import" or by transformers';

/** What a path is that is no folder. */
export function describeNoFolder(place: string): OtherKind {
  if (!statSync(place, { throwIfNoEntry: false })) {
    return { state: "there is no such folder", expected: MODEL_FOLDER };
  }
  return isGguf(place)
    ? {
        state: "it is a GGUF file",
        expected: `a model folder; "inkling import ${place} --out DIR" makes one of it`,
      }
    : { state: "it is a file", expected: MODEL_FOLDER };
}

/** What a folder without config.json is. */
export function describeWithoutConfig(directory: string): OtherKind {
  const names = readdirSync(directory);
  if (names.length === 0) {
    return { state: "it is empty", expected: MODEL_FOLDER };
  }
  if (names.includes("adapter_config.json")) {
    return {
      state: "it is an adapter, learned for a model",
      expected:
        "the model; an adapter is put on top of one (--adapter, or the fine-tuning panel)",
    };
  }
  return (
    describeWeights(directory, names) ?? {
      state: "config.json is missing",
      expected: MODEL_FOLDER,
    }
  );
}

/** What a folder without safetensors is. */
export function describeWithoutWeights(directory: string): OtherKind {
  return (
    describeWeights(directory, readdirSync(directory)) ?? {
      state: "no model*.safetensors",
      expected: "at least one",
    }
  );
}

const CONVERT =
  'model.safetensors; transformers makes it: AutoModelForCausalLM.from_pretrained("DIR").save_pretrained("NEW")';

/** Weights of other kinds by the names of their files. */
const WEIGHTS: [RegExp, string, expected: string][] = [
  [/\.(bin|pth|pt|ckpt)$/i, "pickled PyTorch weights", CONVERT],
  [/\.(h5|msgpack)$/i, "weights of TensorFlow or Flax", CONVERT],
  [/\.npz$/i, "weights of MLX", CONVERT],
  [
    /\.onnx$/i,
    "an ONNX graph",
    "model.safetensors, from the folder that the graph was made of",
  ],
];

function describeWeights(
  directory: string,
  names: readonly string[],
): OtherKind | undefined {
  const gguf = names.find((name) => /\.gguf$/i.test(name));
  if (gguf !== undefined) {
    return {
      state: `it holds the GGUF file ${gguf} alone`,
      expected: `a model folder; "inkling import ${path.join(directory, gguf)} --out DIR" makes one of it`,
    };
  }
  // Their folders keep the graph one level down.
  const deeper = path.join(directory, "onnx");
  const all = existsSync(deeper)
    ? [...names, ...readdirSync(deeper).map((name) => `onnx/${name}`)]
    : names;
  for (const [pattern, kind, expected] of WEIGHTS) {
    const name = all.find((each) => pattern.test(each));
    if (name !== undefined) {
      return { state: `it holds ${kind} (${name}) alone`, expected };
    }
  }
  return undefined;
}

/** What a config.json says of weights that were quantised by others; undefined where it says nothing. */
export function describeQuantization(config: unknown): OtherKind | undefined {
  const { quantization, quantization_config: other } = (config ?? {}) as Record<
    string,
    unknown
  >;
  const mlx = quantization as { group_size?: unknown; bits?: unknown } | null;
  const expected =
    "floating-point weights or a GGUF file of the same model, which Inkling quantises itself or takes over";
  if (mlx?.group_size !== undefined && mlx.bits !== undefined) {
    return {
      state: `its weights are quantised by MLX (${shownJson(mlx.bits)} bits)`,
      expected,
    };
  }
  const method = (other as { quant_method?: unknown } | null)?.quant_method;
  return method === undefined
    ? undefined
    : { state: `its weights are quantised by ${shownJson(method)}`, expected };
}

function isGguf(file: string): boolean {
  return (
    statSync(file).isFile() &&
    readFileStart(file, 4).toString("latin1") === "GGUF"
  );
}
