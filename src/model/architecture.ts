// Chooses the family of a model. The graphs are built from the `Gpt` that comes back and know no family.

import type { GraphBuilder } from "../onnx/graphBuilder";
import type { Gpt, GptOptions } from "./gpt";
import { Llama } from "./llama";
import type { ModelFolder } from "./modelFolder";

export type * from "./gpt";

/** Declares the weights of the model in `folder` in a root graph. */
export function declareGpt(
  root: GraphBuilder,
  folder: ModelFolder,
  options: GptOptions,
): Gpt {
  return new Llama(root, folder, options);
}
