// Opens a GGUF file: metadata and where each tensor lies, checked against the file's size before anything is believed.
// The header is parsed by @huggingface/gguf; that library reads beyond a file's end as zeros, hence the checks here.

import { readSync } from "node:fs";
import path from "node:path";
import { inspect } from "node:util";
import { gguf, GGMLQuantizationType } from "@huggingface/gguf";
import { refuseLfsPointer, withOrdinaryFile } from "../common/ordinaryFile";
import { walkGgufHeader } from "./ggufHeader";
import {
  formatBytes,
  isWeightFormat,
  WEIGHT_FORMATS,
  type WeightFormat,
} from "./weightFormats";

/** What a GGUF file says of its tokenizer (`tokenizer.ggml.*`, `tokenizer.chat_template`). */
export interface GgufTokenizer {
  tokens: string[];
  /** 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. */
  tokenTypes: number[];
  /** How tokens spell text: in the byte alphabet ("gpt2"), or as SentencePiece does ("llama"); "gpt2" when left out. */
  kind?: "gpt2" | "llama";
  /** Pairs as `left right`, most important first; of the byte alphabet alone. */
  merges: string[];
  /** Of each token; of SentencePiece alone: the higher of what two neighbours make together comes first. */
  scores?: number[];
  /** Name of the split rules, `tokenizer.ggml.pre`. */
  preTokenizer: string;
  /** Whether a text gets a space in front; of SentencePiece alone. */
  addSpacePrefix?: boolean;
  bosTokenId?: number;
  eosTokenId?: number;
  unknownTokenId?: number;
  paddingTokenId?: number;
  /** Around a gap, of models of code. */
  fimPrefixTokenId?: number;
  fimSuffixTokenId?: number;
  fimMiddleTokenId?: number;
  /** Undefined where the file does not say. */
  addBosToken?: boolean;
  chatTemplate?: string;
}

/** A tensor in a GGUF file, under llama.cpp's name. */
export interface GgufTensor {
  file: string;
  /** Bytes from the start of the file. */
  offset: number;
  sizeBytes: number;
  format: WeightFormat;
  /** Rows first (GGUF itself writes columns first). */
  shape: number[];
}

/** An opened GGUF file. */
export interface GgufFile {
  file: string;
  metadata: GgufMetadata;
  tensors: Map<string, GgufTensor>;
}

/** Bytes of the shortest metadata entry and the shortest tensor entry: what a count may claim at most. */
const MIN_METADATA_BYTES = 13;
const MIN_TENSOR_BYTES = 24;

const TOKENS_KEY = "tokenizer.ggml.tokens";

/** Opens a GGUF file; throws when its header does not fit the file or when a tensor is quantised in an unknown way. */
export async function openGguf(file: string): Promise<GgufFile> {
  const fileBytes = checkPreamble(file);
  const texts = walkGgufHeader(file, new Set([TOKENS_KEY]));
  const { metadata, tensorInfos, tensorDataOffset, tensorInfoByteRange } =
    await parseHeader(file);
  const fault = (state: string, expected: string) =>
    new RangeError(`Cannot import ${file}: ${state}, expected ${expected}`);
  const [, headerBytes] = tensorInfoByteRange;
  if (headerBytes > fileBytes) {
    throw fault(
      `its header ends at byte ${headerBytes} of ${fileBytes}`,
      "a complete file; this one is truncated or its lengths are wrong",
    );
  }
  const tensors = new Map<string, GgufTensor>();
  for (const { name, shape: columnsFirst, dtype, offset } of tensorInfos) {
    const shape = columnsFirst.map(Number).reverse();
    const label = `tensor "${name}"`;
    if (tensors.has(name)) throw fault(`${label} is there twice`, "once");
    const format = GGMLQuantizationType[dtype] ?? `type ${dtype}`;
    if (!isWeightFormat(format)) {
      throw fault(
        `${label} is quantised as ${format}`,
        `one of ${Object.keys(WEIGHT_FORMATS).join(", ")}`,
      );
    }
    const { blockSize } = WEIGHT_FORMATS[format];
    if (shape.length === 0 || shape.at(-1)! % blockSize !== 0) {
      throw fault(
        `${label} has shape [${shape.join(", ")}]`,
        `rows of whole ${format} blocks of ${blockSize}`,
      );
    }
    const numWeights = shape.reduce((product, dim) => product * dim, 1);
    const sizeBytes = formatBytes(format, numWeights);
    const start = Number(tensorDataOffset + offset);
    if (!(start + sizeBytes <= fileBytes)) {
      throw fault(
        `${label} ends at byte ${start + sizeBytes} of ${fileBytes}`,
        "a complete file; this one is truncated or its lengths are wrong",
      );
    }
    tensors.set(name, { file, offset: start, sizeBytes, format, shape });
  }
  const values = new GgufMetadata(
    file,
    Object.fromEntries([...Object.entries(metadata), ...texts]),
  );
  checkPlaces(tensors, { alignment: alignmentOf(values, fault), fault });
  return { file, metadata: values, tensors };
}

type MakeFault = (state: string, expected: string) => RangeError;

