// Each gradient rule against central differences: the loss is a random weighting of an operator's output.
// The graphs run in float64. ONNX Runtime computes some operators in float32 alone; there the rule is run in float32 and
// compared with central differences of the same function in plain operators, in float64.

import { seededRandom } from "../../../src/common/random";
import * as contrib from "../../../src/onnx/contribOperators";
import { crossEntropy } from "../../../src/onnx/crossEntropy";
import { gradients } from "../../../src/onnx/gradients";
import { GraphBuilder, type Value } from "../../../src/onnx/graphBuilder";
import * as onnx from "../../../src/onnx/operators";
import type { Session, Tensor } from "../../../src/runtime/session";
import { tensor } from "../../../src/runtime/tensors";

type Build = (graph: GraphBuilder, inputs: Value[]) => Value;

/** An operator with inputs by whose entries it is differentiated. */
export interface GradientCase {
  name: string;
  shapes: number[][];
  build: Build;
  /** The same function in operators that exist in float64, where those of `build` do not. */
  plain?: Build;
}

type FloatType = "float32" | "float64";

/** Half the distance between the two points of a difference quotient: its error is of the order of the square. */
const STEP = 1e-5;
const EPSILON = 1e-5;

/** Loads a graph; the caller releases it. */
type Load = (graph: Uint8Array) => Promise<Session>;

/** The largest difference between rule and difference quotient, relative to the largest gradient of the same input. */
export async function largestRelativeError(
  { name, shapes, build, plain }: GradientCase,
  load: Load,
): Promise<number> {
  const random = seededRandom(
    [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
  );
  const inputs = shapes.map((shape) =>
    Float64Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => 2 * random() - 1 + Math.sign(random() - 0.5) * 0.5,
    ),
  );
  const weights = Array.from({ length: 4096 }, () => 2 * random() - 1);
  const rule = await buildLoss(load, {
    shapes,
    weights,
    build,
    type: plain ? "float32" : "float64",
  });
  const reference = await buildLoss(load, {
    shapes,
    weights,
    build: plain ?? build,
    type: "float64",
  });

  const found = await rule.gradients(inputs);
  let worst = 0;
  for (const [index, input] of inputs.entries()) {
    const expected: number[] = [];
    for (let entry = 0; entry < input.length; entry++) {
      const at = async (offset: number) => {
        const moved = input.with(entry, input[entry]! + offset);
        return reference.loss(inputs.with(index, moved));
      };
      expected.push(((await at(STEP)) - (await at(-STEP))) / (2 * STEP));
    }
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, entry) => {
      const difference = Math.abs(value - found[index]![entry]!);
      // Without a condition a NaN would win no comparison.
      worst = difference <= worst * largest ? worst : difference / largest;
    });
  }
  return worst;
}

async function buildLoss(
  load: Load,
  {
    shapes,
    weights,
    build,
    type,
  }: { shapes: number[][]; weights: number[]; build: Build; type: FloatType },
) {
  const graph = new GraphBuilder(undefined, {
    isDifferentiable: true,
    floatType: type,
  });
  const values = shapes.map((shape, i) => graph.input(`x${i}`, type, shape));
  const y = build(graph, values);
  const shape = [...onnx.shapeOf(y)];
  const size = shape.reduce((a, b) => a * b, 1);
  const weighted = onnx.mul(graph, [
    onnx.reshape(graph, [y, graph.ints([size])]),
    graph.floats(weights.slice(0, size), [size]),
  ]);
  const loss = onnx.reduceSum(graph, weighted, { axis: 0, keepDims: false });
  const found = gradients(graph, { forward: graph, loss, parameters: values });
  found.forEach((value, i) =>
    graph.output(`dx${i}`, value, { type, shape: shapes[i]! }),
  );
  graph.output("loss", loss, { type, shape: [] });
  const session = await load(graph.toBytes());
  const run = (inputs: Float64Array[], fetches: string[]) => {
    const feeds: Record<string, Tensor> = {};
    inputs.forEach((input, i) => {
      feeds[`x${i}`] =
        type === "float64"
          ? tensor("float64", input, shapes[i]!)
          : tensor("float32", Float32Array.from(input), shapes[i]!);
    });
    return session.run(feeds, fetches);
  };
  return {
    async loss(inputs: Float64Array[]): Promise<number> {
      return Number((await run(inputs, ["loss"])).loss!.data[0]);
    },
    async gradients(inputs: Float64Array[]) {
      const names = inputs.map((_, i) => `dx${i}`);
      const outputs = await run(inputs, names);
      return names.map((name) => outputs[name]!.data as Float64Array);
    },
  };
}

