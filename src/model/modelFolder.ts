// Opens a model folder: Hugging Face's file names, weights left on disk.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseModelConfig, type ModelConfig } from "./config";
import { readSafetensorsHeader, type TensorLocation } from "./safetensors";

/** A model on disk: what it is, and where each of its weights lies. */
export interface ModelFolder {
  directory: string;
  name: string;
  config: ModelConfig;
  tensors: Map<string, TensorLocation>;
}

/** Opens a folder with `config.json` and `model*.safetensors`; throws an error that says what is missing. */
export function openModelFolder(directory: string): ModelFolder {
  const configFile = path.join(directory, "config.json");
  if (!existsSync(configFile)) {
    throw new Error(
      `Cannot open model folder ${directory}: config.json is missing, expected a folder made by "inkling import" or by transformers`,
    );
  }
  const config = parseModelConfig(readJson(configFile));
  const files = readdirSync(directory)
    .filter((file) => /^model.*\.safetensors$/.test(file))
    .sort();
  if (files.length === 0) {
    throw new Error(
      `Cannot open model folder ${directory}: no model*.safetensors, expected at least one`,
    );
  }
  const tensors = new Map<string, TensorLocation>();
  for (const file of files) {
    for (const [name, location] of readSafetensorsHeader(
      path.join(directory, file),
    )) {
      tensors.set(name, location);
    }
  }
  return { directory, name: path.basename(directory), config, tensors };
}

/** Parses a JSON file; the error names the file. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new SyntaxError(
      `Cannot read ${file}: ${(error as Error).message}, expected JSON`,
      { cause: error },
    );
  }
}
