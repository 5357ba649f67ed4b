// Chooses how each linear group of an imported model is stored, and makes the tensors of that choice.

import { assertNever } from "../../common/assertNever";
import { transposeMatrix } from "../quantise/dequantiseGroup";
import { narrowToHalfs } from "../../formats/float16";
import {
  EXACT_FORMATS,
  isExactFormat,
  packExactly,
  packRounded,
  stackRows,
  type ExactFormat,
  type PackedFormat,
  type PackedMatrix,
} from "../quantise/packedMatrix";
import type {
  TensorBatch,
  TensorHeader,
} from "../../formats/safetensorsWriter";
import { packCompensated } from "../quantise/compensatedRounding";
import { dequantise, type WeightFormat } from "../../formats/weightFormats";
import { countRows, floatShape, type LinearGroup } from "../files/weightGroups";
import {
  findSourceTensor,
  readSourceBytes,
  type SourceTensor,
  type WeightSource,
} from "./weightSource";

/** How a group is stored: bit for bit as in the source, as floating point, or rounded to 4 or 8 bits. */
export type Packing =
  | { kind: "exact" }
  | { kind: "float"; dtype: "F32" | "F16" }
  | { kind: "rounded"; format: PackedFormat };

/** Two choices for what cannot be taken over exactly. */
const FOUR_BITS: Packing = {
  kind: "rounded",
  format: { bits: 4, blockSize: 32, hasMinimums: true },
};
const EIGHT_BITS: Packing = {
  kind: "rounded",
  format: { bits: 8, blockSize: 32, hasMinimums: false },
};

/** Layouts of 5 to 8 bits: 4 would lose a second time what whoever chose them had kept. */
const KEPT_FORMATS: ReadonlySet<WeightFormat> = new Set([
  "Q5_0",
  "Q5_1",
  "Q8_0",
  "Q5_K",
  "Q6_K",
]);

/**
 * What a group is stored as when nothing else is asked for. Exact where the source's blocks are ours too; else 8 bits for
 * the embedding and the output head, and where the source keeps any part in 5 to 8 bits; else 4 bits. `isLookedUp` is
 * true for the embedding, whose rows can only be looked up in blocks without minimums.
 */
export function defaultPacking(
  source: WeightSource,
  group: LinearGroup,
  { isVocabulary, isLookedUp }: { isVocabulary: boolean; isLookedUp: boolean },
): Packing {
  const parts = findParts(source, group);
  const format = exactFormat(parts);
  if (format && !(isLookedUp && EXACT_FORMATS[format].hasMinimums)) {
    return { kind: "exact" };
  }
  const isKept = parts.some((part) => KEPT_FORMATS.has(part.format));
  return isVocabulary || isKept ? EIGHT_BITS : FOUR_BITS;
}

/** In what layouts a group lies in the source: `Q4_K and Q6_K`. */
export function sourceFormats(
  source: WeightSource,
  group: LinearGroup,
): string {
  return listFormats(findParts(source, group));
}

/** A packing in words. */
export function describePacking(packing: Packing): string {
  switch (packing.kind) {
    case "exact":
      return "as it is";
    case "float":
      return packing.dtype;
    case "rounded": {
      const { bits, blockSize, hasMinimums } = packing.format;
      const minimums = hasMinimums ? " and minimums" : "";
      return `${bits} bits, blocks of ${blockSize} with scales${minimums}`;
    }
    default:
      return assertNever(packing);
  }
}

/**
 * Plans the tensors of a group; throws when the packing cannot be had from this source. `gram`, where there is one, says
 * how the group's inputs go together, and rounding makes up for what it loses.
 */
export function planGroup(
  source: WeightSource,
  group: LinearGroup,
  { packing, gram }: { packing: Packing; gram: Float32Array | undefined },
): TensorBatch {
  const parts = findParts(source, group);
  switch (packing.kind) {
    case "float":
      return planFloat(source, group, parts, { dtype: packing.dtype });
    case "rounded":
      return planRounded(source, group, {
        parts,
        format: packing.format,
        gram,
      });
    case "exact": {
      const format = exactFormat(parts);
      if (format) return planExact(source, group, parts, { format });
      if (parts.every((part) => isFloat(part.format))) {
        return planFloat(source, group, parts, {});
      }
      throw new TypeError(
        `Cannot import ${source.path}: "${group.name}" is ${listFormats(parts)}, expected all of its parts as one of ${Object.keys(EXACT_FORMATS).join(", ")} or floating point to keep it exactly; choose q4, q4m or q8`,
      );
    }
  }
}

function findParts(source: WeightSource, group: LinearGroup): SourceTensor[] {
  return group.parts.map((part) =>
    findSourceTensor(source, `${part.name}.weight`, floatShape(group, part)),
  );
}

/** The layout that all parts share, if it can be taken over exactly. */
function exactFormat(parts: SourceTensor[]): ExactFormat | undefined {
  const format = parts[0]!.format;
  if (!isExactFormat(format)) return undefined;
  return parts.every((part) => part.format === format) ? format : undefined;
}

