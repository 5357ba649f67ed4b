// Where other programs of this field keep their models, by their own rules.
//
// Hugging Face: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
// Ollama: OLLAMA_MODELS, and the service's own user on Linux. llama.cpp: `fs_get_cache_directory` in common/common.cpp.

import path from "node:path";
import type { ModelPlace } from "../protocol/models";
import { thisMachine, type Machine } from "./modelsFolder";

/** The folders to look into, whether they are there or not. */
export function usualPlaces(machine: Machine = thisMachine()): ModelPlace[] {
  const { env, home, platform } = machine;
  const cache = env["XDG_CACHE_HOME"] || path.join(home, ".cache");
  const hubHome = env["HF_HOME"] || path.join(cache, "huggingface");
  return [
    {
      origin: "hub-cache",
      folder: env["HF_HUB_CACHE"] || path.join(hubHome, "hub"),
    },
    { origin: "lm-studio", folder: path.join(home, ".lmstudio", "models") },
    {
      origin: "lm-studio",
      folder: path.join(home, ".cache", "lm-studio", "models"),
    },
    {
      origin: "ollama",
      folder: env["OLLAMA_MODELS"] || path.join(home, ".ollama", "models"),
    },
    ...(platform === "linux"
      ? [
          {
            origin: "ollama" as const,
            folder: "/usr/share/ollama/.ollama/models",
          },
        ]
      : []),
    {
      origin: "llama.cpp",
      folder: env["LLAMA_CACHE"] || llamaCppCache(machine, cache),
    },
  ];
}

function llamaCppCache({ platform, env, home }: Machine, cache: string): string {
  if (platform === "win32") {
    const local = env["LOCALAPPDATA"] || path.join(home, "AppData", "Local");
    return path.join(local, "llama.cpp");
  }
  return platform === "darwin"
    ? path.join(home, "Library", "Caches", "llama.cpp")
    : path.join(cache, "llama.cpp");
}
