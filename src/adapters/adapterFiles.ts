// Reads the files of an adapter's folder as far as they say something without the base: the panel's list and the engine
// both do it here, so that the one offers what the other takes.

import { existsSync } from "node:fs";
import path from "node:path";
import { requireFileSize } from "../common/ordinaryFile";
import {
  readSafetensorsHeader,
  type TensorLocation,
} from "../formats/safetensors";
import {
  CONFIG_FILE,
  MANIFEST_FILE,
  MAX_TEXT_BYTES,
  WEIGHTS_FILE,
} from "./adapterNames";
import { readManifest, type ReadManifest } from "./manifest";
import { readPeftConfig, type PeftConfig } from "./peftConfig";

/** Why an adapter cannot be used, whatever the base. */
export type AdapterFault =
  | { code: "missing-file"; file: string }
  | { code: "damaged-file"; file: string };

/** What the files of an adapter say. */
export interface AdapterFiles {
  config: PeftConfig;
  tensors: ReadonlyMap<string, TensorLocation>;
  /** Undefined for one that was made elsewhere. */
  manifest: ReadManifest | undefined;
}

/** A file of an adapter is missing, damaged or says what cannot be computed. */
export class AdapterFileError extends Error {
  constructor(
    message: string,
    readonly fault: AdapterFault,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Reads an adapter's folder; throws an `AdapterFileError`. */
export function readAdapterFiles(directory: string): AdapterFiles {
  const hasManifest = existsSync(path.join(directory, MANIFEST_FILE));
  return {
    config: readFile(directory, CONFIG_FILE, readPeftConfig),
    tensors: readFile(directory, WEIGHTS_FILE, readTensors),
    manifest: hasManifest
      ? readFile(directory, MANIFEST_FILE, readManifest)
      : undefined,
  };
}

/** Where a file of an adapter lies; throws an `AdapterFileError` when it is not there. */
export function requireFile(directory: string, name: string): string {
  const file = path.join(directory, name);
  if (existsSync(file)) return file;
  const hint = existsSync(path.join(directory, "adapter_model.bin"))
    ? "; adapter_model.bin is there, which peft writes as safetensors with safe_serialization=True"
    : "";
  throw new AdapterFileError(
    `Cannot use adapter ${directory}: ${name} is missing, expected a folder made by "inkling train" or by peft${hint}`,
    { code: "missing-file", file: name },
  );
}

function readFile<T>(
  directory: string,
  name: string,
  read: (file: string) => T,
): T {
  const file = requireFile(directory, name);
  try {
    // Of weights the header alone is read here, whatever their size.
    const isText = name !== WEIGHTS_FILE;
    requireFileSize(file, isText ? MAX_TEXT_BYTES : Infinity);
    return read(file);
  } catch (error) {
    throw new AdapterFileError(
      (error as Error).message,
      { code: "damaged-file", file: name },
      { cause: error },
    );
  }
}

function readTensors(file: string): Map<string, TensorLocation> {
  const tensors = readSafetensorsHeader(file, {
    maxHeaderBytes: MAX_TEXT_BYTES,
  });
  if (tensors.size > 0) return tensors;
  throw new Error(
    `Cannot use adapter ${file}: it holds no tensor, expected lora_A and lora_B of at least one layer`,
  );
}
