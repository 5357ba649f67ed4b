// Operators of ONNX Runtime beyond ONNX, one function each, named like the operator.
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md

import { float, int, text } from "./attributes";
import type { Attribute, GraphBuilder, Value } from "./graphBuilder";
import * as onnx from "./operators";

const DOMAIN = "com.microsoft";

/** `x / sqrt(mean(x^2) + epsilon) * weight` over the last axis: RMSNorm (arXiv:1910.07467). */
export function simplifiedLayerNormalization(
  graph: GraphBuilder,
  [x, weight]: [Value, Value],
  epsilon: number,
): Value {
  // Kept in ONNX's own domain by history, though ONNX does not define it.
  return graph.single("SimplifiedLayerNormalization", [x, weight], {
    attributes: { axis: int(-1), epsilon: float(epsilon) },
    gradient: ({ graph, dy }) =>
      rmsNormGradients(graph, { x, weight, epsilon, dy }),
  });
}

/** Adds `x` to the residual stream and normalises the sum; returns both. */
export function skipSimplifiedLayerNormalization(
  graph: GraphBuilder,
  [x, residual, weight]: [Value, Value, Value],
  epsilon: number,
): { normalised: Value; sum: Value } {
  const [normalised, sum] = graph.node(
    "SkipSimplifiedLayerNormalization",
    [residual, x, weight],
    {
      domain: DOMAIN,
      attributes: { epsilon: float(epsilon) },
      outputs: [true, false, false, true],
      gradients: ({ graph, outputs, gradients }) => {
        const [dNormalised, dSum] = gradients;
        const [byX, byWeight] = dNormalised
          ? rmsNormGradients(graph, {
              x: outputs[1]!,
              weight,
              epsilon,
              dy: dNormalised,
            })
          : [];
        const byAddend = once(() => {
          const gradient = byX?.();
          return gradient && dSum
            ? onnx.add(graph, [gradient, dSum])
            : (gradient ?? dSum)!;
        });
        return [byAddend, byAddend, byWeight];
      },
    },
  );
  return { normalised: normalised!, sum: sum! };
}

/** For y = x r weight with r = 1 / sqrt(mean(x^2) + epsilon): by x, and by weight. */
function rmsNormGradients(
  graph: GraphBuilder,
  {
    x,
    weight,
    epsilon,
    dy,
  }: { x: Value; weight: Value; epsilon: number; dy: Value },
): (() => Value)[] {
  const lastAxis = { axis: -1, keepDims: true };
  const dim = onnx.shapeOf(x).at(-1)!;
  const inverse = once(() => {
    const squares = onnx.reduceSumSquare(graph, x, lastAxis);
    const mean = onnx.mul(graph, [squares, graph.floats([1 / dim])]);
    const shifted = onnx.add(graph, [mean, graph.floats([epsilon])]);
    return onnx.reciprocal(graph, onnx.sqrt(graph, shifted));
  }); // [..., 1]
  return [
    () => {
      const r = inverse();
      const g = onnx.mul(graph, [dy, weight]);
      const along = onnx.reduceSum(graph, onnx.mul(graph, [g, x]), lastAxis); // [..., 1]
      // r g - x r^3 mean(g x)
      const cubed = onnx.mul(graph, [onnx.mul(graph, [r, r]), r]);
      const share = onnx.mul(graph, [
        onnx.mul(graph, [along, cubed]),
        graph.floats([1 / dim]),
      ]);
      return onnx.sub(graph, [
        onnx.mul(graph, [g, r]),
        onnx.mul(graph, [x, share]),
      ]);
    },
    () => {
      const normalised = onnx.mul(graph, [x, inverse()]);
      const product = onnx.mul(graph, [dy, normalised]);
      return onnx.sumToShapeOf(graph, product, weight);
    },
  ];
}

/** Calls `make` at the first call and gives the same value at every later one. */
function once(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= make());
}

/** `x * sigmoid(x)`: SiLU is QuickGelu with alpha 1. */
export function silu(graph: GraphBuilder, x: Value): Value {
  return graph.single("QuickGelu", [x], {
    domain: DOMAIN,
    attributes: { alpha: float(1) },
    gradient: ({ graph, y, dy }) => [
      () => {
        // With s = sigmoid(x): s + x s (1 - s) = y + s (1 - y).
        const s = onnx.sigmoid(graph, x);
        const rest = onnx.sub(graph, [graph.floats([1]), y]);
        const slope = onnx.add(graph, [y, onnx.mul(graph, [s, rest])]);
        return onnx.mul(graph, [dy, slope]);
      },
    ],
  });
}

/** What rotates the rows of `x`: a table of cosines and one of sines, each [positions, headDim / 2]. */
export interface RotaryInputs {
  /** [1, numHeads, T, headDim] */
  x: Value;
  /** int64 [1, T] */
  positions: Value;
  cos: Value;
  sin: Value;
}

/** Rotates pairs of entries half a head apart by angles that grow with the position (arXiv:2104.09864). */
export function rotaryEmbedding(
  graph: GraphBuilder,
  { x, positions, cos, sin }: RotaryInputs,
): Value {
  return graph.single("RotaryEmbedding", [x, positions, cos, sin], {
    domain: DOMAIN,
    attributes: { interleaved: int(0) },
    // A rotation's transpose turns back.
    gradient: ({ graph, dy }) => [
      () =>
        rotaryEmbedding(graph, {
          x: dy,
          positions,
          cos,
          sin: onnx.neg(graph, sin),
        }),
    ],
  });
}

