// Cosines and sines that queries and keys are turned by, for whichever family turns them.

import type { GraphBuilder } from "../../onnx/graphBuilder";
import type { Rope } from "../files/ropeConfig";
import { MAX_POSITIONS, type RotaryTables } from "./gpt";

/** Declares both tables in `root`, each [MAX_POSITIONS, headDim / 2]. */
export function declareRotary(
  root: GraphBuilder,
  rope: Rope,
  { headDim }: { headDim: number },
): RotaryTables {
  const { cos, sin } = rotaryTables(rope, headDim);
  const shape = [MAX_POSITIONS, headDim / 2];
  return { cos: root.floats(cos, shape), sin: root.floats(sin, shape) };
}

/** Row by row, of position * base^(-2i / headDim) / divisor i (arXiv:2104.09864, equation 15). */
function rotaryTables(
  { base, divisors, attentionFactor = 1 }: Rope,
  headDim: number,
) {
  const half = headDim / 2;
  const cos = new Float32Array(MAX_POSITIONS * half);
  const sin = new Float32Array(MAX_POSITIONS * half);
  for (let position = 0; position < MAX_POSITIONS; position++) {
    for (let i = 0; i < half; i++) {
      const divisor = divisors?.[i] ?? 1;
      const angle = position / (base ** ((2 * i) / headDim) * divisor);
      cos[position * half + i] = attentionFactor * Math.cos(angle);
      sin[position * half + i] = attentionFactor * Math.sin(angle);
    }
  }
  return { cos, sin };
}
