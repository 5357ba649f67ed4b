// The keys and values of one sequence of tokens, as a session wants them fed and gives them back.
// Knows which tokens they belong to, so that a new prompt keeps its longest common prefix.

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

/**
 * Keys and values of `tokenIds`, one pair of tensors [1, numKvHeads, capacity, headDim] a layer, capacity >= length.
 * Rows past `length` are leftovers that a run may overwrite: rolling back costs nothing.
 */
export class KvCache {
  private tokens: number[] = [];
  private tensors: Record<string, Tensor>;

  constructor(private readonly shape: KvCacheShape) {
    this.tensors = this.emptyTensors();
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
    if (length === 0) this.tensors = this.emptyTensors();
    else if (this.capacity > MAX_SLACK * length + 64) this.shrink(length);
  }

  /** The feeds `pastKey0`, `pastValue0`, …; they stay the cache's own. */
  feeds(): Record<string, Tensor> {
    return this.tensors;
  }

  /** Names of the outputs that `adopt` takes. */
  get presentNames(): string[] {
    return Object.keys(this.tensors).map(presentName);
  }

  /** Takes the outputs of a run in which `newTokenIds` were added after the present ones; owns them from now on. */
  adopt(outputs: Record<string, Tensor>, newTokenIds: readonly number[]): void {
    const tensors: Record<string, Tensor> = {};
    for (const name of Object.keys(this.tensors)) {
      const output = outputs[presentName(name)];
      if (!output) {
        throw new TypeError(
          `Cannot keep keys and values: the run gave no ${presentName(name)}, expected one`,
        );
      }
      tensors[name] = output;
    }
    this.tensors = tensors;
    this.tokens.push(...newTokenIds);
  }

  private get capacity(): number {
    return Object.values(this.tensors)[0]?.dims[2] ?? 0;
  }

  private emptyTensors(): Record<string, Tensor> {
    return this.mapNames(() => this.allocate(0));
  }

  private shrink(length: number): void {
    const { numKvHeads, headDim } = this.shape;
    const old = this.tensors;
    const oldRow = this.capacity * headDim;
    const newRow = length * headDim;
    this.tensors = this.mapNames((name) => {
      const target = this.allocate(length);
      for (let head = 0; head < numKvHeads; head++) {
        const source = old[name]!.data.subarray(
          head * oldRow,
          head * oldRow + newRow,
        );
        (target.data as Int8Array).set(source as Int8Array, head * newRow);
      }
      return target;
    });
  }

  private mapNames(
    make: (name: string) => Tensor<TensorType>,
  ): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (let layer = 0; layer < this.shape.numLayers; layer++) {
      for (const name of [`pastKey${layer}`, `pastValue${layer}`]) {
        tensors[name] = make(name);
      }
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

function presentName(pastName: string): string {
  return pastName.replace("past", "present");
}
