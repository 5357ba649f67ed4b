// Element types and shapes of tensors in ONNX's terms (https://onnx.ai/onnx/repo-docs/IR.html#tensors).

import { create } from "@bufbuild/protobuf";
import {
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type ValueInfoProto,
} from "onnx-buf";

/** ONNX's numbers for element types, as attributes like `Cast.to` want them too. */
export const DATA_TYPES = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
} as const;

/** Element type of a tensor. */
export type ElementType = keyof typeof DATA_TYPES;

/** A dimension: a size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

/** The shape of a tensor whose every dimension is known, else undefined. */
export function fixedShape(shape: Dimension[]): number[] | undefined {
  return shape.every((dimension) => typeof dimension === "number")
    ? shape
    : undefined;
}

/** What a graph says of an input or an output. */
export function valueInfo(
  name: string,
  type: ElementType,
  shape: Dimension[],
): ValueInfoProto {
  const dim = shape.map((dimension) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof dimension === "string"
          ? { case: "dimParam", value: dimension }
          : { case: "dimValue", value: BigInt(dimension) },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: create(TypeProto_TensorSchema, {
          elemType: DATA_TYPES[type],
          shape: create(TensorShapeProtoSchema, { dim }),
        }),
      },
    }),
  });
}
