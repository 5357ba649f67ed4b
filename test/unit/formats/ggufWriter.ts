// Writes small GGUF files for tests, sound ones and, by changing the result, damaged ones.
// Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { TINY_CONFIG } from "../support/tinyModel";
import {
  formatBytes,
  type WeightFormat,
} from "../../../src/formats/weightFormats";

export type MetadataValue =
  string | number | boolean | { float32: number } | string[] | number[];

export interface GgufSpec {
  metadata: Record<string, MetadataValue>;
  tensors: {
    name: string;
    shape: number[];
    format: WeightFormat;
    bytes: Uint8Array;
  }[];
}

/** Numbers of the layouts in ggml's enumeration. */
export const TYPE_IDS: Record<WeightFormat, number> = {
  F32: 0,
  F16: 1,
  BF16: 30,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q2_K: 10,
  Q3_K: 11,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  IQ4_NL: 20,
  IQ4_XS: 23,
};

const VALUE_TYPE = {
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  text: 8,
  list: 9,
};

/** The bytes of a GGUF file. */
export function formatGguf({ metadata, tensors }: GgufSpec): Buffer {
  const entries = Object.entries(metadata);
  const parts = [
    Buffer.from("GGUF"),
    uint32(3),
    uint64(tensors.length),
    uint64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), typedValue(value)]),
  ];
  let offset = 0;
  for (const { name, shape, format, bytes } of tensors) {
    const columnsFirst = shape.toReversed().map(uint64);
    parts.push(text(name), uint32(shape.length), ...columnsFirst);
    parts.push(uint32(TYPE_IDS[format]), uint64(offset));
    offset += Math.ceil(bytes.length / 32) * 32;
  }
  const header = pad(Buffer.concat(parts));
  return Buffer.concat([header, ...tensors.map(({ bytes }) => pad(bytes))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function typedValue(value: MetadataValue): Buffer {
  if (Array.isArray(value)) {
    // llama.cpp wants token types signed.
    const type =
      typeof value[0] === "string" ? VALUE_TYPE.text : VALUE_TYPE.int32;
    const head = [uint32(VALUE_TYPE.list), uint32(type), uint64(value.length)];
    const items = value.map((item) =>
      typeof item === "string" ? text(item) : int32(item),
    );
    return Buffer.concat([...head, ...items]);
  }
  if (typeof value === "string") {
    return Buffer.concat([uint32(VALUE_TYPE.text), text(value)]);
  }
  if (typeof value === "boolean") {
    return Buffer.concat([uint32(VALUE_TYPE.bool), Buffer.from([+value])]);
  }
  if (typeof value === "number") {
    return Buffer.concat([uint32(VALUE_TYPE.uint32), uint32(value)]);
  }
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value.float32);
  return Buffer.concat([uint32(VALUE_TYPE.float32), bytes]);
}

function pad(bytes: Uint8Array): Buffer {
  const rest = (32 - (bytes.length % 32)) % 32;
  return Buffer.concat([bytes, Buffer.alloc(rest)]);
}

/** Metadata of a Llama of TINY_CONFIG's sizes. */
export const TINY_METADATA: Record<string, MetadataValue> = {
  "general.architecture": "llama",
  "llama.block_count": TINY_CONFIG.num_hidden_layers,
  "llama.context_length": TINY_CONFIG.max_position_embeddings,
  "llama.embedding_length": TINY_CONFIG.hidden_size,
  "llama.feed_forward_length": TINY_CONFIG.intermediate_size,
  "llama.attention.head_count": TINY_CONFIG.num_attention_heads,
  "llama.attention.head_count_kv": TINY_CONFIG.num_key_value_heads,
  "llama.attention.layer_norm_rms_epsilon": { float32: 1e-5 },
  "llama.rope.freq_base": { float32: TINY_CONFIG.rope_theta },
  "llama.rope.dimension_count": TINY_CONFIG.head_dim,
  "llama.vocab_size": TINY_CONFIG.vocab_size,
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "smollm",
  "tokenizer.ggml.tokens": [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    ...Array.from({ length: TINY_CONFIG.vocab_size - 3 }, (_, id) =>
      String.fromCodePoint(0x21 + id),
    ),
  ],
  "tokenizer.ggml.token_type": [
    ...Array.from({ length: 3 }, () => 3),
    ...Array.from({ length: TINY_CONFIG.vocab_size - 3 }, () => 1),
  ],
  "tokenizer.ggml.merges": ["a b"],
  "tokenizer.ggml.bos_token_id": 1,
  "tokenizer.ggml.eos_token_id": 2,
};

/** Names and shapes of a tiny Llama's tensors as llama.cpp writes them. */
export function tinyTensorShapes(): { name: string; shape: number[] }[] {
  const dim = TINY_CONFIG.hidden_size;
  const keyDim = TINY_CONFIG.num_key_value_heads * TINY_CONFIG.head_dim;
  const feedForwardDim = TINY_CONFIG.intermediate_size;
  const layer = (index: number) =>
    Object.entries({
      attn_norm: [dim],
      attn_q: [dim, dim],
      attn_k: [keyDim, dim],
      attn_v: [keyDim, dim],
      attn_output: [dim, dim],
      ffn_norm: [dim],
      ffn_gate: [feedForwardDim, dim],
      ffn_up: [feedForwardDim, dim],
      ffn_down: [dim, feedForwardDim],
    }).map(([name, shape]) => ({ name: `blk.${index}.${name}.weight`, shape }));
  return [
    { name: "token_embd.weight", shape: [TINY_CONFIG.vocab_size, dim] },
    ...layer(0),
    ...layer(1),
    { name: "output_norm.weight", shape: [dim] },
  ];
}

/** A sound tiny model: matrices of random blocks of one layout, norms of ones. */
export function tinyGguf(format: WeightFormat, seed = 1): GgufSpec {
  const nextByte = byteSource(seed);
  const tensors = tinyTensorShapes().map(({ name, shape }) => {
    if (shape.length === 1) {
      const ones = new Float32Array(shape[0]!).fill(1);
      return { name, shape, format: "F32" as const, bytes: bytesOf(ones) };
    }
    const numWeights = shape[0]! * shape[1]!;
    const bytes = randomWeights(format, { numWeights, nextByte });
    return { name, shape, format, bytes };
  });
  return { metadata: TINY_METADATA, tensors };
}

/** Bytes that are finite weights of a layout: small scales at the head of each block, the rest random. */
export function randomWeights(
  format: WeightFormat,
  { numWeights, nextByte }: { numWeights: number; nextByte: () => number },
): Uint8Array {
  if (format === "F32") {
    return bytesOf(
      Float32Array.from({ length: numWeights }, () => nextByte() / 128 - 1),
    );
  }
  const bytes = Uint8Array.from(
    { length: formatBytes(format, numWeights) },
    nextByte,
  );
  const numHalfs = { Q4_0: 1, Q5_0: 1, Q8_0: 1, Q4_1: 2 }[format as string];
  if (numHalfs === undefined) return bytes;
  const blockBytes = formatBytes(format, 32);
  for (let start = 0; start < bytes.length; start += blockBytes) {
    // fp16 between 1/32 and 1/16, and the negative of such a number as minimum.
    bytes[start + 1] = 0x28 | (bytes[start + 1]! & 3);
    if (numHalfs === 2) bytes[start + 3] = 0xa8 | (bytes[start + 3]! & 3);
  }
  return bytes;
}

/** Pseudo-random bytes (the linear congruential generator of C's standard). */
export function byteSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 16) & 255;
  };
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
