// An adapter as one file, to hand on: its safetensors file with peft's configuration and our manifest as texts among
// its metadata. Whatever reads safetensors reads the weights; unpacked, the folder is the one that was packed.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import {
  readSafetensors,
  readTensorBytes,
  type SafetensorsHeader,
} from "../formats/safetensors";
import { writeSafetensorsFile } from "../formats/safetensorsWriter";
import { CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE } from "./adapterNames";

/** Keys of the metadata and the files whose text stands under them. */
const TEXT_FILES = {
  inkling_adapter_config: CONFIG_FILE,
  inkling_manifest: MANIFEST_FILE,
};

/** Writes an adapter's folder as one file. */
export function packAdapter(folder: string, file: string): void {
  const { tensors, metadata } = readSafetensors(
    path.join(folder, WEIGHTS_FILE),
  );
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = path.join(folder, name);
    if (existsSync(text)) metadata[key] = readFileSync(text, "utf8");
  }
  writeFileAtomically(file, (partial) =>
    copyTensors(partial, { tensors, metadata }),
  );
}

/** Writes the files of a packed adapter into a folder; throws an error when the file holds none. */
export function unpackAdapter(file: string, folder: string): void {
  const { tensors, metadata } = readSafetensors(file);
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = metadata[key];
    delete metadata[key];
    if (text !== undefined) writeFileSync(path.join(folder, name), text);
    else if (name === CONFIG_FILE) {
      throw new Error(
        `Cannot import ${file}: it holds no ${CONFIG_FILE}, expected a file that Inkling has exported; weights alone belong into a folder with one`,
      );
    }
  }
  copyTensors(path.join(folder, WEIGHTS_FILE), { tensors, metadata });
}

function copyTensors(
  file: string,
  { tensors, metadata }: SafetensorsHeader,
): void {
  const batches = [...tensors].map(([name, location]) => ({
    headers: [{ name, dtype: location.dtype, shape: location.shape }],
    load: () => [readTensorBytes(location)],
  }));
  writeSafetensorsFile(file, batches, metadata);
}
