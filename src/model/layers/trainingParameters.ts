// The weights that learn: inputs of a training graph under the names that Hugging Face and peft give them, in the order
// in which they are declared. Everything else stays where the model folder has it.

import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import { readFloats } from "../quantise/dequantiseGroup";
import type { ModelFolder } from "../files/modelFolder";
import { findTensor } from "../files/weights";

/** A weight that learns. */
export interface TrainingParameter {
  /** Name of the graph's input; its gradient is the output `gradient:NAME`. */
  name: string;
  shape: readonly number[];
  /** The values before the first step; `random` gives numbers from 0 to 1. */
  init: (random: () => number) => Float32Array<ArrayBuffer>;
}

/** Declares parameters as inputs of a graph, once each. */
export class TrainingParameters {
  private readonly declared = new Map<
    string,
    { parameter: TrainingParameter; value: Value }
  >();

  constructor(private readonly root: GraphBuilder) {}

  /** The input of `parameter`; a second declaration under the same name gives the first one's. */
  declare(parameter: TrainingParameter): Value {
    const { name, shape } = parameter;
    const known = this.declared.get(name);
    if (known) return known.value;
    const value = this.root.input(name, "float32", [...shape]);
    this.declared.set(name, { parameter, value });
    return value;
  }

  /** A weight that starts from the value that the folder has. */
  declareStored(
    folder: ModelFolder,
    { name, shape }: { name: string; shape: number[] },
  ): Value {
    const location = findTensor(folder, name, shape);
    return this.declare({
      name,
      shape,
      init: () => Float32Array.from(readFloats(location)),
    });
  }

  get parameters(): TrainingParameter[] {
    return [...this.declared.values()].map(({ parameter }) => parameter);
  }

  get values(): Value[] {
    return [...this.declared.values()].map(({ value }) => value);
  }
}
