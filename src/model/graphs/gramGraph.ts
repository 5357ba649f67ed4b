// A graph that tells how the inputs of each linear layer go together, for rounding its weights: X^T X, X [T, numColumns].

import { gramName } from "../../common/graphNames";
import { GraphBuilder } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { declareGpt } from "../families/architecture";
import { declareCachedInputs } from "../layers/cachedAttention";
import { declareLinear } from "../layers/linearLayer";
import type { ModelFolder } from "../files/modelFolder";

/**
 * Inputs: those of `buildForwardGraph`. Outputs: `gram:NAME` float [numColumns, numColumns] for every linear group of
 * the decoder layers, by the group's name.
 */
export function buildGramGraph(folder: ModelFolder): {
  graph: Uint8Array;
  /** Names of groups, in the order in which they are computed. */
  groups: string[];
} {
  const graph = new GraphBuilder();
  const groups: string[] = [];
  const gpt = declareGpt(graph, folder, {
    kvScales: undefined,
    accuracyLevel: 1,
    linear(root, _folder, options) {
      const layer = declareLinear(root, folder, options);
      const { name, numColumns } = options.group;
      return {
        ...layer,
        apply(below, x) {
          const rows = onnx.reshape(below, [x, below.ints([-1, numColumns])]); // [T, numColumns]
          const gram = onnx.matMul(below, [
            onnx.transpose(below, rows, [1, 0]),
            rows,
          ]);
          below.output(gramName(name), gram, {
            type: "float32",
            shape: [numColumns, numColumns],
          });
          groups.push(name);
          return layer.apply(below, x);
        },
      };
    },
  });
  gpt.forward(graph, declareCachedInputs(graph, gpt.cache));
  return { graph: graph.toBytes(), groups };
}
