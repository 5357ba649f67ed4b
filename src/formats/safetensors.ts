// Reads the header of a `.safetensors` file: where each tensor lies, so that a graph can point at it.
// Format: https://github.com/huggingface/safetensors (8 bytes header length, JSON header, data).

import { readSync } from "node:fs";
import {
  isDeeperThan,
  refuseLfsPointer,
  shownJson,
  withOrdinaryFile,
} from "../common/ordinaryFile";

/** Bytes of one element of each type. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** Element types as safetensors names them. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** Where a tensor's bytes lie on disk, little-endian and row by row. */
export interface TensorLocation {
  file: string;
  /** Bytes from the start of the file. */
  offset: number;
  sizeBytes: number;
  dtype: Dtype;
  shape: number[];
}

/** Longest header that is believed; larger ones are refused as damage. */
const MAX_HEADER_BYTES = 100_000_000;

/** Tensors have their offsets in a list, which is three deep. */
const MAX_HEADER_DEPTH = 16;

/** What a file's header says. */
export interface SafetensorsHeader {
  /** In the order of the header. */
  tensors: Map<string, TensorLocation>;
  /** Texts by name. */
  metadata: Record<string, string>;
}

/** Reads where every tensor of a file lies; throws when the header does not fit the file. */
export function readSafetensorsHeader(
  file: string,
  options: { maxHeaderBytes?: number } = {},
): Map<string, TensorLocation> {
  return readSafetensors(file, options).tensors;
}

/** Reads a file's header with the texts in it; throws when it does not fit the file. */
export function readSafetensors(
  file: string,
  { maxHeaderBytes = MAX_HEADER_BYTES }: { maxHeaderBytes?: number } = {},
): SafetensorsHeader {
  const fault = (state: string, expected: string) =>
    new RangeError(`Cannot read ${file}: ${state}, expected ${expected}`);
  return withOrdinaryFile(file, (descriptor, fileBytes) => {
    if (fileBytes < 8) {
      throw fault(`it has ${fileBytes} bytes`, "at least 8");
    }
    const lengthBytes = Buffer.alloc(8);
    readSync(descriptor, lengthBytes, 0, 8, 0);
    refuseLfsPointer(file, lengthBytes);
    const headerBytes = Number(lengthBytes.readBigUInt64LE());
    const maxBytes = Math.min(maxHeaderBytes, fileBytes - 8);
    if (headerBytes > maxBytes) {
      throw fault(
        `its header says it is ${headerBytes} bytes long`,
        `at most ${maxBytes}; the file is truncated or not safetensors`,
      );
    }
    const text = Buffer.alloc(headerBytes);
    readSync(descriptor, text, 0, headerBytes, 8);
    let header: unknown;
    const json = text.toString("utf8");
    if (isDeeperThan(json, MAX_HEADER_DEPTH)) {
      throw fault("its header is nested too deep", "a safetensors file");
    }
    try {
      header = JSON.parse(json);
    } catch {
      throw fault("its header is not JSON", "a safetensors file");
    }
    if (!isObject(header)) {
      throw fault("its header is no object", "a safetensors file");
    }
    const { __metadata__: metadata = {} } = header;
    if (!isTexts(metadata)) {
      throw fault("its __metadata__ are no texts", "texts by name");
    }
    const tensors = new Map<string, TensorLocation>();
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const { dtype, shape, begin, end } = parseEntry(entry, (expected) =>
        fault(`tensor "${name}" is ${shownJson(entry)}`, expected),
      );
      const numElements = shape.reduce((product, dim) => product * dim, 1);
      const sizeBytes = numElements * DTYPE_BYTES[dtype];
      if (end - begin !== sizeBytes) {
        throw fault(
          `tensor "${name}" of shape [${shape.join(", ")}] takes ${end - begin} bytes`,
          `${sizeBytes}`,
        );
      }
      const offset = 8 + headerBytes + begin;
      if (offset + sizeBytes > fileBytes) {
        throw fault(
          `tensor "${name}" ends at byte ${offset + sizeBytes} of ${fileBytes}`,
          "a complete file; this one is truncated",
        );
      }
      tensors.set(name, { file, offset, sizeBytes, dtype, shape });
    }
    checkCover(tensors, {
      start: 8 + headerBytes,
      end: fileBytes,
      fault,
    });
    return { tensors, metadata };
  });
}

/** As the reference library has it: tensors lie one behind the other from the header to the end of the file. */
function checkCover(
  tensors: ReadonlyMap<string, TensorLocation>,
  {
    start,
    end,
    fault,
  }: {
    start: number;
    end: number;
    fault: (state: string, expected: string) => RangeError;
  },
): void {
  const inOrder = [...tensors].sort(
    ([, a], [, b]) => a.offset - b.offset || a.sizeBytes - b.sizeBytes,
  );
  let place = start;
  for (const [name, { offset, sizeBytes }] of inOrder) {
    if (offset !== place) {
      throw fault(
        `tensor "${name}" begins at byte ${offset}`,
        `${place}, where the one before it ends`,
      );
    }
    place = offset + sizeBytes;
  }
  if (place !== end) {
    throw fault(
      `its tensors end at byte ${place} of ${end}`,
      "nothing behind them and no tensor twice",
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    isObject(value) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

function parseEntry(entry: unknown, fault: (expected: string) => RangeError) {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as Record<string, unknown>;
  const isSize = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw fault(`a dtype among ${Object.keys(DTYPE_BYTES).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw fault("a shape of whole numbers");
  }
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isSize)
  ) {
    throw fault("two data offsets");
  }
  const [begin, end] = offsets as [number, number];
  return { dtype: dtype as Dtype, shape, begin, end };
}

/** Reads one tensor's bytes into memory, out of a file of any format. */
export function readTensorBytes(
  location: Pick<TensorLocation, "file" | "offset" | "sizeBytes">,
): Uint8Array {
  const bytes = new Uint8Array(location.sizeBytes);
  return withOrdinaryFile(location.file, (descriptor) => {
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(
        descriptor,
        bytes,
        done,
        bytes.length - done,
        location.offset + done,
      );
      if (count === 0) {
        throw new RangeError(
          `Cannot read ${location.file}: it ended after ${done} of ${bytes.length} bytes of a tensor`,
        );
      }
      done += count;
    }
    return bytes;
  });
}
