// Brings a GGUF file or a Hugging Face folder into the cache of models: imported, calibrated, there whole or not at all.
// Whoever imports the same source at the same time waits for the other, and both have the one model.

import path from "node:path";
import { calibrate } from "../engine/measureImported";
import { importModel } from "../model/import/importModel";
import type { ModelCache } from "../models/modelCache";
import type { ImportProgress } from "../protocol/models";
import { buildTokenizerFiles } from "../tokenizer/buildTokenizerFiles";

/** What is imported, and with what. */
export interface ImportToCacheOptions {
  cache: ModelCache;
  /** A GGUF file, whatever its name ends in, or a folder. */
  source: string;
  /** What the model is called; as its source where it is left out. */
  name?: string | undefined;
  /** Of what was fetched: names the very bytes, wherever they lie. */
  identity?: string | undefined;
  /** Where forms of the weights that are derived on the way are kept. */
  derivedFolder: string;
  threads: number;
  onProgress?: (progress: ImportProgress) => void;
}

/** Imports a model unless it is there already; answers its folder. Throws what `importModel` throws. */
export async function importToCache({
  cache,
  source,
  name = path.basename(path.resolve(source), ".gguf"),
  identity,
  derivedFolder,
  threads,
  onProgress = () => {},
}: ImportToCacheOptions): Promise<string> {
  const directory = cache.directoryFor(source, { name, identity });
  cache.cleanUp();
  onProgress({ phase: "waiting" });
  if (await cache.waitFor(directory)) return directory;
  try {
    await importModel({
      source,
      directory,
      name,
      buildTokenizerFiles,
      // Another process may have come to the end first: it is the same model.
      mayReplace: true,
      onProgress: (fraction) => onProgress({ phase: "weights", fraction }),
      complete: async (temporary) => {
        onProgress({ phase: "measuring" });
        await calibrate(temporary, { cacheFolder: derivedFolder, threads });
      },
    });
  } catch (error) {
    // Where a folder in use cannot be replaced, the other process was faster.
    if (!(await cache.waitFor(directory))) throw error;
  }
  return directory;
}
