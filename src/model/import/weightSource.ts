// A model to be imported, whatever its file format: config, weights under Hugging Face's names, files beside them.

import type { ModelConfig } from "../files/config";
import { readTensorBytes } from "../../formats/safetensors";
import type { WeightFormat } from "../../formats/weightFormats";

/** One tensor in a source file; the bytes stay on disk. */
export interface SourceTensor {
  file: string;
  /** Bytes from the start of the file. */
  offset: number;
  sizeBytes: number;
  format: WeightFormat;
  /** Rows first. */
  shape: number[];
  /** Rows of each head are interleaved (0, D/2, 1, D/2 + 1, ...) and have to be put apart, as a head count. */
  interleavedHeads?: number;
  /** To be added to each number: norms that the file has 1 higher. */
  addend?: number;
}

/** A model on disk that can be imported. */
export interface WeightSource {
  /** For messages and for `inklingQuantization.source`. */
  path: string;
  name: string;
  /** What its maker calls it, where that is a name. */
  title?: string | undefined;
  config: ModelConfig;
  /** The same in Hugging Face's fields, to be written as `config.json`. */
  configJson: Record<string, unknown>;
  tensors: Map<string, SourceTensor>;
  /** Further files of the new folder (tokenizer, generation settings): JSON values or raw bytes. */
  files: Map<string, unknown>;
}

/** Reads a tensor's bytes, rows in the order in which Hugging Face keeps them. */
export function readSourceBytes(tensor: SourceTensor): Uint8Array {
  const bytes = readTensorBytes(tensor);
  if (tensor.interleavedHeads === undefined) return bytes;
  return separateRows(bytes, {
    numRows: tensor.shape[0]!,
    numHeads: tensor.interleavedHeads,
  });
}

/**
 * Undoes the row order of llama.cpp's q and k: within a head, row 2i goes to i and row 2i + 1 to D/2 + i.
 * Whole rows move, so it works on packed rows too.
 */
export function separateRows(
  bytes: Uint8Array,
  { numRows, numHeads }: { numRows: number; numHeads: number },
): Uint8Array {
  const rowBytes = bytes.length / numRows;
  const headDim = numRows / numHeads;
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < numRows; row++) {
    const inHead = row % headDim;
    const target =
      row - inHead + (inHead >> 1) + (inHead % 2 === 0 ? 0 : headDim / 2);
    out.set(
      bytes.subarray(row * rowBytes, (row + 1) * rowBytes),
      target * rowBytes,
    );
  }
  return out;
}

/** Looks up a tensor of the given shape; throws when it is missing or of another size. */
export function findSourceTensor(
  source: WeightSource,
  name: string,
  shape: number[],
): SourceTensor {
  const tensor = source.tensors.get(name);
  if (!tensor) {
    throw new Error(
      `Cannot import ${source.path}: tensor "${name}" is missing, expected shape [${shape.join(", ")}]`,
    );
  }
  if (tensor.shape.join() !== shape.join()) {
    throw new RangeError(
      `Cannot import ${source.path}: tensor "${name}" has shape [${tensor.shape.join(", ")}], expected [${shape.join(", ")}] from its config`,
    );
  }
  return tensor;
}
