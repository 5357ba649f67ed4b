// An adapter as Python's peft writes it, without a manifest, for suites that never load it: of no model.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeSafetensorsFile } from "../../../src/formats/safetensorsWriter";

export function writeForeignAdapter(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const config = { peft_type: "LORA", r: 1, lora_alpha: 1 };
  writeFileSync(
    path.join(folder, "adapter_config.json"),
    JSON.stringify(config),
  );
  writeSafetensorsFile(path.join(folder, "adapter_model.safetensors"), [
    {
      headers: [{ name: "x", dtype: "F32", shape: [1] }],
      load: () => [new Uint8Array(4)],
    },
  ]);
}
