// LoRA adapters as folders in the form of Python's peft: `adapter_config.json`, `adapter_model.safetensors`, and our own
// `inkling_manifest.json`, which says what the adapter was learned from and, by a hash, for which base.
// LoRA: arXiv:2106.09685.

import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { AdapterManifest } from "../protocol/training";
import { hashBase, hashFile } from "../model/files/baseHash";
import type { ModelConfig } from "../model/files/config";
import { readFloats } from "../model/quantise/dequantiseGroup";
import { readJson, type ModelFolder } from "../model/files/modelFolder";
import {
  formatPeftConfig,
  PEFT_CONFIG_FILE,
  readPeftConfig,
  scaleOf,
  type PeftConfig,
} from "./peftConfig";
import {
  readSafetensorsHeader,
  type TensorLocation,
} from "../formats/safetensors";
import { writeSafetensors } from "../formats/safetensorsWriter";
import { layerGroups, type LinearPart } from "../model/files/weightNames";
import type { LoraPair } from "../model/layers/adapterLinear";

/** The weights' file; `writeSafetensors` calls it `model.safetensors`, from which it is renamed. */
export const ADAPTER_WEIGHTS_FILE = "adapter_model.safetensors";
export const MANIFEST_FILE = "inkling_manifest.json";

/** An adapter in memory, checked against its base. */
export interface LoraAdapter {
  name: string;
  directory: string;
  /** By the name of the matrix in the base, without the ending `.weight` (`LinearPart.name`). */
  pairs: ReadonlyMap<string, LoraPair>;
  manifest: AdapterManifest | undefined;
  /** What a person should know before trusting it; empty for an adapter with a manifest. */
  warnings: string[];
}

/** Reads an adapter's folder for the base `folder`; throws an error that says what does not fit. */
export function readAdapter(
  directory: string,
  folder: ModelFolder,
): LoraAdapter {
  const config = readPeftConfig(requireFile(directory, PEFT_CONFIG_FILE));
  const weights = requireFile(directory, ADAPTER_WEIGHTS_FILE);
  const manifest = readManifest(directory);
  const warnings = checkBase({ directory, folder, config, manifest });
  return {
    name: manifest?.name ?? path.basename(path.resolve(directory)),
    directory,
    pairs: readPairs(weights, { config, folder }),
    manifest,
    warnings,
  };
}

/** The manifest in an adapter's folder, undefined where there is none; throws where it is damaged. */
export function readManifest(directory: string): AdapterManifest | undefined {
  const file = path.join(directory, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  const manifest = readJson(file) as Partial<AdapterManifest> | null;
  const isWhole =
    manifest?.version === 1 &&
    typeof manifest.name === "string" &&
    typeof manifest.base?.sha256 === "string" &&
    typeof manifest.base.name === "string";
  if (!isWhole) {
    throw new TypeError(
      `Cannot read ${file}: its version is ${JSON.stringify(manifest?.version)}, expected a manifest of version 1 with name and base`,
    );
  }
  return manifest as AdapterManifest;
}

/** Tells one adapter's weights from another's. */
export function hashAdapter(directory: string): string {
  return hashFile(requireFile(directory, ADAPTER_WEIGHTS_FILE));
}

function requireFile(directory: string, name: string): string {
  const file = path.join(directory, name);
  if (existsSync(file)) return file;
  const hint = existsSync(path.join(directory, "adapter_model.bin"))
    ? "; adapter_model.bin is there, which peft writes as safetensors with safe_serialization=True"
    : "";
  throw new Error(
    `Cannot use adapter ${directory}: ${name} is missing, expected a folder made by "inkling train" or by peft${hint}`,
  );
}

/** Refuses another base; returns warnings where that cannot be known for sure. */
function checkBase({
  directory,
  folder,
  config,
  manifest,
}: {
  directory: string;
  folder: ModelFolder;
  config: PeftConfig;
  manifest: AdapterManifest | undefined;
}): string[] {
  if (manifest) {
    if (manifest.base.sha256 !== hashBase(folder)) {
      throw new Error(
        `Cannot use adapter ${directory}: it was trained for "${manifest.base.name}" (weights ${manifest.base.sha256.slice(0, 12)}), expected "${folder.name}" (${hashBase(folder).slice(0, 12)})`,
      );
    }
    return [];
  }
  const warnings = [
    `${path.basename(path.resolve(directory))} has no ${MANIFEST_FILE}: only its shapes and its base's name were checked`,
  ];
  if (config.baseName && !isSameName(config.baseName, folder.name)) {
    warnings.push(
      `it names "${config.baseName}" as its base, and the model is "${folder.name}"`,
    );
  }
  return warnings;
}

/** Whether two names of a model agree as far as the shorter one goes, owner and punctuation aside. */
function isSameName(a: string, b: string): boolean {
  const [first, second] = [a, b].map((name) =>
    path.posix
      .basename(name.replaceAll("\\", "/"))
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, ""),
  ) as [string, string];
  return first.startsWith(second) || second.startsWith(first);
}

interface AdaptablePart extends LinearPart {
  numColumns: number;
  isTransposed: boolean;
}

/** Every matrix that may have an adapter: those of the decoder layers. */
function adaptableParts(config: ModelConfig): AdaptablePart[] {
  return Array.from({ length: config.numLayers }, (_, layer) =>
    Object.values(layerGroups(config, layer)),
  )
    .flat()
    .flatMap(({ parts, numColumns, isTransposed = false }) =>
      parts.map((part) => ({ ...part, numColumns, isTransposed })),
    );
}

const TENSOR_NAME = /^(.*)\.(lora_A|lora_B)(?:\.default)?\.weight$/;

