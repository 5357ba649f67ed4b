// Loads an engine for a command. Unlike the editor, which goes on without an adapter that cannot be used, a command that
// names one fails.

import { existsSync } from "node:fs";
import type { LoadModelRequest } from "../protocol/worker";
import {
  loadEngine,
  loadEngineParts,
  type Engine,
  type EngineParts,
} from "../engine/engine";
import { ModelCache } from "../models/modelCache";
import { defaultModelsFolder } from "../models/modelsFolder";
import { defaultCacheFolder } from "./places";

/** What commands say about the model; an empty `adapter` is none. */
export interface ModelChoice {
  model: string;
  adapter: string;
  threads: number;
}

/** The engine of a command; warnings about the adapter go to stderr. */
export async function loadForCommand(
  request: LoadModelRequest,
): Promise<Engine> {
  const engine = await loadEngine(request, () => {});
  const { adapter, adapterFault } = engine.description;
  if (adapterFault !== undefined) {
    await engine.dispose();
    throw new Error(adapterFault);
  }
  warn(adapter?.warnings);
  return engine;
}

/** The same for commands that time single runs. */
export async function loadPartsForCommand(
  request: LoadModelRequest,
): Promise<EngineParts> {
  const parts = await loadEngineParts(request, () => {});
  if (parts.adapterFault !== undefined) {
    await parts.sessions.decode.release();
    await parts.sessions.prefill?.release();
    throw new Error(parts.adapterFault);
  }
  warn(parts.adapter?.warnings);
  return parts;
}

/** What a command's options ask for. */
export function requestOf({
  model,
  adapter,
  threads,
}: ModelChoice): LoadModelRequest {
  return {
    modelFolder: existsSync(model) ? model : findImported(model),
    cacheFolder: defaultCacheFolder(),
    threads,
    adapterFolder: adapter === "" ? undefined : adapter,
  };
}

/** The folder of an imported model of that name; what is none is returned as it is, and loading says what is wrong. */
function findImported(name: string): string {
  return new ModelCache(defaultModelsFolder()).find(name)?.directory ?? name;
}

function warn(warnings: readonly string[] = []): void {
  for (const warning of warnings) process.stderr.write(`Note: ${warning}\n`);
}