const rms: Build = (graph, [x, weight]) => {
  const squares = onnx.mul(graph, [x!, x!]);
  const mean = onnx.reduceMean(graph, squares, { axis: -1, keepDims: true });
  const shifted = onnx.add(graph, [mean, graph.floats([EPSILON])]);
  const logRoot = onnx.mul(graph, [
    onnx.log(graph, shifted),
    graph.floats([-0.5]),
  ]);
  const normalised = onnx.mul(graph, [x!, onnx.exp(graph, logRoot)]);
  return onnx.mul(graph, [normalised, weight!]);
};

const tanhGelu: Build = (graph, [x]) => {
  const cube = onnx.mul(graph, [x!, onnx.mul(graph, [x!, x!])]);
  const inner = onnx.add(graph, [
    x!,
    onnx.mul(graph, [cube, graph.floats([0.044715])]),
  ]);
  const scaled = onnx.mul(graph, [
    inner,
    graph.floats([Math.sqrt(2 / Math.PI)]),
  ]);
  const gate = onnx.add(graph, [graph.floats([1]), onnx.tanh(graph, scaled)]);
  return onnx.mul(graph, [onnx.mul(graph, [x!, graph.floats([0.5])]), gate]);
};

/** x P(x), the normal distribution by the series of the error function, whose 30 terms suffice up to |x| = 3. */
const exactGelu: Build = (graph, [x]) => {
  const z = onnx.mul(graph, [x!, graph.floats([Math.SQRT1_2])]);
  const square = onnx.mul(graph, [z, z]);
  let power = z; // (-1)^n z^(2n + 1) / n!
  let sum = z;
  for (let n = 1; n <= 30; n++) {
    const grown = onnx.mul(graph, [power, square]);
    power = onnx.mul(graph, [grown, graph.floats([-1 / n])]);
    const term = onnx.mul(graph, [power, graph.floats([1 / (2 * n + 1)])]);
    sum = onnx.add(graph, [sum, term]);
  }
  const half = onnx.mul(graph, [sum, graph.floats([1 / Math.sqrt(Math.PI)])]);
  return onnx.mul(graph, [x!, onnx.add(graph, [half, graph.floats([0.5])])]);
};

/** Angles of three positions and two pairs. */
const ANGLES = [0, 0, 1, 0.1, 2, 0.2];
const POSITIONS = [2, 0, 1];

/** x cos + (x with its halves exchanged and one negated) sin, the angle of each token's own position. */
const plainRotation: Build = (graph, [x]) => {
  const rows = POSITIONS.flatMap((position) => {
    const angles = ANGLES.slice(2 * position, 2 * position + 2);
    return [...angles, ...angles];
  });
  const table = (f: (angle: number) => number) =>
    graph.floats(rows.map(f), [3, 4]);
  const [left, right] = onnx.splitLast(graph, x!, 2);
  const turned = onnx.concat(graph, [onnx.neg(graph, right!), left!], -1);
  return onnx.add(graph, [
    onnx.mul(graph, [x!, table(Math.cos)]),
    onnx.mul(graph, [turned, table(Math.sin)]),
  ]);
};

const fusedRotation: Build = (graph, [x]) => {
  const table = (f: (angle: number) => number) =>
    graph.floats(ANGLES.map(f), [3, 2]);
  return contrib.rotaryEmbedding(graph, {
    x: x!,
    positions: graph.ints(POSITIONS, [1, 3]),
    cos: table(Math.cos),
    sin: table(Math.sin),
  });
};

function pair(
  operator: (graph: GraphBuilder, inputs: [Value, Value]) => Value,
): Build {
  return (graph, [a, b]) => operator(graph, [a!, b!]);
}

function single(operator: (graph: GraphBuilder, x: Value) => Value): Build {
  return (graph, [x]) => operator(graph, x!);
}

const gemm =
  (transposeA: boolean, transposeB: boolean): Build =>
  (graph, [a, b]) =>
    onnx.gemm(graph, [a!, b!], { transposeA, transposeB });

