// Short forms for the attributes of nodes.

import { TensorProto_DataType } from "onnx-buf";
import type { Attribute, ElementType } from "./graphBuilder";

export const int = (value: number): Attribute => ({ int: value });
export const ints = (values: number[]): Attribute => ({ ints: values });
export const float = (value: number): Attribute => ({ float: value });
export const text = (value: string): Attribute => ({ string: value });

/** ONNX's numbers for element types, as attributes like `Cast.to` want them. */
export const ONNX_TYPE_NUMBERS: Record<ElementType, number> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
};
