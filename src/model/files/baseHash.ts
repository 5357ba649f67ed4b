// Tells which model an adapter belongs to: a hash over the weights themselves, so that a copy or another path of the
// same model is the same base, and one that was changed is not.

import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import type { ModelFolder } from "./modelFolder";

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Hashes by path and state of each file: 95 MB take some 70 ms, which a switch of adapters pays once. */
const known = new Map<string, string>();

/** SHA-256 of a model's weight files, each by itself and in the order of their names; hexadecimal. */
export function hashBase(folder: ModelFolder): string {
  const hash = createHash("sha256");
  for (const file of weightFiles(folder)) hash.update(hashFile(file));
  return hash.digest("hex");
}

/** SHA-256 of everything that makes a model: its weights and its config, which can make others of the same weights. */
export function hashModel(folder: ModelFolder): string {
  return createHash("sha256")
    .update(hashBase(folder))
    .update(hashFile(configFile(folder)))
    .digest("hex");
}

/** The state of a model's files as the file system tells it: another one whenever one of them was written. */
export function stampModel(folder: ModelFolder): string {
  const hash = createHash("sha256");
  for (const file of [...weightFiles(folder), configFile(folder)]) {
    hash.update(`${path.basename(file)} ${stampOf(file)}\n`);
  }
  return hash.digest("hex");
}

/** Size, times and place of a file; the time of the last change is one that no program can set. */
export function stampOf(file: string): string {
  const { size, mtimeNs, ctimeNs, ino, dev } = statSync(file, { bigint: true });
  return [size, mtimeNs, ctimeNs, ino, dev].join(" ");
}

function weightFiles(folder: ModelFolder): string[] {
  const files = new Set([...folder.tensors.values()].map(({ file }) => file));
  return [...files].sort();
}

function configFile({ directory }: ModelFolder): string {
  return path.join(directory, "config.json");
}

/** SHA-256 of a file, hexadecimal; remembered as long as its state stays. */
export function hashFile(file: string): string {
  const key = `${file}\n${stampOf(file)}`;
  let digest = known.get(key);
  if (digest === undefined) {
    digest = readAndHash(file);
    known.set(key, digest);
  }
  return digest;
}

function readAndHash(file: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const descriptor = openSync(file, "r");
  try {
    for (;;) {
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}
