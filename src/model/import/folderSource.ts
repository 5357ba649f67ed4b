// A Hugging Face folder (config.json, safetensors, tokenizer files) as a source of weights.

import { existsSync } from "node:fs";
import path from "node:path";
import { openModelFolder } from "../files/modelFolder";
import { readJson, readOrdinaryFile } from "../../common/ordinaryFile";
import { isWeightFormat } from "../../formats/weightFormats";
import type { SourceTensor, WeightSource } from "./weightSource";

/** The largest of the files that are copied is the tokenizer. */
const MAX_COPIED_BYTES = 128 * 2 ** 20;
/** Files taken over unchanged where they exist. */
const COPIED_FILES = [
  "tokenizer.json",
  "vocab.json",
  "merges.txt",
  "added_tokens.json",
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
  const has = (name: string) => existsSync(path.join(directory, name));
  if (!has("tokenizer.json") && !(has("vocab.json") && has("merges.txt"))) {
    throw new Error(
      `Cannot import ${directory}: tokenizer.json is missing, expected it beside config.json, or vocab.json and merges.txt`,
    );
  }
  const tensors = new Map<string, SourceTensor>();
  for (const [name, { dtype, ...location }] of folder.tensors) {
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
    if (existsSync(file))
      files.set(name, readOrdinaryFile(file, { maxBytes: MAX_COPIED_BYTES }));
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
