// A Hugging Face folder (config.json, safetensors, tokenizer files) as a source of weights.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { openModelFolder, readJson } from "./modelFolder";
import { isWeightFormat } from "./weightFormats";
import type { SourceTensor, WeightSource } from "./weightSource";

/** Files taken over unchanged where they exist. */
const COPIED_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "generation_config.json",
  "chat_template.jinja",
];

/** Opens an unquantised folder; throws when it is incomplete, already packed, or not floating point. */
export function openFolderSource(directory: string): WeightSource {
  const folder = openModelFolder(directory);
  if (folder.config.quantization) {
    throw new TypeError(
      `Cannot import ${directory}: it is quantised already, expected floating-point weights; "inkling export" makes such a folder`,
    );
  }
  if (!existsSync(path.join(directory, "tokenizer.json"))) {
    throw new Error(
      `Cannot import ${directory}: tokenizer.json is missing, expected it beside config.json`,
    );
  }
  const tensors = new Map<string, SourceTensor>();
  for (const [name, { dtype, ...location }] of folder.tensors) {
    if (isUnused(name, folder.config.hasTiedEmbeddings)) continue;
    if (!isWeightFormat(dtype)) {
      throw new TypeError(
        `Cannot import ${directory}: tensor "${name}" is of type ${dtype}, expected F32, F16 or BF16`,
      );
    }
    tensors.set(name, { ...location, format: dtype });
  }
  const files = new Map<string, unknown>();
  for (const name of COPIED_FILES) {
    const file = path.join(directory, name);
    if (existsSync(file)) files.set(name, readFileSync(file));
  }
  return {
    path: directory,
    name: path.basename(path.resolve(directory)),
    config: folder.config,
    configJson: readJson(path.join(directory, "config.json")) as Record<
      string,
      unknown
    >,
    tensors,
    files,
  };
}

/** Old checkpoints hold rotary frequencies, and some a copy of the tied head. */
function isUnused(name: string, hasTiedEmbeddings: boolean): boolean {
  return (
    name.endsWith(".rotary_emb.inv_freq") ||
    (hasTiedEmbeddings && name === "lm_head.weight")
  );
}