function isFloat(format: WeightFormat): format is "F32" | "F16" | "BF16" {
  return format === "F32" || format === "F16" || format === "BF16";
}

function listFormats(parts: SourceTensor[]): string {
  return [...new Set(parts.map((part) => part.format))].join(" and ");
}

function planExact(
  source: WeightSource,
  group: LinearGroup,
  parts: SourceTensor[],
  { format }: { format: ExactFormat },
): TensorBatch {
  return {
    headers: packedHeaders(group, EXACT_FORMATS[format]),
    load: () =>
      packedBytes(
        parts.map((part) => {
          refuseDamage(source, part);
          return packExactly(readSourceBytes(part), {
            format,
            ...sizeOf(part),
          });
        }),
      ),
  };
}

function planRounded(
  source: WeightSource,
  group: LinearGroup,
  {
    parts,
    format,
    gram,
  }: {
    parts: SourceTensor[];
    format: PackedFormat;
    gram: Float32Array | undefined;
  },
): TensorBatch {
  if (group.numColumns % format.blockSize !== 0) {
    throw new RangeError(
      `Cannot import ${source.path}: "${group.name}" has ${group.numColumns} columns, expected a multiple of the block size ${format.blockSize}`,
    );
  }
  return {
    headers: packedHeaders(group, format),
    load: () =>
      packedBytes(
        parts.map((part, index) => {
          const stored = readSourceFloats(part);
          const values = group.isTransposed
            ? transposeMatrix(stored, group.numColumns)
            : stored;
          refuseNonFinite(values, {
            path: source.path,
            name: group.parts[index]!.name,
          });
          const size = {
            numRows: group.parts[index]!.numRows,
            numColumns: group.numColumns,
          };
          return gram
            ? packCompensated(values, { size, format, gram })
            : packRounded(values, { size, format });
        }),
      ),
  };
}

/** Throws for a tensor that holds what is no number, in whatever layout: a text of nonsense would come of it. */
export function refuseDamage(source: WeightSource, tensor: SourceTensor): void {
  const [name = "?"] =
    [...source.tensors].find(([, each]) => each === tensor) ?? [];
  refuseNonFinite(readSourceFloats(tensor), { path: source.path, name });
}

function refuseNonFinite(
  values: Float32Array,
  { path, name }: { path: string; name: string },
): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new RangeError(
      `Cannot import ${path}: weight ${index} of "${name}" is ${values[index]}, expected a finite number`,
    );
  }
}

/** Floating point, one tensor per part; of the source's own type when none is asked for. */
function planFloat(
  source: WeightSource,
  group: LinearGroup,
  parts: SourceTensor[],
  { dtype }: { dtype?: "F32" | "F16" },
): TensorBatch {
  return {
    headers: group.parts.map((part, index) => ({
      name: `${part.name}.weight`,
      dtype: dtype ?? (parts[index]!.format as "F32" | "F16" | "BF16"),
      shape: floatShape(group, part),
    })),
    load: () =>
      parts.map((part) => {
        refuseDamage(source, part);
        if (dtype === undefined || dtype === part.format) {
          return readSourceBytes(part);
        }
        return floatBytes(readSourceFloats(part), { dtype });
      }),
  };
}

/** Reads a tensor of any layout as fp32. */
export function readSourceFloats(tensor: SourceTensor): Float32Array {
  const values = dequantise(readSourceBytes(tensor), tensor.format);
  const { addend } = tensor;
  return addend === undefined ? values : values.map((value) => value + addend);
}

/** fp32 numbers as bytes of the given type. */
export function floatBytes(
  values: Float32Array,
  { dtype }: { dtype: "F32" | "F16" },
): Uint8Array {
  return bytesOf(dtype === "F32" ? values : narrowToHalfs(values));
}

function sizeOf({ shape }: SourceTensor) {
  return { numRows: shape[0]!, numColumns: shape[1]! };
}

/** The tensors described at the top of weights.ts. */
function packedHeaders(
  group: LinearGroup,
  { bits, blockSize, hasMinimums }: PackedFormat,
): TensorHeader[] {
  const { name, numColumns } = group;
  const numRows = countRows(group);
  const numBlocks = numColumns / blockSize;
  const blockBytes = (blockSize * bits) / 8;
  const perBlock = { dtype: "F16" as const, shape: [numRows, numBlocks] };
  return [
    {
      name: `${name}.packed`,
      dtype: "U8",
      shape: [numRows, numBlocks, blockBytes],
    },
    { name: `${name}.scales`, ...perBlock },
    ...(hasMinimums ? [{ name: `${name}.minimums`, ...perBlock }] : []),
  ];
}

function packedBytes(matrices: PackedMatrix[]): Uint8Array[] {
  const { packed, scales, minimums } = stackRows(matrices);
  return [packed, scales, ...(minimums ? [minimums] : [])].map(bytesOf);
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
