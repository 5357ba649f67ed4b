// Tells which model an adapter belongs to: a hash over the weights themselves, so that a copy or another path of the
// same model is the same base, and one that was changed is not.

import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { ModelFolder } from "./modelFolder";

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Hashes by path, size and time of each file: 95 MB take some 70 ms, which a switch of adapters pays once. */
const known = new Map<string, string>();

/** SHA-256 of a model's weight files, each by itself and in the order of their names; hexadecimal. */
export function hashBase(folder: ModelFolder): string {
  const files = new Set([...folder.tensors.values()].map(({ file }) => file));
  const hash = createHash("sha256");
  for (const file of [...files].sort()) hash.update(hashFile(file));
  return hash.digest("hex");
}

/** SHA-256 of a file, hexadecimal; remembered as long as its size and time stay. */
export function hashFile(file: string): string {
  const { size, mtimeMs } = statSync(file);
  const key = `${file}\n${size}\n${mtimeMs}`;
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