function readPairs(
  file: string,
  { config, folder }: { config: PeftConfig; folder: ModelFolder },
): Map<string, LoraPair> {
  const parts = new Map(
    adaptableParts(folder.config).map((part) => [plainName(part.name), part]),
  );
  const found = new Map<string, Partial<Record<string, TensorLocation>>>();
  for (const [name, location] of readSafetensorsHeader(file)) {
    const [, module = "", matrix = ""] = TENSOR_NAME.exec(name) ?? [];
    const part = parts.get(plainName(module));
    if (!part) {
      throw new Error(
        `Cannot use adapter ${file}: tensor "${name}" belongs to no linear layer of "${folder.name}", expected lora_A and lora_B of its decoder layers`,
      );
    }
    const both = found.get(part.name) ?? {};
    both[matrix] = location;
    found.set(part.name, both);
  }
  if (found.size === 0) {
    throw new Error(
      `Cannot use adapter ${file}: it holds no tensor, expected lora_A and lora_B of at least one layer`,
    );
  }
  const pairs = new Map<string, LoraPair>();
  // In the order of the model, whatever the order of the file.
  for (const part of parts.values()) {
    const both = found.get(part.name);
    if (both) pairs.set(part.name, readPair(file, { part, both, config }));
  }
  return pairs;
}

function readPair(
  file: string,
  {
    part,
    both,
    config,
  }: {
    part: AdaptablePart;
    both: Partial<Record<string, TensorLocation>>;
    config: PeftConfig;
  },
): LoraPair {
  const { rank, scale } = scaleOf(config, part.name);
  const read = (matrix: string, shape: number[]): Float32Array => {
    const location = both[matrix];
    const state = location
      ? `has shape [${location.shape.join(", ")}]`
      : "is missing";
    if (location?.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot use adapter ${file}: ${matrix} of ${part.name} ${state}, expected [${shape.join(", ")}]`,
      );
    }
    const values = readFloats(location);
    if (!values.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot use adapter ${file}: ${matrix} of ${part.name} holds values that are no numbers; the file is damaged`,
      );
    }
    return values;
  };
  return {
    rank,
    scale,
    loraA: read("lora_A", [rank, part.numColumns]),
    loraB: read("lora_B", [part.numRows, rank]),
  };
}

/** A module's name without the wrappers around it: peft's own, and the model's where a file leaves it out. */
function plainName(name: string): string {
  return name
    .replace(/^base_model\.model\./, "")
    .replace(/^(model|transformer)\./, "");
}

/** What is written of an adapter; all its matrices have one rank. */
export interface AdapterToWrite {
  rank: number;
  alpha: number;
  pairs: ReadonlyMap<string, Pick<LoraPair, "loraA" | "loraB">>;
  /** Left out of one that is used for a moment and not kept. */
  manifest: AdapterManifest | undefined;
}

/**
 * Writes an adapter's folder: into a temporary one first, so that there is never half an adapter. Other files in the
 * folder stay.
 */
export function writeAdapter(
  directory: string,
  adapter: AdapterToWrite,
  folder: ModelFolder,
): void {
  const { manifest } = adapter;
  const target = path.resolve(directory);
  const temporary = `${target}.partial-${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    writeFiles(temporary, adapter, folder);
    if (!existsSync(target)) {
      renameSync(temporary, target);
      return;
    }
    const names = [ADAPTER_WEIGHTS_FILE, PEFT_CONFIG_FILE];
    for (const name of manifest ? [...names, MANIFEST_FILE] : names) {
      renameSync(path.join(temporary, name), path.join(target, name));
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function writeFiles(
  directory: string,
  { rank, alpha, pairs, manifest }: AdapterToWrite,
  folder: ModelFolder,
): void {
  const parts = adaptableParts(folder.config).filter(({ name }) =>
    pairs.has(name),
  );
  if (parts.length !== pairs.size || parts.length === 0) {
    throw new RangeError(
      `Cannot write adapter ${directory}: ${parts.length} of its ${pairs.size} matrices belong to "${folder.name}", expected all`,
    );
  }
  writeSafetensors(
    directory,
    parts.map(({ name, numRows, numColumns }) => {
      const { loraA, loraB } = pairs.get(name)!;
      const prefix = `base_model.model.${name}`;
      return {
        headers: [
          {
            name: `${prefix}.lora_A.weight`,
            dtype: "F32" as const,
            shape: [rank, numColumns],
          },
          {
            name: `${prefix}.lora_B.weight`,
            dtype: "F32" as const,
            shape: [numRows, rank],
          },
        ],
        load: () => [bytesOf(loraA), bytesOf(loraB)],
      };
    }),
    { maxShardBytes: Number.MAX_SAFE_INTEGER },
  );
  renameSync(
    path.join(directory, "model.safetensors"),
    path.join(directory, ADAPTER_WEIGHTS_FILE),
  );
  const layers = [...new Set(parts.map(({ name }) => layerOf(name)))];
  const config = formatPeftConfig({
    baseName: folder.name,
    rank,
    alpha,
    targetModules: [...new Set(parts.map(({ name }) => lastWord(name)))],
    layers: layers.length === folder.config.numLayers ? undefined : layers,
    fanInFanOut: parts.some(({ isTransposed }) => isTransposed),
  });
  writeJson(path.join(directory, PEFT_CONFIG_FILE), config);
  if (manifest) writeJson(path.join(directory, MANIFEST_FILE), manifest);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function layerOf(name: string): number {
  return Number(/\.(\d+)\./.exec(name)![1]);
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function bytesOf(view: Float32Array): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
