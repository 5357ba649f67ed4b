// Writes `.safetensors` files: tensors in the given order, cut into shards, each loaded only when it is written.
// Data begins at a multiple of 64 bytes (the header is padded with spaces); tensors follow each other without gaps, as the format demands.

import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { DTYPE_BYTES, type Dtype } from "./safetensors";

/** A tensor to be written. */
export interface TensorHeader {
  name: string;
  dtype: Dtype;
  shape: number[];
}

/** Tensors that are made together: `load` gives the bytes of each, in the order of `headers`. */
export interface TensorBatch {
  headers: TensorHeader[];
  load: () => Uint8Array[];
}

/** Shards stay below 48 MB, which hosts of git repositories take without complaint. */
const MAX_SHARD_BYTES = 47_000_000;

/** transformers asks which framework wrote a file, and "pt" is the answer that every loader takes. */
const DEFAULT_METADATA = { format: "pt" };

const ALIGNMENT_BYTES = 64;

/** Room that a tensor's header entry takes beside its name. */
const HEADER_ENTRY_BYTES = 128;

interface Shard {
  headers: TensorHeader[];
  sizeBytes: number;
}

/**
 * Writes `model.safetensors`, or `model-00001-of-0000N.safetensors` and their index where one file would be too large.
 * Only a single tensor above `maxShardBytes` makes a larger file.
 */
export function writeSafetensors(
  directory: string,
  batches: TensorBatch[],
  {
    maxShardBytes = MAX_SHARD_BYTES,
    onProgress = () => {},
  }: {
    maxShardBytes?: number;
    onProgress?: (fraction: number) => void;
  } = {},
): void {
  const shards = planShards(
    batches.flatMap((batch) => batch.headers),
    maxShardBytes,
  );
  const totalBytes = shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const fileNames = shards.map((_, index) => shardName(index, shards.length));
  const tensors = loadInOrder(batches);
  let doneBytes = 0;
  shards.forEach(({ headers }, index) =>
    writeFile(path.join(directory, fileNames[index]!), {
      headers,
      tensors,
      onWritten(header) {
        doneBytes += tensorBytes(header);
        onProgress(doneBytes / totalBytes);
      },
    }),
  );
  if (shards.length > 1) writeIndex(directory, { shards, fileNames });
}

/** Writes all tensors into one file, with texts in its header. */
export function writeSafetensorsFile(
  file: string,
  batches: TensorBatch[],
  metadata?: Record<string, string>,
): void {
  writeFile(file, {
    headers: batches.flatMap((batch) => batch.headers),
    tensors: loadInOrder(batches),
    metadata,
  });
}

/** Takes the next of `tensors` for each header. */
function writeFile(
  file: string,
  {
    headers,
    tensors,
    metadata = DEFAULT_METADATA,
    onWritten = () => {},
  }: {
    headers: TensorHeader[];
    tensors: Iterator<Uint8Array>;
    metadata?: Record<string, string> | undefined;
    onWritten?: (header: TensorHeader) => void;
  },
): void {
  const descriptor = openSync(file, "w");
  try {
    writeAll(descriptor, formatHeader(headers, metadata));
    for (const header of headers) {
      writeAll(descriptor, takeNext(tensors, header));
      onWritten(header);
    }
  } finally {
    closeSync(descriptor);
  }
}

function planShards(headers: TensorHeader[], maxShardBytes: number): Shard[] {
  const shards: Shard[] = [];
  let fileBytes = 0;
  for (const header of headers) {
    const sizeBytes = tensorBytes(header);
    const withHeader = sizeBytes + header.name.length + HEADER_ENTRY_BYTES;
    if (shards.length === 0 || fileBytes + withHeader > maxShardBytes) {
      shards.push({ headers: [], sizeBytes: 0 });
      fileBytes = HEADER_ENTRY_BYTES;
    }
    const shard = shards.at(-1)!;
    shard.headers.push(header);
    shard.sizeBytes += sizeBytes;
    fileBytes += withHeader;
  }
  return shards;
}

function shardName(index: number, numShards: number): string {
  if (numShards === 1) return "model.safetensors";
  const pad = (number: number) => String(number).padStart(5, "0");
  return `model-${pad(index + 1)}-of-${pad(numShards)}.safetensors`;
}

function tensorBytes({ dtype, shape }: TensorHeader): number {
  return shape.reduce((product, dim) => product * dim, DTYPE_BYTES[dtype]);
}

/** How many bytes tensors take, without their headers. */
export function bytesOfBatches(batches: readonly TensorBatch[]): number {
  return batches
    .flatMap(({ headers }) => headers)
    .reduce((sum, header) => sum + tensorBytes(header), 0);
}

/** The beginning of a file whose tensors follow in this order. */
export function formatHeader(
  headers: TensorHeader[],
  metadata: Record<string, string>,
): Uint8Array {
  let offset = 0;
  const entries = headers.map((header) => {
    const begin = offset;
    offset += tensorBytes(header);
    const { name, dtype, shape } = header;
    return [name, { dtype, shape, data_offsets: [begin, offset] }];
  });
  const json = JSON.stringify({
    __metadata__: metadata,
    ...Object.fromEntries(entries),
  });
  const jsonBytes = Buffer.byteLength(json);
  const headerBytes =
    Math.ceil((8 + jsonBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES - 8;
  const bytes = Buffer.alloc(8 + headerBytes, " ");
  bytes.writeBigUInt64LE(BigInt(headerBytes));
  bytes.write(json, 8);
  return bytes;
}

function* loadInOrder(batches: TensorBatch[]) {
  for (const batch of batches) yield* batch.load();
}

function takeNext(
  tensors: Iterator<Uint8Array>,
  header: TensorHeader,
): Uint8Array {
  const { value: bytes } = tensors.next() as IteratorResult<
    Uint8Array,
    undefined
  >;
  if (bytes?.byteLength !== tensorBytes(header)) {
    throw new RangeError(
      `Cannot write tensor "${header.name}": it has ${bytes?.byteLength ?? "no"} bytes, expected ${tensorBytes(header)}`,
    );
  }
  return bytes;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(descriptor, bytes, done, bytes.length - done);
  }
}

function writeIndex(
  directory: string,
  { shards, fileNames }: { shards: Shard[]; fileNames: string[] },
): void {
  const weightMap = shards.flatMap(({ headers }, index) =>
    headers.map(({ name }) => [name, fileNames[index]] as const),
  );
  const index = {
    metadata: {
      total_size: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    },
    weight_map: Object.fromEntries(weightMap),
  };
  writeFileSync(
    path.join(directory, "model.safetensors.index.json"),
    `${JSON.stringify(index, null, 2)}\n`,
  );
}
