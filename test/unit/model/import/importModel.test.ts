import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dequantiseGroup } from "../../../../src/model/quantise/dequantiseGroup";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import { importModel } from "../../../../src/model/import/importModel";
import {
  dequantise,
  type WeightFormat,
} from "../../../../src/formats/weightFormats";
import { layerGroups } from "../../../../src/model/files/llamaNames";
import { allLinearGroups } from "../../../../src/model/files/weightNames";
import { findLinearWeights } from "../../../../src/model/files/weights";
import { separateRows } from "../../../../src/model/import/weightSource";
import { buildTokenizerFiles } from "../../../../src/tokenizer/buildTokenizerFiles";
import { formatGguf, tinyGguf } from "../../formats/ggufWriter";
import { useImports } from "./importSupport";
import { llamaConfig } from "../../support/llamaConfig";

suite("importModel()", () => {
  const { inFolder, importBytes } = useImports();

  test("separateRows() undoes llama.cpp's order of rotated rows", () => {
    // Two heads of six rows, two bytes a row; numbers say where a row belongs.
    const interleaved = [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11];
    const bytes = Uint8Array.from(
      interleaved.flatMap((row) => [row, 100 + row]),
    );
    const separated = separateRows(bytes, { numRows: 12, numHeads: 2 });
    const rows = [...Array(12).keys()];
    assert.deepEqual(
      [...separated],
      rows.flatMap((row) => [row, 100 + row]),
    );
  });

  for (const format of ["Q4_0", "Q4_1", "Q8_0", "F32"] as WeightFormat[]) {
    test(`takes ${format} over exactly, with q and k put in order`, async () => {
      const spec = tinyGguf(format);
      const folder = await importBytes(formatGguf(spec), {
        linear: { kind: "exact" },
      });
      const floats = (name: string, heads?: number) => {
        const tensor = spec.tensors.find((entry) => entry.name === name)!;
        const values = dequantise(tensor.bytes, tensor.format);
        if (!heads) return [...values];
        const bytes = new Uint8Array(values.buffer);
        const rows = { numRows: tensor.shape[0]!, numHeads: heads };
        return [...new Float32Array(separateRows(bytes, rows).buffer)];
      };
      const groups = layerGroups(llamaConfig(folder), 1);
      assert.deepEqual(
        [...dequantiseGroup(folder, groups.queryKeyValue)],
        [
          ...floats("blk.1.attn_q.weight", 4),
          ...floats("blk.1.attn_k.weight", 2),
          ...floats("blk.1.attn_v.weight"),
        ],
      );
      assert.deepEqual(
        [...dequantiseGroup(folder, groups.gateUp)],
        [...floats("blk.1.ffn_gate.weight"), ...floats("blk.1.ffn_up.weight")],
      );
      assert.deepEqual(
        [...dequantiseGroup(folder, groups.down)],
        floats("blk.1.ffn_down.weight"),
      );
    });
  }

  test("writes config, generation settings and tokenizer from the metadata", async () => {
    const folder = await importBytes(formatGguf(tinyGguf("Q4_1")), {
      name: "tiny",
    });
    assert.deepEqual(readdirSync(folder.directory).sort(), [
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    assert.equal(folder.name, "tiny");
    assert.deepEqual(folder.config, {
      architecture: "llama",
      vocabSize: 128,
      embeddingDim: 64,
      numLayers: 2,
      numHeads: 4,
      numKvHeads: 2,
      headDim: 16,
      feedForwardDim: 96,
      contextLength: 512,
      rope: { base: 10_000 },
      isRotated: [true, true],
      slidingWindow: undefined,
      biases: { queryKeyValue: false, attentionOutput: false, mlp: false },
      hasQueryKeyNorm: false,
      isFused: false,
      multipliers: { embedding: 1, attention: 0.25, residual: 1, logits: 1 },
      normEpsilon: 1e-5,
      hasTiedEmbeddings: true,
      bosTokenId: 1,
      eosTokenIds: [2, 0],
      quantization: { version: 1, name: "tiny" },
    });
  });

  test("chooses exact blocks where there are any, else 4-bit layers and an 8-bit embedding", async () => {
    const check = async (format: WeightFormat, expected: string[]) => {
      const folder = await importBytes(formatGguf(tinyGguf(format)));
      const found = allLinearGroups(folder.config)
        .slice(0, 2)
        .map((group) => {
          const weights = findLinearWeights(folder, group);
          return weights.kind === "packed"
            ? `${weights.bits} bits${weights.minimums ? ", minimums" : ""}`
            : weights.kind;
        });
      assert.deepEqual(found, expected);
    };
    await check("Q4_1", ["8 bits", "4 bits, minimums"]);
    await check("Q4_0", ["4 bits", "4 bits"]);
    await check("Q8_0", ["8 bits", "8 bits"]);
    await check("F32", ["8 bits", "4 bits, minimums"]);
    await check("Q5_0", ["8 bits", "8 bits"]);
  });

  test("chooses for each matrix by itself, and says what", async () => {
    const spec = tinyGguf("Q4_1");
    const change = (name: string, format: WeightFormat) => {
      const tensor = spec.tensors.find((entry) => entry.name === name)!;
      const other = tinyGguf(format).tensors;
      Object.assign(
        tensor,
        other.find((entry) => entry.name === name),
      );
    };
    change("blk.0.attn_v.weight", "Q5_0");
    change("blk.1.ffn_down.weight", "Q8_0");
    change("blk.1.attn_output.weight", "F32");
    const source = inFolder("mixed.gguf");
    writeFileSync(source, formatGguf(spec));
    const directory = inFolder("mixed");
    const choices = await importModel({
      source,
      directory,
      buildTokenizerFiles,
    });
    const rounded = (bits: number, more = "") =>
      `${bits} bits, blocks of 32 with scales${more}`;
    const one = (name: string, from: string, to: string) => ({
      name,
      numMatrices: 1,
      from,
      to,
    });
    assert.deepEqual(choices, [
      one("model.embed_tokens", "Q4_1", rounded(8)),
      one("self_attn.qkv_proj", "Q4_1 and Q5_0", rounded(8)),
      one("self_attn.o_proj", "Q4_1", "as it is"),
      { ...one("mlp.gate_up_proj", "Q4_1", "as it is"), numMatrices: 2 },
      one("mlp.down_proj", "Q4_1", "as it is"),
      one("self_attn.qkv_proj", "Q4_1", "as it is"),
      one("self_attn.o_proj", "F32", rounded(4, " and minimums")),
      one("mlp.down_proj", "Q8_0", "as it is"),
    ]);
    const folder = openModelFolder(directory);
    const { queryKeyValue } = layerGroups(llamaConfig(folder), 0);
    const value = dequantiseGroup(folder, queryKeyValue).subarray(96 * 64);
    const { bytes } = spec.tensors.find(
      ({ name }) => name === "blk.0.attn_v.weight",
    )!;
    const expected = dequantise(bytes, "Q5_0");
    const error = Math.sqrt(
      squares(value.map((weight, i) => weight - expected[i]!)) /
        squares(expected),
    );
    // 4 bits would lose 0.08 of what the file has (docs/LOG.md).
    assert.ok(error < 0.01, `${error}`);
  });

  test("rounds to the format asked for", async () => {
    const spec = tinyGguf("F32");
    const folder = await importBytes(formatGguf(spec), {
      linear: { kind: "float", dtype: "F16" },
      embedding: {
        kind: "rounded",
        format: { bits: 4, blockSize: 64, hasMinimums: false },
      },
    });
    const [embedding, linear] = allLinearGroups(folder.config).map((group) =>
      findLinearWeights(folder, group),
    );
    assert.ok(embedding?.kind === "packed" && embedding.blockSize === 64);
    assert.ok(linear?.kind === "float" && linear.parts[0]?.dtype === "F16");
    // Sources of multiples of 1/128 are exact in fp16.
    assert.deepEqual(
      dequantiseGroup(
        folder,
        layerGroups(llamaConfig(folder), 0).attentionOutput,
      ),
      new Float32Array(
        spec.tensors.find(({ name }) => name === "blk.0.attn_output.weight")!
          .bytes.buffer,
      ),
    );
  });

  test("keeps a head of its own", async () => {
    const spec = tinyGguf("Q8_0");
    spec.tensors.push({
      ...tinyGguf("Q8_0", 9).tensors[0]!,
      name: "output.weight",
    });
    const folder = await importBytes(formatGguf(spec));
    assert.equal(folder.config.hasTiedEmbeddings, false);
    const [embedding, head] = ["model.embed_tokens", "lm_head"].map((name) =>
      dequantiseGroup(
        folder,
        allLinearGroups(folder.config).find((group) => group.name === name)!,
      ),
    );
    assert.notDeepEqual(embedding, head);
  });

  test("refuses a folder that holds files, before the source is read", async () => {
    const directory = inFolder("taken");
    await importBytes(formatGguf(tinyGguf("Q4_1")), { directory });
    const before = readFileSync(path.join(directory, "config.json"));
    await assert.rejects(
      importBytes(Buffer.from("nonsense"), { directory }),
      /it holds files already/,
    );
    assert.deepEqual(readFileSync(path.join(directory, "config.json")), before);
    await importBytes(formatGguf(tinyGguf("Q8_0")), {
      directory,
      mayReplace: true,
    });
  });

  test("refuses a source that is not there", async () => {
    await assert.rejects(
      importModel({
        source: inFolder("nothing.gguf"),
        directory: inFolder("nothing"),
        buildTokenizerFiles,
      }),
      /there is no such file, expected a GGUF file or a folder/,
    );
    assert.ok(!existsSync(inFolder("nothing")));
  });
});

function squares(numbers: Float32Array): number {
  return numbers.reduce((sum, number) => sum + number ** 2, 0);
}
