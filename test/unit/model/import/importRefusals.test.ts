import assert from "node:assert/strict";
import { useImports } from "./importSupport";
import {
  formatGguf,
  TINY_METADATA,
  tinyGguf,
  TYPE_IDS,
  type GgufSpec,
} from "../../formats/ggufWriter";

function change(spec: GgufSpec, edit: (copy: GgufSpec) => void): Buffer {
  const copy = {
    metadata: { ...spec.metadata },
    tensors: spec.tensors.map((tensor) => ({ ...tensor })),
  };
  edit(copy);
  return formatGguf(copy);
}

function changeMetadata(key: string, value: GgufSpec["metadata"][string]) {
  return change(tinyGguf("F32"), ({ metadata }) => (metadata[key] = value));
}

suite("importModel() refuses a GGUF file", () => {
  const { importBytes, refuses } = useImports();
  const bytes = formatGguf(tinyGguf("Q4_1"));
  test("with another magic", async () => {
    await refuses(
      Buffer.from("GGML then something else"),
      /begins with "GGML"/,
    );
    await refuses(Buffer.alloc(0), /begins with/);
  });

  test("of another version or byte order", async () => {
    for (const version of [
      [1, 0, 0, 0],
      [4, 0, 0, 0],
      [0, 0, 0, 3],
    ]) {
      const changed = Buffer.from(bytes);
      changed.set(version, 4);
      await refuses(changed, /version is \d+, expected 2 or 3, little-endian/);
    }
  });

  test("that is truncated anywhere", async () => {
    for (const kept of [
      10,
      24,
      60,
      700,
      3000,
      bytes.length / 2,
      bytes.length - 33,
    ]) {
      await refuses(bytes.subarray(0, kept), /truncated|complete|counts/);
    }
  });

  test("whose counts lie", async () => {
    const withCount = (offset: number, count: bigint) => {
      const changed = Buffer.from(bytes);
      changed.writeBigUInt64LE(count, offset);
      return changed;
    };
    await refuses(
      withCount(8, 2n ** 60n),
      /counts 1152921504606846976 tensors/,
    );
    await refuses(withCount(8, 21n), /tensor|header/);
    await refuses(withCount(8, 400n), /./);
    await refuses(withCount(16, 2n ** 40n), /counts 1099511627776 metadata/);
    await refuses(withCount(16, 400n), /./);
    await refuses(withCount(16, 3n), /./);
  });

  test("whose strings are longer than it", async () => {
    const withLength = (marker: string, length: bigint) => {
      const changed = Buffer.from(bytes);
      changed.writeBigUInt64LE(length, changed.indexOf(marker) - 8);
      return changed;
    };
    await refuses(
      withLength("general.architecture", 2n ** 50n),
      /the length of "a name" is/,
    );
    await refuses(withLength("general.architecture", 1_000_000n), /./);
    await refuses(withLength("llama.vocab_size", 60_000n), /./);
    await refuses(withLength("output_norm.weight", 5_000_000n), /./);
  });

  test("with tensors beyond its end", async () => {
    const changed = Buffer.from(bytes);
    const name = "output_norm.weight";
    // After the name: number of dimensions, one dimension, type, offset.
    const offset = changed.indexOf(name) + name.length + 4 + 8 + 4;
    changed.writeBigUInt64LE(2n ** 33n, offset);
    await refuses(changed, /tensor "output_norm.weight" ends at byte \d+ of/);
    changed.writeBigUInt64LE(2n ** 64n - 32n, offset);
    await refuses(changed, /tensor "output_norm.weight" ends at byte \d+ of/);
  });

  test("with a quantisation that is not known", async () => {
    const withType = (type: number) => {
      const changed = Buffer.from(bytes);
      const name = "blk.0.ffn_down.weight";
      const at = changed.indexOf(name) + name.length + 4 + 16;
      assert.equal(changed.readUInt32LE(at), TYPE_IDS.Q4_1);
      changed.writeUInt32LE(type, at);
      return changed;
    };
    await refuses(
      withType(16),
      /"blk.0.ffn_down.weight" is quantised as IQ2_XXS, expected one of F32/,
    );
    await refuses(withType(12), /rows of whole Q4_K blocks of 256/);
    await refuses(withType(999), /quantised as type 999/);
  });

  test("of another architecture or with another use of the weights", async () => {
    const check = (
      key: string,
      value: GgufSpec["metadata"][string],
      message: RegExp,
    ) => refuses(changeMetadata(key, value), message);
    await check(
      "general.architecture",
      "gptneox",
      /architecture is "gptneox", .*, expected one of the families that Inkling reads: Llama/,
    );
    await check(
      "llama.rope.scaling.type",
      "ntk",
      /positions are scaled \("ntk"\), expected none, linear, yarn, or factors/,
    );
    await check("llama.rope.dimension_count", 8, /8 of 16 dimensions/);
    await check("llama.expert_count", 4, /mixture of 4 experts/);
    await check("tokenizer.ggml.model", "bert", /tokenizer is "bert"/);
  });

  test("whose metadata is missing or of the wrong kind", async () => {
    for (const key of Object.keys(TINY_METADATA)) {
      if (/rope|vocab_size|pre$|token_id|head_count_kv/.test(key)) continue;
      const missing = change(
        tinyGguf("F32"),
        ({ metadata }) => delete metadata[key],
      );
      await refuses(
        missing,
        new RegExp(`metadata "${key.replaceAll(".", "\\.")}" is missing`),
      );
    }
    await refuses(
      changeMetadata("llama.block_count", "2"),
      /"llama.block_count" is '2', expected a number above 0/,
    );
    await refuses(
      changeMetadata("llama.embedding_length", { float32: 63.5 }),
      /expected a whole number above 0/,
    );
    await refuses(
      changeMetadata("tokenizer.ggml.tokens", "a"),
      /expected a list/,
    );
    await refuses(
      changeMetadata("tokenizer.ggml.tokens", ["a"]),
      /names 1 tokens, expected 128/,
    );
    await refuses(
      changeMetadata("tokenizer.ggml.token_type", [1]),
      /1 token types, expected 128/,
    );
  });

  test("whose tensors are missing, twice there, superfluous or of another size", async () => {
    const spec = tinyGguf("F32");
    for (const { name } of spec.tensors) {
      const missing = change(spec, (copy) => {
        copy.tensors = copy.tensors.filter((tensor) => tensor.name !== name);
      });
      await refuses(missing, /is missing, expected shape/);
    }
    const extra = (name: string) =>
      change(spec, ({ tensors }) => tensors.push({ ...tensors.at(-1)!, name }));
    await refuses(extra("output_norm.weight"), /is there twice/);
    await refuses(
      extra("blk.0.attn_q.bias"),
      /k_proj.bias" is missing, expected shape/,
    );
    await refuses(
      extra("blk.0.ffn_gate_exps.weight"),
      /"blk.0.ffn_gate_exps.weight" is none of a "llama" model/,
    );
    await refuses(
      extra("rope_freqs.weight"),
      /"rope_freqs.weight" holds 64 numbers, expected 8 above 0/,
    );
    await refuses(
      extra("blk.2.attn_norm.weight"),
      /no place in a "llama" model of 2 layers/,
    );
    await refuses(
      changeMetadata("llama.feed_forward_length", 64),
      /has shape \[.*\], expected \[.*\] from its config/,
    );
    await refuses(
      changeMetadata("llama.vocab_size", 127),
      /has shape \[128, 64\], expected \[127, 64\]/,
    );
  });

  test("whose weights are not finite, when they are rounded", async () => {
    const spec = tinyGguf("F32");
    new DataView(spec.tensors[3]!.bytes.buffer).setFloat32(4, NaN, true);
    await refuses(
      formatGguf(spec),
      /weight 1 of "model.layers.0.self_attn.k_proj" is NaN, expected a finite number/,
    );
  });

  test("whose parts of a fused matrix differ, when they shall be kept exactly", async () => {
    const mixed = tinyGguf("Q4_1");
    const other = tinyGguf("Q8_0").tensors;
    mixed.tensors = mixed.tensors.map((tensor, index) =>
      tensor.name.endsWith("attn_v.weight") ? other[index]! : tensor,
    );
    await assert.rejects(
      importBytes(formatGguf(mixed), { linear: { kind: "exact" } }),
      /"model.layers.0.self_attn.qkv_proj" is Q4_1 and Q8_0, expected all of its parts as one of Q4_0, Q4_1, Q8_0/,
    );
    await importBytes(formatGguf(mixed));
  });

  test("whose embedding would have minimums", async () => {
    await assert.rejects(
      importBytes(bytes, { embedding: { kind: "exact" } }),
      /its embedding would have minimums, expected a packing without/,
    );
  });
});
