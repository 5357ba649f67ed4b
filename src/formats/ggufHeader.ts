// Walks through the header of a GGUF file, so that no length in it reaches beyond the file: the library that reads it
// would take what lies beyond for zeros, and go through a list of a trillion of them.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { readSync } from "node:fs";
import { withOrdinaryFile } from "../common/ordinaryFile";

/** Bytes of a value by its type; texts and lists have lengths of their own. */
const SCALAR_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
const TEXT = 8;
const LIST = 9;
/** Lists of lists are allowed, and nobody writes them. */
const MAX_LIST_DEPTH = 2;
const MAX_DIMENSIONS = 4;
const MAX_NAME_BYTES = 65_535;
const CHUNK_BYTES = 1 << 20;

/**
 * Throws where the header does not fit into the file. Answers the lists of texts under `textKeys`: the library takes a
 * byte order mark off each text, of which Llama 2 and Gemma have tokens.
 */
export function walkGgufHeader(
  file: string,
  textKeys: ReadonlySet<string> = new Set(),
): Map<string, string[]> {
  return withOrdinaryFile(file, (descriptor, fileBytes) => {
    const texts = new Map<string, string[]>();
    const reader = new HeaderReader(descriptor, fileBytes, file);
    reader.skip(8);
    const numTensors = reader.length("tensors");
    const numValues = reader.length("metadata");
    for (let i = 0; i < numValues; i++) {
      const key = reader.name();
      const type = reader.number32();
      const list =
        type === LIST && textKeys.has(key)
          ? readTexts(reader, key)
          : skipValue(reader, type, { key, depth: 0 });
      if (list) texts.set(key, list);
    }
    for (let i = 0; i < numTensors; i++) {
      const name = reader.name();
      const numDimensions = reader.number32();
      if (numDimensions > MAX_DIMENSIONS) {
        throw reader.fault(
          `tensor "${name}" has ${numDimensions} dimensions`,
          `at most ${MAX_DIMENSIONS}`,
        );
      }
      reader.skip(8 * numDimensions + 4 + 8);
    }
    return texts;
  });
}

/** A list of texts; a list of others is passed over. */
function readTexts(reader: HeaderReader, key: string): string[] | undefined {
  const itemType = reader.number32();
  if (itemType !== TEXT) {
    return skipItems(reader, itemType, { key, depth: 0 });
  }
  const count = reader.length(key);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(reader.text(reader.length(key)));
  return texts;
}

function skipValue(
  reader: HeaderReader,
  type: number,
  { key, depth }: { key: string; depth: number },
): undefined {
  if (type === TEXT) {
    reader.skip(reader.length(key));
    return;
  }
  const scalarBytes = SCALAR_BYTES[type];
  if (scalarBytes !== undefined) {
    reader.skip(scalarBytes);
    return;
  }
  if (type !== LIST || depth >= MAX_LIST_DEPTH) {
    throw reader.fault(`metadata "${key}" is of type ${type}`, "a known one");
  }
  skipItems(reader, reader.number32(), { key, depth });
}

function skipItems(
  reader: HeaderReader,
  itemType: number,
  { key, depth }: { key: string; depth: number },
): undefined {
  const count = reader.length(key);
  const itemBytes = SCALAR_BYTES[itemType];
  if (itemBytes !== undefined) {
    reader.skip(count * itemBytes);
    return;
  }
  for (let i = 0; i < count; i++) {
    skipValue(reader, itemType, { key, depth: depth + 1 });
  }
}

/** Reads numbers and passes over the rest, a chunk in memory at a time. */
class HeaderReader {
  private readonly chunk = Buffer.alloc(CHUNK_BYTES);
  private chunkStart = 0;
  private chunkBytes = 0;
  private place = 0;

  constructor(
    private readonly descriptor: number,
    private readonly fileBytes: number,
    private readonly file: string,
  ) {}

  skip(bytes: number): void {
    this.place += bytes;
    if (!(this.place <= this.fileBytes)) {
      throw this.fault(
        `its header ends at byte ${this.place} of ${this.fileBytes}`,
        "a complete file; this one is truncated or its lengths are wrong",
      );
    }
  }

  number32(): number {
    return this.take(4).readUInt32LE();
  }

  /** A count or a length: what is counted takes a byte each at least. */
  length(what: string): number {
    const length = this.take(8).readBigUInt64LE();
    if (length > BigInt(this.fileBytes)) {
      throw this.fault(
        `the length of "${what}" is ${length}`,
        `no more than the file's ${this.fileBytes} bytes`,
      );
    }
    return Number(length);
  }

  name(): string {
    const length = this.length("a name");
    if (length > MAX_NAME_BYTES) {
      throw this.fault(
        `a name has ${length} bytes`,
        `at most ${MAX_NAME_BYTES}`,
      );
    }
    return this.text(length);
  }

  text(numBytes: number): string {
    if (numBytes > MAX_NAME_BYTES) {
      throw this.fault(
        `a token has ${numBytes} bytes`,
        `at most ${MAX_NAME_BYTES}`,
      );
    }
    return this.take(numBytes).toString("utf8");
  }

  fault(state: string, expected: string): RangeError {
    return new RangeError(
      `Cannot import ${this.file}: ${state}, expected ${expected}`,
    );
  }

  private take(bytes: number): Buffer {
    const start = this.place;
    this.skip(bytes);
    const isThere =
      start >= this.chunkStart &&
      start + bytes <= this.chunkStart + this.chunkBytes;
    if (!isThere) {
      this.chunkStart = start;
      this.chunkBytes = readSync(
        this.descriptor,
        this.chunk,
        0,
        CHUNK_BYTES,
        start,
      );
    }
    const at = start - this.chunkStart;
    return this.chunk.subarray(at, at + bytes);
  }
}