/** Every operator with a rule. */
export const GRADIENT_CASES: GradientCase[] = [
  {
    name: "Add",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: pair(onnx.add),
  },
  {
    name: "Add, repeated rows",
    shapes: [[2, 3, 4], [4]],
    build: pair(onnx.add),
  },
  {
    name: "Sub, both repeated",
    shapes: [
      [3, 1],
      [2, 1, 4],
    ],
    build: pair(onnx.sub),
  },
  {
    name: "Mul, repeated column",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: pair(onnx.mul),
  },
  {
    name: "Div, by a repeated divisor",
    shapes: [[2, 3], [3]],
    build: (graph, [a, b]) =>
      onnx.div(graph, [
        a!,
        onnx.add(graph, [onnx.exp(graph, b!), graph.floats([0.5])]),
      ]),
  },
  { name: "Neg", shapes: [[5]], build: single(onnx.neg) },
  { name: "Identity", shapes: [[5]], build: single(onnx.identity) },
  { name: "Exp", shapes: [[5]], build: single(onnx.exp) },
  {
    name: "Log",
    shapes: [[5]],
    build: (graph, [x]) => onnx.log(graph, onnx.exp(graph, x!)),
  },
  { name: "Sigmoid", shapes: [[5]], build: single(onnx.sigmoid) },
  { name: "Tanh", shapes: [[5]], build: single(onnx.tanh) },
  {
    name: "QuickGelu (SiLU)",
    shapes: [[2, 6]],
    build: single(contrib.silu),
    plain: (graph, [x]) => onnx.mul(graph, [x!, onnx.sigmoid(graph, x!)]),
  },
  {
    name: "Gelu, tanh",
    shapes: [[2, 6]],
    build: (graph, [x]) => onnx.gelu(graph, x!, "tanh"),
    plain: tanhGelu,
  },
  {
    name: "Gelu, exact",
    shapes: [[2, 6]],
    build: (graph, [x]) => onnx.gelu(graph, x!, "none"),
    plain: exactGelu,
  },
  {
    name: "MatMul",
    shapes: [
      [3, 4],
      [4, 2],
    ],
    build: pair(onnx.matMul),
  },
  {
    name: "MatMul, batched",
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    build: pair(onnx.matMul),
  },
  {
    name: "MatMul, one matrix for all",
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    build: pair(onnx.matMul),
  },
  {
    name: "MatMul, transposed",
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    build: (graph, [a, b]) =>
      onnx.matMul(graph, [a!, onnx.transpose(graph, b!, [0, 2, 1])]),
  },
  {
    name: "Gemm",
    shapes: [
      [3, 4],
      [4, 2],
    ],
    build: gemm(false, false),
  },
  {
    name: "Gemm, A transposed",
    shapes: [
      [4, 3],
      [4, 2],
    ],
    build: gemm(true, false),
  },
  {
    name: "Gemm, B transposed",
    shapes: [
      [3, 4],
      [2, 4],
    ],
    build: gemm(false, true),
  },
  {
    name: "Gemm, both transposed",
    shapes: [
      [4, 3],
      [2, 4],
    ],
    build: gemm(true, true),
  },
  {
    name: "Gemm, with a vector added",
    shapes: [[3, 4], [4, 2], [2]],
    build: (graph, [a, b, addend]) => onnx.gemm(graph, [a!, b!], { addend }),
  },
  {
    name: "Gemm, with a matrix added",
    shapes: [
      [3, 4],
      [2, 4],
      [3, 2],
    ],
    build: (graph, [a, b, addend]) =>
      onnx.gemm(graph, [a!, b!], { transposeB: true, addend }),
  },
  {
    name: "Reshape",
    shapes: [[2, 6]],
    build: (graph, [x]) => onnx.reshape(graph, [x!, graph.ints([3, -1])]),
  },
  {
    name: "Unsqueeze",
    shapes: [[2, 3]],
    build: (graph, [x]) => onnx.unsqueeze(graph, [x!, graph.ints([0, -1])]),
  },
  {
    name: "Expand (grouped queries)",
    shapes: [[2, 1, 3]],
    build: (graph, [x]) => onnx.expand(graph, [x!, graph.ints([2, 4, 3])]),
  },
  {
    name: "Transpose",
    shapes: [[2, 3, 4]],
    build: (graph, [x]) => onnx.transpose(graph, x!, [2, 0, 1]),
  },
  {
    name: "Concat",
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: (graph, parts) => onnx.concat(graph, parts, -1),
  },
  {
    name: "Slice",
    shapes: [[2, 5]],
    build: (graph, [x]) =>
      onnx.slice(graph, x!, {
        starts: graph.ints([1]),
        ends: graph.ints([4]),
        axis: 1,
      }),
  },
  {
    name: "Split, one part unused",
    shapes: [[2, 6]],
    build: (graph, [x]) => {
      const [a, , c] = onnx.split(graph, x!, { sizes: [2, 1, 3], axis: -1 });
      return onnx.concat(graph, [c!, a!], 1);
    },
  },
  {
    name: "Gather, rows taken twice",
    shapes: [[4, 3]],
    build: (graph, [x]) =>
      onnx.gather(graph, [x!, graph.ints([2, 0, 2, 3], [2, 2])], 0),
  },
  {
    name: "GatherElements",
    shapes: [[2, 4]],
    build: (graph, [x]) =>
      onnx.gatherElements(graph, [x!, graph.ints([3, 0], [2, 1])], 1),
  },
  {
    name: "ReduceSum",
    shapes: [[2, 3, 2]],
    build: (graph, [x]) =>
      onnx.reduceSum(graph, x!, { axis: [0, 2], keepDims: false }),
  },
  {
    name: "ReduceMean",
    shapes: [[2, 3]],
    build: (graph, [x]) =>
      onnx.reduceMean(graph, x!, { axis: -1, keepDims: true }),
  },
  {
    name: "Softmax with a mask",
    shapes: [[3, 4]],
    build: (graph, [x]) => {
      const mask = [0, -1e9, 0, -1e9, 0, 0, -1e9, 0, 0, 0, 0, 0];
      const masked = onnx.add(graph, [x!, graph.floats(mask, [3, 4])]);
      return onnx.softmax(graph, masked, -1);
    },
  },
  {
    name: "LogSoftmax",
    shapes: [[3, 4]],
    build: (graph, [x]) => onnx.logSoftmax(graph, x!, -1),
  },
  {
    name: "RotaryEmbedding",
    shapes: [[1, 2, 3, 4]],
    build: fusedRotation,
    plain: plainRotation,
  },
  {
    name: "LayerNormalization",
    shapes: [[3, 4], [4], [4]],
    build: (graph, [x, weight, bias]) =>
      onnx.layerNormalization(graph, [x!, weight!, bias!], EPSILON),
  },
  {
    name: "SimplifiedLayerNormalization (RMSNorm)",
    shapes: [[3, 4], [4]],
    build: (graph, [x, weight]) =>
      contrib.simplifiedLayerNormalization(graph, [x!, weight!], EPSILON),
  },
  {
    name: "SkipSimplifiedLayerNormalization",
    shapes: [[1, 3, 4], [1, 3, 4], [4]],
    build: (graph, [x, residual, weight]) => {
      const { normalised, sum } = contrib.skipSimplifiedLayerNormalization(
        graph,
        [x!, residual!, weight!],
        EPSILON,
      );
      return onnx.concat(graph, [normalised, sum], -1);
    },
    plain: (graph, [x, residual, weight]) => {
      const sum = onnx.add(graph, [x!, residual!]);
      return onnx.concat(graph, [rms(graph, [sum, weight!]), sum], -1);
    },
  },
  {
    name: "SkipSimplifiedLayerNormalization, norm alone",
    shapes: [[1, 3, 4], [1, 3, 4], [4]],
    build: (graph, [x, residual, weight]) =>
      contrib.skipSimplifiedLayerNormalization(
        graph,
        [x!, residual!, weight!],
        EPSILON,
      ).normalised,
    plain: (graph, [x, residual, weight]) =>
      rms(graph, [onnx.add(graph, [x!, residual!]), weight!]),
  },
  {
    name: "CrossEntropy, one position left out",
    shapes: [[3, 5]],
    build: (graph, [logits]) =>
      crossEntropy(graph, {
        logits: logits!,
        targetIds: graph.ints([4, 0, 2], [3, 1]),
        weights: graph.floats([1, 0, 0.5], [3, 1]),
      }),
  },
];
