// What the headers of a model tell: how large it is and whether Inkling can read it. Nothing of the weights is read, so
// that a whole list is looked at in seconds; damage within them is found by the import.

import { statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { FaultError, faultOf } from "../common/fault";
import { openModelFolder } from "../model/files/modelFolder";
import { openFolderSource } from "../model/import/folderSource";
import { openGgufSource } from "../model/import/ggufSource";
import type { FoundModel } from "../protocol/models";
import { buildTokenizerFiles } from "../tokenizer/buildTokenizerFiles";

/** A model takes about as much memory as its weights do on the disk, and the machine has other things to do. */
const MAX_SHARE_OF_MEMORY = 0.5;

/** Looks at a file or a folder; what is wrong with it comes as its fault. */
export async function inspectModel(
  place: string,
  {
    name = path.basename(path.resolve(place)).replace(/\.gguf$/i, ""),
    origin,
    totalMemoryBytes = os.totalmem(),
  }: Partial<Pick<FoundModel, "name" | "origin">> & {
    totalMemoryBytes?: number;
  } = {},
): Promise<FoundModel> {
  const status = statSync(place, { throwIfNoEntry: false });
  const found: FoundModel = {
    name,
    path: place,
    origin,
    kind: status?.isDirectory() ? "folder" : "gguf",
    // A folder's own size says nothing of what is in it.
    sizeBytes: status?.isFile() ? status.size : 0,
    isImported: false,
    fault: undefined,
  };
  try {
    if (!status) {
      throw new FaultError(
        `Cannot open ${place}: there is no such file or folder, expected a GGUF file or a model's folder`,
        { code: "missing-file", path: place },
      );
    }
    if (found.kind === "folder") readFolder(found);
    else {
      const { title } = await openGgufSource(place, { buildTokenizerFiles });
      // Other programs' names for their files say more, with the owner or the tag.
      const isBare = origin !== "hub-cache" && origin !== "ollama";
      if (isBare && title !== undefined) found.name = title;
    }
    requireMemory(found, totalMemoryBytes);
  } catch (error) {
    found.fault = (error as Error).message;
    found.faultCode = faultOf(error).code;
  }
  return found;
}

function readFolder(found: FoundModel): void {
  const { config, tensors } = openModelFolder(found.path);
  const files = new Set([...tensors.values()].map(({ file }) => file));
  found.sizeBytes = [...files].reduce(
    (sum, file) => sum + statSync(file).size,
    0,
  );
  found.isImported = config.quantization !== undefined;
  if (!found.isImported) openFolderSource(found.path);
}

function requireMemory(
  { path: place, sizeBytes }: FoundModel,
  totalMemoryBytes: number,
): void {
  const most = totalMemoryBytes * MAX_SHARE_OF_MEMORY;
  if (sizeBytes <= most) return;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  throw new FaultError(
    `Cannot use ${place}: its weights have ${megabytes(sizeBytes)} MB, expected at most ${megabytes(most)}, half of this machine's memory`,
    { code: "too-large", path: place },
  );
}
