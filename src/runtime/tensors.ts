// Small tensors from plain numbers.

import type { Tensor, TensorArrays, TensorType } from "./session";

/** A tensor over `data`, which is not copied. */
export function tensor<T extends TensorType>(
  type: T,
  data: TensorArrays[T],
  dims: readonly number[],
): Tensor<T> {
  return { type, data, dims };
}

export function int64s(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor<"int64"> {
  return tensor("int64", BigInt64Array.from(values, BigInt), dims);
}

export function int32s(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor<"int32"> {
  return tensor("int32", Int32Array.from(values), dims);
}

/** A float32 tensor; a scalar unless dims are given. */
export function floats(
  values: readonly number[] | Float32Array,
  dims: readonly number[] = [],
): Tensor<"float32"> {
  return tensor("float32", Float32Array.from(values), dims);
}
