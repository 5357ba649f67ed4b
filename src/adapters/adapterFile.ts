// An adapter as one file, to hand on: its safetensors file with peft's configuration and our manifest as texts among
// its metadata. Whatever reads safetensors reads the weights; unpacked, the folder is the one that was packed.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE } from "./adapterNames";

/** Keys of the metadata and the files whose text stands under them. */
const TEXT_FILES = {
  inkling_adapter_config: CONFIG_FILE,
  inkling_manifest: MANIFEST_FILE,
};

/** A longer header belongs to no adapter. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

/** Tensors by name, and texts beside them. */
type Header = Record<string, unknown> & {
  __metadata__?: Record<string, string>;
};

interface WeightsFile {
  header: Header;
  body: Buffer;
}

/** Writes an adapter's folder as one file, beside its place first. */
export function packAdapter(folder: string, file: string): void {
  const { header, body } = readWeights(path.join(folder, WEIGHTS_FILE));
  const metadata: Record<string, string> = { ...header.__metadata__ };
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = path.join(folder, name);
    if (existsSync(text)) metadata[key] = readFileSync(text, "utf8");
  }
  const partial = `${file}.partial`;
  writeWeights(partial, {
    header: { ...header, __metadata__: metadata },
    body,
  });
  renameSync(partial, file);
}

/** Writes the files of a packed adapter into a folder; throws an error when the file holds none. */
export function unpackAdapter(file: string, folder: string): void {
  const { header, body } = readWeights(file);
  const metadata = { ...header.__metadata__ };
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = metadata[key];
    delete metadata[key];
    if (typeof text === "string") writeFileSync(path.join(folder, name), text);
    else if (name === CONFIG_FILE) {
      throw new Error(
        `Cannot import ${file}: it holds no ${CONFIG_FILE}, expected a file that Inkling has exported; weights alone belong into a folder with one`,
      );
    }
  }
  const weights = path.join(folder, WEIGHTS_FILE);
  writeWeights(weights, {
    header: { ...header, __metadata__: metadata },
    body,
  });
}

function readWeights(file: string): WeightsFile {
  const bytes = readFileSync(file);
  const fault = (state: string) =>
    new Error(`Cannot read ${file}: ${state}, expected a safetensors file`);
  if (bytes.length < 8) throw fault(`it has ${bytes.length} bytes`);
  const headerBytes = Number(bytes.readBigUInt64LE());
  if (headerBytes > Math.min(bytes.length - 8, MAX_HEADER_BYTES)) {
    throw fault("its header is cut off");
  }
  const text = bytes.subarray(8, 8 + headerBytes).toString();
  try {
    const header = JSON.parse(text) as Header;
    return { header, body: bytes.subarray(8 + headerBytes) };
  } catch {
    throw fault("its header is not JSON");
  }
}

/** Tensors stay where they were, counted from the header's end; spaces make that a multiple of eight. */
function writeWeights(file: string, { header, body }: WeightsFile): void {
  const text = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((8 - (text.length % 8)) % 8, " ");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  writeFileSync(file, Buffer.concat([length, text, padding, body]));
}
