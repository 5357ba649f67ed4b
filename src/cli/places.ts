// Where the command line finds the embedded model and keeps what it derives.

import { homedir } from "node:os";
import path from "node:path";

export const EMBEDDED_MODEL = "smollm2-135m-instruct";

/** The folder of the embedded model, beside the bundle's folder `dist`. */
export function defaultModelFolder(): string {
  return path.resolve(__dirname, "..", "models", EMBEDDED_MODEL);
}

/** Where forms of the weights that are derived on first load are kept. */
export function defaultCacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return path.join(base, "inkling");
}
