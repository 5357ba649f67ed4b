// Rotary positions (arXiv:2104.09864) as config.json describes them, put into one form: each frequency of the plain
// embedding is divided by a number of its own. The kinds are those of transformers, modeling_rope_utils.py.

import type { FieldReader } from "./fieldReader";

/** By which angles positions turn queries and keys. */
export interface Rope {
  /** Pair i of a head turns by position / (base^(2i / headDim) * divisor i). */
  base: number;
  /** [headDim / 2]; absent where positions are not scaled. */
  divisors?: number[];
  /** What cosines and sines are multiplied by; absent where it is 1. */
  attentionFactor?: number;
  /** The longest sequence that these angles are for, in tokens; absent where they are for every length. */
  longestSequence?: number;
}

const KINDS = "default, linear, llama3, yarn or longrope";

/**
 * Reads `rope_parameters`, or as older files have it `rope_scaling` beside `rope_theta`; throws for a kind of scaling that
 * is not known, and where a part of each head is not turned.
 */
export function parseRope(
  fields: FieldReader,
  { headDim }: { headDim: number },
): Rope {
  const name =
    fields.value("rope_parameters") === undefined
      ? "rope_scaling"
      : "rope_parameters";
  return parseRopeField(fields, name, { headDim });
}

/** The same of a field `name` that is known to hold it. */
export function parseRopeField(
  fields: FieldReader,
  name: string,
  { headDim }: { headDim: number },
): Rope {
  const rope = fields.nested(name);
  for (const holder of [fields, rope]) {
    if (holder.positiveNumber("partial_rotary_factor", 1) !== 1) {
      throw holder.refuse("partial_rotary_factor", "1, whole heads turned");
    }
  }
  const base = rope.positiveNumber(
    "rope_theta",
    fields.positiveNumber("rope_theta", 10_000),
  );
  const kind = rope.value("rope_type") ?? rope.value("type") ?? "default";
  switch (kind) {
    case "default":
      return { base };
    case "linear": {
      const factor = rope.positiveNumber("factor");
      return { base, divisors: new Array<number>(headDim / 2).fill(factor) };
    }
    case "llama3":
      return { base, divisors: llama3Divisors(rope, { base, headDim }) };
    case "yarn":
      return { base, ...parseYarn(fields, rope, { base, headDim }) };
    case "su": // Phi-3's first files call it so.
    case "longrope":
      return { base, ...parseLongRope(fields, rope, { headDim }) };
    default:
      throw fields.refuse(
        name,
        `positions of kind ${KINDS}; Inkling reads at most 4096 tokens at once, so a scaling for longer texts can be taken out of the file`,
      );
  }
}

/** Slow turns are slowed further by `factor`, fast ones are left, those between are mixed (Llama 3.1). */
function llama3Divisors(
  rope: FieldReader,
  { base, headDim }: { base: number; headDim: number },
): number[] {
  const factor = rope.positiveNumber("factor");
  const slow = rope.positiveNumber("low_freq_factor");
  const fast = rope.positiveNumber("high_freq_factor");
  const original = rope.positiveInteger("original_max_position_embeddings");
  return Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * base ** ((2 * i) / headDim);
    const turns = original / wavelength;
    if (turns > fast) return 1;
    if (turns < slow) return factor;
    const share = (turns - slow) / (fast - slow);
    return 1 / ((1 - share) / factor + share);
  });
}

/**
 * As `llama3Divisors`, with the border told by how often a pair turns within the original length (arXiv:2309.00071,
 * section 3.2), and scores made sharper with the length.
 */
function parseYarn(
  fields: FieldReader,
  rope: FieldReader,
  { base, headDim }: { base: number; headDim: number },
): Omit<Rope, "base"> {
  for (const name of ["mscale", "mscale_all_dim", "truncate"]) {
    if (rope.value(name) !== undefined) throw rope.refuse(name, "none");
  }
  const factor = rope.positiveNumber("factor");
  const original = rope.positiveInteger(
    "original_max_position_embeddings",
    fields.positiveInteger("max_position_embeddings"),
  );
  /** The pair that turns so many times. */
  const pairOf = (turns: number) =>
    (headDim * Math.log(original / (turns * 2 * Math.PI))) /
    (2 * Math.log(base));
  const fast = Math.floor(pairOf(rope.positiveNumber("beta_fast", 32)));
  const slow = Math.ceil(pairOf(rope.positiveNumber("beta_slow", 1)));
  const first = Math.max(fast, 0);
  const last = Math.min(slow, headDim - 1);
  const width = last === first ? 0.001 : last - first;
  const divisors = Array.from({ length: headDim / 2 }, (_, i) => {
    const slowed = Math.min(Math.max((i - first) / width, 0), 1);
    return 1 / (slowed / factor + 1 - slowed);
  });
  const attentionFactor = rope.positiveNumber(
    "attention_factor",
    factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1,
  );
  return { divisors, attentionFactor };
}

/** A number per frequency (arXiv:2402.13753), one list for texts of the original length and one for longer ones. */
function parseLongRope(
  fields: FieldReader,
  rope: FieldReader,
  { headDim }: { headDim: number },
): Omit<Rope, "base"> {
  const short = rope.positiveNumbers("short_factor", headDim / 2);
  const long = rope.positiveNumbers("long_factor", headDim / 2);
  const name = "original_max_position_embeddings";
  const holder = rope.value(name) === undefined ? fields : rope;
  const original = holder.positiveInteger(name);
  const factor = rope.positiveNumber(
    "factor",
    fields.positiveInteger("max_position_embeddings") / original,
  );
  const attentionFactor = rope.positiveNumber(
    "attention_factor",
    factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)),
  );
  const isOneList = short.every((divisor, i) => divisor === long[i]);
  return {
    divisors: short,
    ...(attentionFactor !== 1 && { attentionFactor }),
    ...(!isOneList && { longestSequence: original }),
  };
}
