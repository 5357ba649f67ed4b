// Chooses the family of a model. The graphs are built from the `Gpt` that comes back and know no family.

import { assertNever } from "../../common/assertNever";
import type { GraphBuilder } from "../../onnx/graphBuilder";
import type { Gpt, GptOptions } from "../layers/gpt";
import { Gemma } from "./gemma";
import { Gpt2 } from "./gpt2";
import { Llama } from "./llama";
import { StarCoder2 } from "./starcoder2";
import type { ModelFolder } from "../files/modelFolder";

export type * from "../layers/gpt";

/** Declares the weights of the model in `folder` in a root graph. */
export function declareGpt(
  root: GraphBuilder,
  folder: ModelFolder,
  options: GptOptions,
): Gpt {
  const { config } = folder;
  switch (config.architecture) {
    case "llama":
      return new Llama(root, { ...folder, config }, options);
    case "gemma3":
      return new Gemma(root, { ...folder, config }, options);
    case "starcoder2":
      return new StarCoder2(root, { ...folder, config }, options);
    case "gpt2":
      return new Gpt2(root, { ...folder, config }, options);
    default:
      return assertNever(config);
  }
}
