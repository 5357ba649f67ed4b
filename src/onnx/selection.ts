// Operators that pick, cut and join entries, each with its gradient rule: what was picked gets its gradient back at its
// place, what was left out gets zeros.

import { expand, reshape, shapeOf } from "./arithmetic";
import { int, text } from "./attributes";
import type { GraphBuilder, Value } from "./graphBuilder";
import { absoluteAxis } from "./shapes";

export function concat(
  graph: GraphBuilder,
  parts: Value[],
  axis: number,
): Value {
  return graph.single("Concat", parts, {
    attributes: { axis: int(axis) },
    gradient: ({ graph, dy }) => {
      let end = 0;
      return parts.map((part) => {
        const start = end;
        end += shapeOf(part).at(axis)!;
        const bounds = { starts: [start], ends: [end] };
        return () =>
          slice(graph, dy, {
            starts: graph.ints(bounds.starts),
            ends: graph.ints(bounds.ends),
            axis,
          });
      });
    },
  });
}

/** Picks the entries of `x` along `axis` whose places are in `indices`. */
export function gather(
  graph: GraphBuilder,
  [x, indices]: [Value, Value],
  axis: number,
): Value {
  return graph.single("Gather", [x, indices], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, dy }) => [
      () => {
        if (axis !== 0) {
          throw new TypeError(
            `Cannot differentiate Gather: axis is ${axis}, expected 0`,
          );
        }
        return scatterRows(graph, { rows: dy, indices, shape: shapeOf(x) });
      },
      undefined,
    ],
  });
}

/** Adds up `rows` at their places in zeros of `shape`: the reverse of a lookup. */
function scatterRows(
  graph: GraphBuilder,
  {
    rows,
    indices,
    shape,
  }: { rows: Value; indices: Value; shape: readonly number[] },
): Value {
  const rowShape = shape.slice(1);
  const places = reshape(graph, [
    indices,
    graph.ints([-1, ...rowShape.map(() => 1)]),
  ]); // [count, 1, ...]
  const flat = graph.ints([shapeOf(places)[0]!, ...rowShape]);
  return scatterElements(
    graph,
    [
      expand(graph, [graph.floats([0]), graph.ints([...shape])]),
      expand(graph, [places, flat]),
      reshape(graph, [rows, flat]),
    ],
    { axis: 0, adds: true },
  );
}

/** Puts `updates` at `indices` of a copy of `x`, along `axis`, or adds them to what is there. */
export function scatterElements(
  graph: GraphBuilder,
  [x, indices, updates]: [Value, Value, Value],
  { axis, adds = false }: { axis: number; adds?: boolean },
): Value {
  return graph.single("ScatterElements", [x, indices, updates], {
    attributes: {
      axis: int(axis),
      ...(adds && { reduction: text("add") }),
    },
  });
}

/** Picks `x[..., indices[...]]` along `axis`, `indices` having the rank of `x`. */
export function gatherElements(
  graph: GraphBuilder,
  [x, indices]: [Value, Value],
  axis: number,
): Value {
  return graph.single("GatherElements", [x, indices], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, dy }) => [
      () => {
        const shape = graph.ints([...shapeOf(x)]);
        const zeros = expand(graph, [graph.floats([0]), shape]);
        return scatterElements(graph, [zeros, indices, dy], {
          axis,
          adds: true,
        });
      },
      undefined,
    ],
  });
}

/** `x[starts..ends]` along `axis`; the bounds are int64 vectors of one entry. */
export function slice(
  graph: GraphBuilder,
  x: Value,
  { starts, ends, axis }: { starts: Value; ends: Value; axis: number },
): Value {
  return graph.single("Slice", [x, starts, ends, graph.ints([axis])], {
    gradient: ({ graph, dy }) => [
      () => padBack(graph, dy, { x, start: starts.ints?.[0], axis }),
    ],
  });
}

/** Puts zeros where a slice of `x` that begins at `start` left entries out. */
function padBack(
  graph: GraphBuilder,
  gradient: Value,
  { x, start, axis }: { x: Value; start: number | undefined; axis: number },
): Value {
  if (start === undefined || start < 0) {
    throw new TypeError(
      `Cannot differentiate Slice: it begins at ${start ?? "a computed place"}, expected a constant from the front`,
    );
  }
  const shape = shapeOf(x);
  const along = absoluteAxis(axis, shape.length);
  const after = shape[along]! - start - shapeOf(gradient)[along]!;
  const pads = [
    ...shape.map((_, other) => (other === along ? start : 0)),
    ...shape.map((_, other) => (other === along ? after : 0)),
  ];
  return graph.single("Pad", [gradient, graph.ints(pads)]);
}

/** Cuts `x` along `axis` into parts of the given sizes. */
export function split(
  graph: GraphBuilder,
  x: Value,
  { sizes, axis }: { sizes: number[]; axis: number },
): Value[] {
  return graph.node("Split", [x, graph.ints(sizes)], {
    attributes: { axis: int(axis) },
    outputs: sizes.map(() => true),
    gradients: ({ graph, outputs, gradients }) => [
      () => concat(graph, withZeros(graph, outputs, gradients), axis),
    ],
  });
}

/** Splits the last axis into `numParts` equal parts. */
export function splitLast(
  graph: GraphBuilder,
  x: Value,
  numParts: number,
): Value[] {
  return graph.node("Split", [x], {
    attributes: { axis: int(-1), num_outputs: int(numParts) },
    outputs: Array.from({ length: numParts }, () => true),
    gradients: ({ graph, outputs, gradients }) => [
      () => concat(graph, withZeros(graph, outputs, gradients), -1),
    ],
  });
}

/** The gradients, zeros where there is none. */
function withZeros(
  graph: GraphBuilder,
  outputs: readonly Value[],
  gradients: readonly (Value | undefined)[],
): Value[] {
  return outputs.map((output, index) => {
    const shape = graph.ints([...shapeOf(output)]);
    return gradients[index] ?? expand(graph, [graph.floats([0]), shape]);
  });
}