/** Where tensors begin: at multiples of this many bytes. */
function alignmentOf(metadata: GgufMetadata, fault: MakeFault): number {
  const alignment = metadata.positiveInteger("general.alignment", 32);
  if (alignment % 8 === 0) return alignment;
  throw fault(
    `metadata "general.alignment" is ${alignment}`,
    "a multiple of 8",
  );
}

/** Throws where a tensor begins out of place or within another. */
function checkPlaces(
  tensors: ReadonlyMap<string, GgufTensor>,
  { alignment, fault }: { alignment: number; fault: MakeFault },
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset);
  let end = 0;
  for (const [name, { offset, sizeBytes }] of inOrder) {
    if (offset % alignment !== 0) {
      throw fault(
        `tensor "${name}" begins at byte ${offset}`,
        `a multiple of ${alignment}`,
      );
    }
    if (offset < end) {
      throw fault(
        `tensor "${name}" begins at byte ${offset}, within another one`,
        `${end} or more`,
      );
    }
    end = offset + sizeBytes;
  }
}

/** Checks magic, version and counts, so that lies do not reach the parser; returns the file's size. */
function checkPreamble(file: string): number {
  const fault = (state: string, expected: string) =>
    new RangeError(`Cannot import ${file}: ${state}, expected ${expected}`);
  const preamble = Buffer.alloc(24);
  const fileBytes = withOrdinaryFile(file, (descriptor, sizeBytes) => {
    readSync(descriptor, preamble, 0, preamble.length, 0);
    return sizeBytes;
  });
  const magic = preamble.toString("latin1", 0, 4);
  if (magic !== "GGUF") {
    refuseLfsPointer(file, preamble);
    throw fault(
      `it begins with ${JSON.stringify(magic)}`,
      '"GGUF"; this is not a GGUF file',
    );
  }
  if (fileBytes < preamble.length) {
    throw fault(`it has ${fileBytes} bytes`, "a complete GGUF file");
  }
  const version = preamble.readUInt32LE(4);
  if (version !== 2 && version !== 3) {
    throw fault(`its version is ${version}`, "2 or 3, little-endian");
  }
  const checkCount = (what: string, count: bigint, minBytes: number) => {
    if (count * BigInt(minBytes) > BigInt(fileBytes)) {
      throw fault(
        `its header counts ${count} ${what} in ${fileBytes} bytes`,
        `at most ${Math.floor(fileBytes / minBytes)}`,
      );
    }
  };
  checkCount("tensors", preamble.readBigUInt64LE(8), MIN_TENSOR_BYTES);
  checkCount("metadata", preamble.readBigUInt64LE(16), MIN_METADATA_BYTES);
  return fileBytes;
}

async function parseHeader(file: string) {
  try {
    // An absolute path cannot be taken for an address on the network.
    return await gguf(path.resolve(file), { allowLocalFile: true });
  } catch (error) {
    throw new RangeError(
      `Cannot import ${file}: ${(error as Error).message}, expected a complete GGUF file`,
      { cause: error },
    );
  }
}

/** Typed look-ups in a GGUF file's metadata, with messages that name the key. */
export class GgufMetadata {
  constructor(
    private readonly file: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  text(key: string, fallback?: string): string {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "string") throw this.fault(key, "a string");
    return value;
  }

  flag(key: string, fallback?: boolean): boolean {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "boolean") throw this.fault(key, "true or false");
    return value;
  }

  positiveNumber(key: string, fallback?: number): number {
    const value = toNumber(this.values[key] ?? fallback);
    if (value === undefined || !(value > 0)) {
      throw this.fault(key, "a number above 0");
    }
    return value;
  }

  positiveInteger(key: string, fallback?: number): number {
    const value = this.positiveNumber(key, fallback);
    if (!Number.isSafeInteger(value)) {
      throw this.fault(key, "a whole number above 0");
    }
    return value;
  }

  /** A whole number, 0 included. */
  count(key: string, fallback: number): number {
    const value = toNumber(this.values[key] ?? fallback);
    if (value === undefined || !Number.isSafeInteger(value) || value < 0) {
      throw this.fault(key, "a whole number");
    }
    return value;
  }

  /** A token id, or undefined where the key is not there. */
  tokenId(key: string): number | undefined {
    if (!this.has(key)) return undefined;
    const value = toNumber(this.values[key]);
    if (value === undefined || !Number.isSafeInteger(value) || value < 0) {
      throw this.fault(key, "a token id");
    }
    return value;
  }

  texts(key: string): string[] {
    return this.list(key, (item) =>
      typeof item === "string" ? item : undefined,
    );
  }

  numbers(key: string): number[] {
    return this.list(key, toNumber);
  }

  private list<T>(key: string, read: (item: unknown) => T | undefined): T[] {
    const value = this.values[key];
    if (!Array.isArray(value)) throw this.fault(key, "a list");
    return value.map((item) => {
      const result = read(item);
      if (result === undefined) {
        throw this.fault(key, "a list of items of one kind");
      }
      return result;
    });
  }

  private fault(key: string, expected: string): TypeError {
    const value = this.values[key];
    const state =
      value === undefined
        ? "is missing"
        : `is ${inspect(value, { maxArrayLength: 1 }).slice(0, 60)}`;
    return new TypeError(
      `Cannot import ${this.file}: metadata "${key}" ${state}, expected ${expected}`,
    );
  }
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}
