// Softmax, GELU and layer normalisation, each with its gradient rule in plain operators.

import {
  add,
  erf,
  exp,
  mul,
  reciprocal,
  reduceMean,
  reduceSum,
  reduceSumSquare,
  shapeOf,
  sqrt,
  sub,
  sumToShapeOf,
  tanh,
} from "./arithmetic";
import { float, int, text } from "./attributes";
import type { GraphBuilder, Value } from "./graphBuilder";

export function softmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("Softmax", [x], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, y, dy }) => [
      () => {
        const weighted = mul(graph, [dy, y]);
        const sum = reduceSum(graph, weighted, { axis, keepDims: true });
        return mul(graph, [y, sub(graph, [dy, sum])]);
      },
    ],
  });
}

export function logSoftmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("LogSoftmax", [x], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, y, dy }) => [
      () => {
        const sum = reduceSum(graph, dy, { axis, keepDims: true });
        return sub(graph, [dy, mul(graph, [exp(graph, y), sum])]);
      },
    ],
  });
}

/** GELU (arXiv:1606.08415), exact or by its approximation with tanh. */
export function gelu(
  graph: GraphBuilder,
  x: Value,
  approximate: "none" | "tanh",
): Value {
  return graph.single("Gelu", [x], {
    attributes: { approximate: text(approximate) },
    gradient: ({ graph, dy }) => [
      () => {
        const slope =
          approximate === "tanh"
            ? tanhGeluSlope(graph, x)
            : exactGeluSlope(graph, x);
        return mul(graph, [dy, slope]);
      },
    ],
  });
}

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** Of `x / 2 (1 + tanh(u))` with `u = sqrt(2 / pi) (x + 0.044715 x^3)`. */
function tanhGeluSlope(graph: GraphBuilder, x: Value): Value {
  const constant = (value: number) => graph.floats([value]);
  const square = mul(graph, [x, x]);
  /** sqrt(2 / pi) (1 + factor x^2) */
  const scaled = (factor: number) =>
    add(graph, [
      constant(GELU_SCALE),
      mul(graph, [square, constant(GELU_SCALE * factor)]),
    ]);
  const t = tanh(graph, mul(graph, [x, scaled(GELU_CUBIC)]));
  const inner = scaled(3 * GELU_CUBIC); // du/dx
  const bend = sub(graph, [constant(1), mul(graph, [t, t])]);
  // (1 + t + x (1 - t^2) du/dx) / 2
  const rise = mul(graph, [x, mul(graph, [bend, inner])]);
  const sum = add(graph, [constant(1), add(graph, [t, rise])]);
  return mul(graph, [sum, constant(0.5)]);
}

/** Of `x P(x)` with the normal distribution's P and density p: `P(x) + x p(x)`. */
function exactGeluSlope(graph: GraphBuilder, x: Value): Value {
  const constant = (value: number) => graph.floats([value]);
  const error = erf(graph, mul(graph, [x, constant(Math.SQRT1_2)]));
  const below = mul(graph, [add(graph, [error, constant(1)]), constant(0.5)]);
  const exponent = mul(graph, [mul(graph, [x, x]), constant(-0.5)]);
  const density = mul(graph, [
    exp(graph, exponent),
    constant(1 / Math.sqrt(2 * Math.PI)),
  ]);
  return add(graph, [below, mul(graph, [x, density])]);
}

/** `(x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias` over the last axis (arXiv:1607.06450). */
export function layerNormalization(
  graph: GraphBuilder,
  [x, weight, bias]: [Value, Value, Value],
  epsilon: number,
): Value {
  return graph.single("LayerNormalization", [x, weight, bias], {
    attributes: { axis: int(-1), epsilon: float(epsilon) },
    gradient: ({ graph, dy }) => {
      const lastAxis = { axis: -1, keepDims: true };
      const { centred, inverse } = standardise(graph, x, epsilon);
      const normalised = mul(graph, [centred, inverse]);
      return [
        () => {
          // inverse (g - mean(g) - normalised mean(g normalised)) with g = dy weight
          const g = mul(graph, [dy, weight]);
          const along = mul(graph, [g, normalised]);
          const share = mul(graph, [
            normalised,
            reduceMean(graph, along, lastAxis),
          ]);
          const mean = reduceMean(graph, g, lastAxis);
          const rest = sub(graph, [sub(graph, [g, mean]), share]);
          return mul(graph, [rest, inverse]);
        },
        () => sumToShapeOf(graph, mul(graph, [dy, normalised]), weight),
        () => sumToShapeOf(graph, dy, bias),
      ];
    },
  });
}

/** `x` minus its mean, and 1 / sqrt(variance + epsilon), over the last axis. */
function standardise(graph: GraphBuilder, x: Value, epsilon: number) {
  const lastAxis = { axis: -1, keepDims: true };
  const centred = sub(graph, [x, reduceMean(graph, x, lastAxis)]);
  const variance = mul(graph, [
    reduceSumSquare(graph, centred, lastAxis),
    graph.floats([1 / shapeOf(x).at(-1)!]),
  ]);
  const shifted = add(graph, [variance, graph.floats([epsilon])]);
  return { centred, inverse: reciprocal(graph, sqrt(graph, shifted)) };
}