/** Sizes and packing of a matrix in blocks. */
export interface BlockPacking {
  numRows: number;
  numColumns: number;
  bits: 4 | 8;
  blockSize: number;
  /** 4 computes with int8 activations, 1 with fp32 ones. */
  accuracyLevel: 1 | 4;
}

/**
 * `x W^T` for packed W [numRows, numColumns]: weight = scale * (q - zeroPoint), the zero point of each block packed like
 * the weights, 2^(bits - 1) without them.
 */
export function matMulNBits(
  graph: GraphBuilder,
  [x, packed, scales, zeroPoints]: [Value, Value, Value, Value | undefined],
  packing: BlockPacking,
): Value {
  const inputs = [x, packed, scales, ...(zeroPoints ? [zeroPoints] : [])];
  return graph.single("MatMulNBits", inputs, {
    domain: DOMAIN,
    attributes: {
      K: int(packing.numColumns),
      N: int(packing.numRows),
      bits: int(packing.bits),
      block_size: int(packing.blockSize),
      accuracy_level: int(packing.accuracyLevel),
    },
  });
}

/** Rows of a packed matrix, as float32. */
export function gatherBlockQuantized(
  graph: GraphBuilder,
  [packed, indices, scales]: [Value, Value, Value],
  { bits, blockSize }: { bits: 4 | 8; blockSize: number },
): Value {
  return graph.single("GatherBlockQuantized", [packed, indices, scales], {
    domain: DOMAIN,
    attributes: {
      bits: int(bits),
      block_size: int(blockSize),
      quantize_axis: int(1),
      gather_axis: int(0),
    },
  });
}

/** `aScale * bScale * (a - aZeroPoint) b` for uint8 `a` and int8 `b` [K, N] with one scale per column. */
export function matMulIntegerToFloat(
  graph: GraphBuilder,
  inputs: {
    a: Value;
    b: Value;
    aScale: Value;
    bScale: Value;
    aZeroPoint: Value;
  },
): Value {
  return graph.single(
    "MatMulIntegerToFloat",
    [inputs.a, inputs.b, inputs.aScale, inputs.bScale, inputs.aZeroPoint],
    { domain: DOMAIN },
  );
}

/** Attention with a KV cache, with rotary embedding or without. */
export interface GroupQueryAttentionInputs {
  /** Query, key and value rows side by side: [1, T, (numHeads + 2 numKvHeads) headDim]. */
  queryKeyValue: Value;
  /** Keys and values so far, [1, numKvHeads, capacity, headDim], already rotated; both or neither. */
  past: { key: Value; value: Value } | undefined;
  /** int32 [1]: tokens in the cache after this run, minus one. */
  lastPosition: Value;
  /** int32 [1]: tokens in the cache after this run. */
  totalLength: Value;
  /** Tables to rotate queries and keys by, each [positions, headDim / 2]; without them nothing is rotated. */
  rotary: { cos: Value; sin: Value } | undefined;
  /** [numHeads]: a logit added to each softmax; -1e9 adds nothing and takes a faster path. */
  headSink: Value;
  /** [numKvHeads * headDim] each, for an int8 cache; absent for a float32 one. */
  cacheScales: { key: Value; value: Value } | undefined;
  /** What products of queries and keys are multiplied by; 1 / sqrt(headDim) without it. */
  scale: number | undefined;
  /** Tokens that a token sees, itself among them; all before it without it. */
  window: number | undefined;
}

/** Attention of `numHeads` query heads over `numKvHeads` key and value heads (arXiv:2305.13245). */
export function groupQueryAttention(
  graph: GraphBuilder,
  inputs: GroupQueryAttentionInputs,
  { numHeads, numKvHeads }: { numHeads: number; numKvHeads: number },
): { output: Value; key: Value; value: Value } {
  const { past, rotary, cacheScales } = inputs;
  const attributes: Record<string, Attribute> = {
    num_heads: int(numHeads),
    kv_num_heads: int(numKvHeads),
    do_rotary: int(rotary ? 1 : 0),
    rotary_interleaved: int(0),
  };
  if (inputs.scale !== undefined) attributes.scale = float(inputs.scale);
  if (inputs.window !== undefined) {
    attributes.local_window_size = int(inputs.window);
  }
  if (cacheScales) {
    attributes.k_quant_type = text("PER_CHANNEL");
    attributes.v_quant_type = text("PER_CHANNEL");
    attributes.kv_cache_bit_width = int(8);
  }
  const [output, key, value] = graph.node(
    "GroupQueryAttention",
    [
      inputs.queryKeyValue,
      undefined,
      undefined,
      past?.key,
      past?.value,
      inputs.lastPosition,
      inputs.totalLength,
      rotary?.cos,
      rotary?.sin,
      undefined,
      undefined,
      inputs.headSink,
      ...(cacheScales ? [cacheScales.key, cacheScales.value] : []),
    ],
    { domain: DOMAIN, attributes, outputs: [true, true, true] },
  );
  return { output: output!, key: key!, value: value! };
}
