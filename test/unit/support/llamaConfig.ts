import assert from "node:assert/strict";
import type { LlamaConfig } from "../../../src/model/files/config";
import type { ModelFolder } from "../../../src/model/files/modelFolder";

/** The config of a folder that holds a Llama. */
export function llamaConfig({
  config,
}: Pick<ModelFolder, "config">): LlamaConfig {
  assert.ok(config.architecture === "llama");
  return config;
}
