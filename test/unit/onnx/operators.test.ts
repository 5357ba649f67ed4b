// Each operator on a few numbers worked out by hand: attributes and inputs are where they belong.

import assert from "node:assert/strict";
import {
  GraphBuilder,
  type ElementType,
  type Value,
} from "../../../src/onnx/graphBuilder";
import * as contrib from "../../../src/onnx/contribOperators";
import * as onnx from "../../../src/onnx/operators";
import { assertClose } from "../support/assertClose";
import { numbersOf, useSessions } from "../support/sessions";

/** A vector or matrix, or a tensor as its shape and numbers. */
type Numbers = number[] | number[][] | { shape: number[]; data: number[] };

function shaped(numbers: Numbers): { shape: number[]; data: number[] } {
  if (!Array.isArray(numbers)) return numbers;
  const [first] = numbers;
  return Array.isArray(first)
    ? { shape: [numbers.length, first.length], data: numbers.flat() }
    : { shape: [numbers.length], data: numbers as number[] };
}

suite("operators", () => {
  const load = useSessions();

  /** Builds a graph of constants and checks its outputs, in order. */
  function check(
    name: string,
    build: (graph: GraphBuilder) => Value | Value[],
    expected: Numbers | Numbers[],
    type: ElementType | ElementType[] = "float32",
  ): void {
    test(name, async () => {
      const graph = new GraphBuilder();
      const built = build(graph);
      const isMany = Array.isArray(built);
      const values = isMany ? built : [built];
      const wanted = (isMany ? expected : [expected]) as Numbers[];
      const types = [type].flat();
      const outputs = values.map((value, index) => {
        const { shape, data } = shaped(wanted[index]!);
        const outputType = types[index] ?? types[0]!;
        graph.output(`y${index}`, value, { type: outputType, shape });
        return { name: `y${index}`, type: outputType, shape, data };
      });
      const session = await load(graph.toBytes());
      const results = await session.run(
        {},
        outputs.map((output) => output.name),
      );
      for (const output of outputs) {
        const result = results[output.name]!;
        assert.equal(result.type, output.type);
        assertClose(
          { data: numbersOf(result), dims: result.dims },
          { data: output.data, dims: output.shape },
          { name: `${name} ${output.name}`, rtol: 1e-6, atol: 1e-7 },
        );
      }
    });
  }

  /** A constant; float32 unless told otherwise. */
  function constant(
    graph: GraphBuilder,
    numbers: Numbers,
    type: "float32" | "int64" | "int32" | "int8" | "uint8" | "bool" = "float32",
  ): Value {
    const { shape, data } = shaped(numbers);
    const arrays = {
      float32: () => Float32Array.from(data),
      int64: () => BigInt64Array.from(data, BigInt),
      int32: () => Int32Array.from(data),
      int8: () => Int8Array.from(data),
      uint8: () => Uint8Array.from(data),
      bool: () => Uint8Array.from(data),
    };
    return graph.inline(type, arrays[type](), shape);
  }

  const pair =
    (a: Numbers, b: Numbers, type: "float32" | "int64" | "bool" = "float32") =>
    (graph: GraphBuilder): [Value, Value] => [
      constant(graph, a, type),
      constant(graph, b, type),
    ];
  const ab = pair([6, -3, 2], [3, -3, 4]);
  const x123 = [
    [1, 2, 3],
    [6, 5, 4],
  ];
  const x = (graph: GraphBuilder) => constant(graph, x123);

  check("add()", (g) => onnx.add(g, ab(g)), [9, -6, 6]);
  check("sub() keeps the order", (g) => onnx.sub(g, ab(g)), [3, 0, -2]);
  check("mul()", (g) => onnx.mul(g, ab(g)), [18, 9, 8]);
  check("div() keeps the order", (g) => onnx.div(g, ab(g)), [2, 1, 0.5]);
  check("max()", (g) => onnx.max(g, ab(g)), [6, -3, 4]);
  check("min()", (g) => onnx.min(g, ab(g)), [3, -3, 2]);
  check("equal()", (g) => onnx.equal(g, ab(g)), [0, 1, 0], "bool");
  check("less()", (g) => onnx.less(g, ab(g)), [0, 0, 1], "bool");
  check("greater()", (g) => onnx.greater(g, ab(g)), [1, 0, 0], "bool");
  const truths = pair([0, 0, 1, 1], [0, 1, 0, 1], "bool");
  check("or()", (g) => onnx.or(g, truths(g)), [0, 1, 1, 1], "bool");
  check("not()", (g) => onnx.not(g, truths(g)[1]), [1, 0, 1, 0], "bool");

  check(
    "abs(), neg() and exp()",
    (g) => {
      const value = constant(g, [-2, 0, 1]);
      return [onnx.abs(g, value), onnx.neg(g, value), onnx.exp(g, value)];
    },
    [
      [2, 0, 1],
      [2, 0, -1],
      [Math.exp(-2), 1, Math.E],
    ],
  );
  check("log()", (g) => onnx.log(g, constant(g, [1, Math.E ** 2])), [0, 2]);
  check(
    "sigmoid() and tanh()",
    (g) => {
      const value = constant(g, [0, Math.log(3)]);
      return [onnx.sigmoid(g, value), onnx.tanh(g, value)];
    },
    // e^x = 3: 3 / (3 + 1) and (9 - 1) / (9 + 1)
    [
      [0.5, 0.75],
      [0, 0.8],
    ],
  );
  check("shape()", (g) => onnx.shape(g, x(g)), [2, 3], "int64");

  check(
    "cast() cuts towards zero",
    (g) => onnx.cast(g, constant(g, [1.9, -1.9]), "int64"),
    [1, -1],
    "int64",
  );
  check(
    "cast() to every type that graphs use",
    (g) => {
      const value = constant(g, [0, 1, 100]);
      return (["float32", "int32", "int8", "uint8", "bool"] as const).map(
        (type) => onnx.cast(g, value, type),
      );
    },
    [
      [0, 1, 100],
      [0, 1, 100],
      [0, 1, 100],
      [0, 1, 100],
      [0, 1, 1],
    ],
    ["float32", "int32", "int8", "uint8", "bool"],
  );

  const twoByThree = pair(
    [
      [1, 0, 2],
      [0, 3, 0],
    ],
    [
      [1, 10],
      [2, 20],
      [3, 30],
    ],
  );
  const product = [
    [7, 70],
    [6, 60],
  ];
  check("matMul()", (g) => onnx.matMul(g, twoByThree(g)), product);
  check("gemm()", (g) => onnx.gemm(g, twoByThree(g)), product);
  check(
    "gemm() turns either matrix first",
    (g) => {
      const [a, b] = twoByThree(g);
      return [
        onnx.gemm(g, [onnx.transpose(g, a, [1, 0]), b], { transposeA: true }),
        onnx.gemm(g, [a, onnx.transpose(g, b, [1, 0])], { transposeB: true }),
      ];
    },
    [product, product],
  );
  check(
    "transpose() takes the axes in the new order",
    (g) =>
      onnx.transpose(
        g,
        constant(g, { shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] }),
        [2, 0, 1],
      ),
    { shape: [3, 1, 2], data: [1, 4, 2, 5, 3, 6] },
  );

  check(
    "reshape() fills in -1",
    (g) => onnx.reshape(g, [x(g), g.ints([-1, 2])]),
    [
      [1, 2],
      [3, 6],
      [5, 4],
    ],
  );
  check(
    "unsqueeze()",
    (g) => onnx.unsqueeze(g, [constant(g, [1, 2]), g.ints([1])]),
    { shape: [2, 1], data: [1, 2] },
  );
  check(
    "expand()",
    (g) => onnx.expand(g, [constant(g, [[1], [2]]), g.ints([2, 3])]),
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
  );
  check(
    "concat() along either axis",
    (g) => [0, 1].map((axis) => onnx.concat(g, [x(g), x(g)], axis)),
    [
      [...x123, ...x123],
      [
        [1, 2, 3, 1, 2, 3],
        [6, 5, 4, 6, 5, 4],
      ],
    ],
  );
  check(
    "gather() picks along its axis, from the end too",
    (g) => [
      onnx.gather(g, [x(g), g.ints([1, 0])], 0),
      onnx.gather(g, [x(g), g.ints([-1])], 1),
    ],
    [
      [
        [6, 5, 4],
        [1, 2, 3],
      ],
      [[3], [4]],
    ],
  );
  check(
    "gatherElements() picks one place for each",
    (g) => onnx.gatherElements(g, [x(g), constant(g, [[2], [0]], "int64")], 1),
    [[3], [6]],
  );
  check(
    "scatterElements() puts along its axis",
    (g) =>
      onnx.scatterElements(
        g,
        [x(g), constant(g, [[2], [0]], "int64"), constant(g, [[9], [8]])],
        { axis: 1 },
      ),
    [
      [1, 2, 9],
      [8, 5, 4],
    ],
  );
  check(
    "slice() cuts one axis",
    (g) => [
      onnx.slice(g, x(g), { starts: g.ints([1]), ends: g.ints([3]), axis: 1 }),
      onnx.slice(g, x(g), { starts: g.ints([1]), ends: g.ints([2]), axis: 0 }),
    ],
    [
      [
        [2, 3],
        [5, 4],
      ],
      [[6, 5, 4]],
    ],
  );
  check(
    "splitLast() cuts the last axis into equal parts",
    (g) => onnx.splitLast(g, x(g), 3),
    [
      [[1], [6]],
      [[2], [5]],
      [[3], [4]],
    ],
  );

  const logs = (g: GraphBuilder) =>
    constant(g, [
      [0, Math.log(3)],
      [0, 0],
    ]);
  check(
    "softmax() along either axis",
    (g) => [1, 0].map((axis) => onnx.softmax(g, logs(g), axis)),
    [
      [
        [0.25, 0.75],
        [0.5, 0.5],
      ],
      [
        [0.5, 0.75],
        [0.5, 0.25],
      ],
    ],
  );
  check("logSoftmax()", (g) => onnx.logSoftmax(g, logs(g), -1), [
    [Math.log(0.25), Math.log(0.75)],
    [Math.log(0.5), Math.log(0.5)],
  ]);
  check(
    "reduceSum(), reduceMax() and reduceMean() keep the axis or drop it",
    (g) => [
      onnx.reduceSum(g, x(g), { axis: 1, keepDims: true }),
      onnx.reduceSum(g, x(g), { axis: 0, keepDims: false }),
      onnx.reduceMax(g, x(g), { axis: 1, keepDims: false }),
      onnx.reduceMean(g, x(g), { axis: -1, keepDims: true }),
    ],
    [
      [[6], [15]],
      [7, 7, 7],
      [3, 6],
      [[2], [5]],
    ],
  );
  check(
    "reduceLogSumExp()",
    (g) => onnx.reduceLogSumExp(g, logs(g), { axis: 1, keepDims: false }),
    [Math.log(4), Math.log(2)],
  );
  check(
    "argMax() takes the first of equals and keeps the axis",
    (g) =>
      onnx.argMax(
        g,
        constant(g, [
          [1, 7, 7],
          [9, 0, 0],
        ]),
        1,
      ),
    [[1], [0]],
    "int64",
  );
  check(
    "topK() gives the largest, largest first, with their places",
    (g) => {
      const input = constant(g, [
        [3, 9, 1, 7],
        [0, 2, 8, 4],
      ]);
      const { values, indices } = onnx.topK(g, [input, g.ints([2])], 1);
      return [values, indices];
    },
    [
      [
        [9, 7],
        [8, 4],
      ],
      [
        [1, 3],
        [2, 3],
      ],
    ],
    ["float32", "int64"],
  );
  check(
    "cumSumExclusive() leaves out the entry itself",
    (g) => [0, 1].map((axis) => onnx.cumSumExclusive(g, x(g), axis)),
    [
      [
        [0, 0, 0],
        [1, 2, 3],
      ],
      [
        [0, 1, 3],
        [0, 6, 11],
      ],
    ],
  );
  check(
    "where() takes the first where the condition holds",
    (g) =>
      onnx.where(g, [
        constant(g, [1, 0], "bool"),
        constant(g, [1, 2]),
        constant(g, [10, 20]),
      ]),
    [1, 20],
  );
  check(
    "quantizeLinear() rounds half to even, adds the zero point and saturates",
    (g) => {
      const input = constant(g, [0, 0.5, 0.75, -1, 1000, -1000]);
      const scale = g.floats([0.5]);
      const zeroPoint = (type: "uint8" | "int8", value: number) =>
        constant(g, { shape: [], data: [value] }, type);
      return [
        onnx.quantizeLinear(g, [input, scale, zeroPoint("uint8", 128)]),
        onnx.quantizeLinear(g, [input, scale, zeroPoint("int8", 0)]),
      ];
    },
    [
      [128, 129, 130, 126, 255, 0],
      [0, 1, 2, -2, 127, -128],
    ],
    ["uint8", "int8"],
  );

  check(
    "averagePool() gives means of windows beside each other",
    (g) =>
      onnx.averagePool(
        g,
        constant(g, { shape: [1, 2, 4], data: [1, 3, 5, 9, 0, 2, -2, -4] }),
        2,
      ),
    { shape: [1, 2, 2], data: [2, 7, 1, -3] },
  );

  const epsilon = 1;
  check(
    "simplifiedLayerNormalization() divides by the root of the mean square plus epsilon",
    (g) =>
      contrib.simplifiedLayerNormalization(
        g,
        [constant(g, [[3, 1, 2, 4]]), constant(g, [1, 2, 3, 4])],
        epsilon,
      ),
    // The mean square is 7.5.
    [[3, 2, 6, 16].map((value) => value / Math.sqrt(8.5))],
  );
  check(
    "skipSimplifiedLayerNormalization() gives the norm of the sum, and the sum",
    (g) => {
      const { normalised, sum } = contrib.skipSimplifiedLayerNormalization(
        g,
        [
          constant(g, { shape: [1, 1, 4], data: [1, 0, 1, 3] }),
          constant(g, { shape: [1, 1, 4], data: [2, 1, 1, 1] }),
          constant(g, [1, 2, 3, 4]),
        ],
        epsilon,
      );
      return [normalised, sum];
    },
    [
      {
        shape: [1, 1, 4],
        data: [3, 2, 6, 16].map((value) => value / Math.sqrt(8.5)),
      },
      { shape: [1, 1, 4], data: [3, 1, 2, 4] },
    ],
  );
  check(
    "silu() is x times its sigmoid",
    (g) => contrib.silu(g, constant(g, [0, Math.log(3), -Math.log(3)])),
    [0, 0.75 * Math.log(3), -0.25 * Math.log(3)],
  );
  check(
    "matMulIntegerToFloat() scales the product of what is above the zero point",
    (g) =>
      contrib.matMulIntegerToFloat(g, {
        a: constant(g, [[129, 126]], "uint8"),
        b: constant(
          g,
          [
            [3, -5],
            [7, 2],
          ],
          "int8",
        ),
        aScale: g.floats([0.5]),
        bScale: constant(g, [1, 10]),
        aZeroPoint: constant(g, { shape: [], data: [128] }, "uint8"),
      }),
    // (1, -2) times the columns (3, 7) and (-5, 2): -11 and -9.
    [[-5.5, -45]],
  );
});
