// An adapter as one file, to hand on: its safetensors file with peft's configuration and our manifest as texts among
// its metadata. Whatever reads safetensors reads the weights; unpacked, the folder is the one that was packed.

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import {
  readSafetensors,
  readTensorBytes,
  type SafetensorsHeader,
  type TensorLocation,
} from "../formats/safetensors";
import {
  formatHeader,
  writeSafetensorsFile,
} from "../formats/safetensorsWriter";
import {
  CONFIG_FILE,
  MANIFEST_FILE,
  MAX_TEXT_BYTES,
  WEIGHTS_FILE,
} from "./adapterNames";

/** Keys of the metadata and the files whose text stands under them. */
const TEXT_FILES = {
  inkling_adapter_config: CONFIG_FILE,
  inkling_manifest: MANIFEST_FILE,
};

/** Writes an adapter's folder as one file. */
export function packAdapter(folder: string, file: string): void {
  const { tensors, metadata } = readSafetensors(
    path.join(folder, WEIGHTS_FILE),
  );
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = path.join(folder, name);
    if (existsSync(text)) metadata[key] = readFileSync(text, "utf8");
  }
  const write = (partial: string) =>
    copyTensors(partial, { tensors, metadata });
  const { size } = statSync(path.join(folder, WEIGHTS_FILE));
  writeFileAtomically(file, write, {
    action: "export an adapter to",
    neededBytes: size,
  });
}

/** Bytes that are copied at once. */
const CHUNK_BYTES = 1024 * 1024;

/** Writes the files of a packed adapter into a folder, piece by piece; rejects when the file holds none. */
export async function unpackAdapter(
  file: string,
  folder: string,
): Promise<void> {
  const { tensors, metadata } = readSafetensors(file, {
    maxHeaderBytes: MAX_TEXT_BYTES,
  });
  for (const [key, name] of Object.entries(TEXT_FILES)) {
    const text = metadata[key];
    delete metadata[key];
    if (text !== undefined) writeFileSync(path.join(folder, name), text);
    else if (name === CONFIG_FILE) {
      throw new Error(
        `Cannot import ${file}: it holds no ${CONFIG_FILE}, expected a file that Inkling has exported; weights alone belong into a folder with one`,
      );
    }
  }
  const from = await open(file, "r");
  const to = await open(path.join(folder, WEIGHTS_FILE), "w");
  try {
    const headers = [...tensors].map(([name, { dtype, shape }]) => ({
      name,
      dtype,
      shape,
    }));
    await to.writeFile(formatHeader(headers, metadata));
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (const location of tensors.values()) {
      await appendPart({ from, to, chunk }, location);
    }
    await to.sync();
  } finally {
    await from.close();
    await to.close();
  }
}

async function appendPart(
  { from, to, chunk }: { from: FileHandle; to: FileHandle; chunk: Buffer },
  { file, offset, sizeBytes }: TensorLocation,
): Promise<void> {
  for (let done = 0; done < sizeBytes;) {
    const wanted = Math.min(chunk.length, sizeBytes - done);
    const { bytesRead } = await from.read(chunk, 0, wanted, offset + done);
    if (bytesRead === 0) {
      throw new RangeError(
        `Cannot read ${file}: it ended after ${done} of ${sizeBytes} bytes of a tensor`,
      );
    }
    await to.writeFile(chunk.subarray(0, bytesRead));
    done += bytesRead;
  }
}

function copyTensors(
  file: string,
  { tensors, metadata }: SafetensorsHeader,
): void {
  const batches = [...tensors].map(([name, location]) => ({
    headers: [{ name, dtype: location.dtype, shape: location.shape }],
    load: () => [readTensorBytes(location)],
  }));
  writeSafetensorsFile(file, batches, metadata);
}
