// GGUF files that are no whole model with one feed-forward network a layer, named for what they are.
// Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { FaultError, type FaultCode } from "../../common/fault";
import type { GgufFile } from "../../formats/ggufFile";

/** Throws for an adapter and a mixture of experts. */
export function refuseOtherGguf({ file, metadata }: GgufFile): void {
  const fault = (code: FaultCode, state: string, expected: string) =>
    new FaultError(`Cannot import ${file}: ${state}, expected ${expected}`, {
      code,
      path: file,
    });
  if (metadata.text("general.type", "model") === "adapter") {
    throw fault(
      "no-whole-model",
      "it is a LoRA adapter",
      "a whole model; of adapters those are read that Inkling or peft has made",
    );
  }
  const architecture = metadata.text("general.architecture");
  const numExperts = metadata.count(`${architecture}.expert_count`, 0);
  if (numExperts > 0) {
    throw fault(
      "unread-family",
      `it is a mixture of ${numExperts} experts`,
      "a model of one feed-forward network a layer",
    );
  }
}
