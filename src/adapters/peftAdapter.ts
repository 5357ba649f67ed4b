// LoRA adapters as folders in the form of Python's peft: `adapter_config.json`, `adapter_model.safetensors`, and our own
// `inkling_manifest.json`, which says what the adapter was learned from and, by a hash, for which base.
// LoRA: arXiv:2106.09685.

import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AdapterManifest } from "../protocol/training";
import { moveIntoPlace, withPartialFolder } from "../common/atomicFile";
import { hashBase, hashFile } from "../model/files/baseHash";
import type { ModelConfig } from "../model/files/config";
import { readFloats } from "../model/quantise/dequantiseGroup";
import type { ModelFolder } from "../model/files/modelFolder";
import { readAdapterFiles, requireFile } from "./adapterFiles";
import {
  ADAPTER_FILES,
  CONFIG_FILE,
  MANIFEST_FILE,
  WEIGHTS_FILE,
} from "./adapterNames";
import { writeManifest, type ReadManifest } from "./manifest";
import { formatPeftConfig, scaleOf, type PeftConfig } from "./peftConfig";
import type { TensorLocation } from "../formats/safetensors";
import { writeSafetensorsFile } from "../formats/safetensorsWriter";
import { layerGroups, type LinearPart } from "../model/files/weightNames";
import type { LoraPair } from "../model/layers/adapterLinear";

/** An adapter in memory, checked against its base. */
export interface LoraAdapter {
  name: string;
  directory: string;
  /** By the name of the matrix in the base, without the ending `.weight` (`LinearPart.name`). */
  pairs: ReadonlyMap<string, LoraPair>;
  manifest: ReadManifest | undefined;
  /** What a person should know before trusting it; empty for an adapter with a manifest. */
  warnings: string[];
}

/** Reads an adapter's folder for the base `folder`; throws an error that says what does not fit. */
export function readAdapter(
  directory: string,
  folder: ModelFolder,
): LoraAdapter {
  const { config, tensors, manifest } = readAdapterFiles(directory);
  const warnings = checkBase({ directory, folder, config, manifest });
  return {
    name: manifest?.name ?? path.basename(path.resolve(directory)),
    directory,
    pairs: readPairs(path.join(directory, WEIGHTS_FILE), {
      config,
      tensors,
      folder,
    }),
    manifest,
    warnings,
  };
}

/** Tells one adapter's weights from another's. */
export function hashAdapter(directory: string): string {
  return hashFile(requireFile(directory, WEIGHTS_FILE));
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
  manifest: ReadManifest | undefined;
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
  {
    config,
    tensors,
    folder,
  }: {
    config: PeftConfig;
    tensors: ReadonlyMap<string, TensorLocation>;
    folder: ModelFolder;
  },
): Map<string, LoraPair> {
  const parts = new Map(
    adaptableParts(folder.config).map((part) => [plainName(part.name), part]),
  );
  const found = new Map<string, Partial<Record<string, TensorLocation>>>();
  for (const [name, location] of tensors) {
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
        `Cannot use adapter ${file}: ${matrix} of ${part.name} holds values that are no numbers, expected a file that is not damaged`,
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
  /** Undefined for one that is read at once and thrown away. */
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
  const target = path.resolve(directory);
  withPartialFolder(target, (temporary) => {
    writeFiles(temporary, adapter, folder);
    if (!existsSync(target)) {
      moveIntoPlace(temporary, target);
      return;
    }
    for (const name of ADAPTER_FILES) {
      const [from, to] = [path.join(temporary, name), path.join(target, name)];
      if (existsSync(from)) moveIntoPlace(from, to);
      else rmSync(to, { force: true });
    }
  });
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
  writeSafetensorsFile(
    path.join(directory, WEIGHTS_FILE),
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
  writeFileSync(
    path.join(directory, CONFIG_FILE),
    `${JSON.stringify(config, null, 2)}\n`,
  );
  if (manifest) writeManifest(path.join(directory, MANIFEST_FILE), manifest);
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
