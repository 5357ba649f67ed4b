// The keys and values of one sequence of tokens, as a session wants them fed and gives them back.
// Knows which tokens they belong to, so that a new prompt keeps its longest common prefix.

import { allCacheNames } from "../common/graphNames";
import type { Tensor, TensorType } from "../runtime/session";
import { tensor } from "../runtime/tensors";

/** Sizes of a cache; the same for every sequence of a model. */
export interface KvCacheShape {
  type: "float32" | "int8";
  numLayers: number;
  numKvHeads: number;
  headDim: number;
}

/** Memory beyond this many times what is used is given back when a cache is truncated. */
const MAX_SLACK = 2;
/** A cache grows by so many positions at least, so that it is not moved at every run. */
const GROWTH = 64;

/**
 * Keys and values of `tokenIds`, one pair of tensors [1, numKvHeads, capacity, headDim] a layer, capacity >= length.
 * Rows past `length` are leftovers that a run may overwrite: rolling back costs nothing.
 */
export class KvCache {
  private tokens: number[] = [];
  private tensors: Record<string, Tensor>;
  /** Positions that the tensors have room for. */
  private capacity = 0;
  /** Names of the outputs that `append` takes. */
  readonly outputNames: readonly string[];

  constructor(private readonly shape: KvCacheShape) {
    this.tensors = this.emptyTensors();
    this.outputNames = allCacheNames("new", shape.numLayers);
  }

  /** The tokens whose keys and values are held, in order. */
  get tokenIds(): readonly number[] {
    return this.tokens;
  }

  get length(): number {
    return this.tokens.length;
  }

  get sizeBytes(): number {
    return Object.values(this.tensors).reduce(
      (sum, { data }) => sum + data.byteLength,
      0,
    );
  }

  /** How many of the first tokens of `tokenIds` are held already. */
  commonPrefixLength(tokenIds: readonly number[]): number {
    const limit = Math.min(this.tokens.length, tokenIds.length);
    let length = 0;
    while (length < limit && this.tokens[length] === tokenIds[length]) {
      length++;
    }
    return length;
  }

  /** Forgets every token from position `length` on. */
  truncate(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.length) {
      throw new RangeError(
        `Cannot truncate a KvCache of ${this.length} tokens to ${length}: expected 0 to ${this.length}`,
      );
    }
    this.tokens.length = length;
    if (length === 0) {
      this.tensors = this.emptyTensors();
      this.capacity = 0;
    }
    if (this.capacity > MAX_SLACK * length + 64) this.resize(length);
  }

  /** The feeds `pastKey0`, `pastValue0`, …; they stay the cache's own. */
  feeds(): Record<string, Tensor> {
    return this.tensors;
  }

  /**
   * Makes room for `numTokens` more. A run grows its copy of the cache at every token that has no room, and needs no
   * memory of another size where there is.
   */
  reserve(numTokens: number): void {
    const needed = this.length + numTokens;
    if (needed > this.capacity) {
      this.resize(Math.ceil(needed / GROWTH) * GROWTH);
    }
  }

  /** Puts the keys and values that a run gave for its N `tokenIds`, [1, numKvHeads, N, headDim], behind its own. */
  append(outputs: Record<string, Tensor>, tokenIds: readonly number[]): void {
    const added = this.outputNames;
    const names = Object.keys(this.tensors);
    for (const name of added) this.checkOutput(outputs, { name, tokenIds });
    this.reserve(tokenIds.length);
    const { numKvHeads, headDim } = this.shape;
    for (const [index, name] of names.entries()) {
      copyRows(outputs[added[index]!]!.data, this.tensors[name]!.data, {
        numHeads: numKvHeads,
        size: tokenIds.length * headDim,
        targetStride: this.capacity * headDim,
        targetStart: this.length * headDim,
      });
    }
    this.tokens.push(...tokenIds);
  }

  private checkOutput(
    outputs: Record<string, Tensor>,
    { name, tokenIds }: { name: string; tokenIds: readonly number[] },
  ): void {
    const { numKvHeads, headDim } = this.shape;
    const wanted = [1, numKvHeads, tokenIds.length, headDim].join();
    const given = outputs[name]?.dims.join();
    if (given !== wanted) {
      throw new TypeError(
        `Cannot keep keys and values: the run gave ${given === undefined ? "no" : `[${given}] as`} ${name}, expected [${wanted}]`,
      );
    }
  }

  private emptyTensors(): Record<string, Tensor> {
    return this.mapNames(() => this.allocate(0));
  }

  /** Moves the rows in use into memory for `capacity` positions. */
  private resize(capacity: number): void {
    const { numKvHeads, headDim } = this.shape;
    const old = this.tensors;
    const sourceStride = this.capacity * headDim;
    this.tensors = this.mapNames((name) => {
      const target = this.allocate(capacity);
      copyRows(old[name]!.data, target.data, {
        numHeads: numKvHeads,
        size: this.length * headDim,
        sourceStride,
        targetStride: capacity * headDim,
      });
      return target;
    });
    this.capacity = capacity;
  }

  private mapNames(
    make: (name: string) => Tensor<TensorType>,
  ): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const name of allCacheNames("past", this.shape.numLayers)) {
      tensors[name] = make(name);
    }
    return tensors;
  }

  private allocate(capacity: number): Tensor {
    const { type, numKvHeads, headDim } = this.shape;
    const size = numKvHeads * capacity * headDim;
    const dims = [1, numKvHeads, capacity, headDim];
    return type === "int8"
      ? tensor("int8", new Int8Array(size), dims)
      : tensor("float32", new Float32Array(size), dims);
  }
}

/** Copies the first `size` numbers of each head; heads lie `stride` numbers apart. */
function copyRows(
  source: Tensor["data"],
  target: Tensor["data"],
  {
    numHeads,
    size,
    sourceStride = size,
    targetStride,
    targetStart = 0,
  }: {
    numHeads: number;
    size: number;
    sourceStride?: number;
    targetStride: number;
    targetStart?: number;
  },
): void {
  for (let head = 0; head < numHeads; head++) {
    const start = head * sourceStride;
    const rows = source.subarray(start, start + size);
    // Both are of the cache's own type.
    (target as Int8Array).set(
      rows as Int8Array,
      head * targetStride + targetStart,
    );
  }
}
