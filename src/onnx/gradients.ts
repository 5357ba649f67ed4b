// Reverse-mode differentiation: walks the tape of a graph backwards and adds the nodes that compute gradients.
// The rules stand beside the operators; this file only adds up what reaches a value along several ways.

import * as onnx from "./operators";
import type { GraphBuilder, TapeEntry, Value } from "./graphBuilder";

/**
 * Adds nodes to `graph` that compute the gradient of the scalar `loss` by each of `parameters`, values of `forward`;
 * `graph` is `forward` or a graph below it. Only ways that lead from a parameter to the loss get nodes.
 */
export function gradients(
  graph: GraphBuilder,
  {
    forward,
    loss,
    parameters,
  }: { forward: GraphBuilder; loss: Value; parameters: readonly Value[] },
): Value[] {
  const tape = [...forward.tape];
  const wanted = dependents(tape, parameters);
  const sums = new Map<Value, Value>([[loss, graph.floats([1])]]);

  for (const entry of tape.reverse()) {
    const outputGradients = entry.outputs.map((output) => sums.get(output));
    if (!outputGradients.some((gradient) => gradient !== undefined)) continue;
    if (!entry.inputs.some((input) => input && wanted.has(input))) continue;
    const { rule } = entry;
    if (!rule) {
      throw new TypeError(
        `Cannot differentiate ${entry.opType}: it has no gradient rule, and a parameter reaches the loss through it`,
      );
    }
    const contributions = rule({
      graph,
      outputs: entry.outputs,
      gradients: outputGradients,
    });
    entry.inputs.forEach((input, index) => {
      const contribute = contributions[index];
      if (!input || !contribute || !wanted.has(input)) return;
      addTo(sums, { graph, value: input, gradient: contribute() });
    });
  }
  return takeDistinct(graph, { sums, parameters });
}

/** The parameters and every value that is computed from one. */
function dependents(
  tape: readonly TapeEntry[],
  parameters: readonly Value[],
): Set<Value> {
  const found = new Set(parameters);
  for (const { inputs, outputs } of tape) {
    if (inputs.some((input) => input && found.has(input))) {
      outputs.forEach((output) => found.add(output));
    }
  }
  return found;
}

function addTo(
  sums: Map<Value, Value>,
  {
    graph,
    value,
    gradient,
  }: { graph: GraphBuilder; value: Value; gradient: Value },
): void {
  const before = sums.get(value);
  const sum = before ? onnx.add(graph, [before, gradient]) : gradient;
  sum.shape ??= value.shape;
  sums.set(value, sum);
}

/** One value per parameter, fit to become outputs: the same gradient may be that of two parameters. */
function takeDistinct(
  graph: GraphBuilder,
  {
    sums,
    parameters,
  }: { sums: Map<Value, Value>; parameters: readonly Value[] },
): Value[] {
  const taken = new Set<Value>();
  return parameters.map((parameter) => {
    const gradient = sums.get(parameter);
    if (!gradient) {
      throw new TypeError(
        `Cannot differentiate by "${parameter.name}": the loss does not depend on it`,
      );
    }
    const own = taken.has(gradient) ? onnx.identity(graph, gradient) : gradient;
    taken.add(gradient);
    return own;
  });
}
