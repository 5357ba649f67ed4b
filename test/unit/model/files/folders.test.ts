// Hugging Face folders: opened as they are, imported, and made again by the export.
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { dequantiseGroup } from "../../../../src/model/quantise/dequantiseGroup";
import { exportModel } from "../../../../src/model/import/exportModel";
import {
  importModel,
  type ImportOptions,
} from "../../../../src/model/import/importModel";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import { readJson } from "../../../../src/common/ordinaryFile";
import {
  packRounded,
  unpack,
} from "../../../../src/model/quantise/packedMatrix";
import { readTensorBytes } from "../../../../src/formats/safetensors";
import {
  writeSafetensors,
  type TensorBatch,
} from "../../../../src/formats/safetensorsWriter";
import { layerGroups } from "../../../../src/model/files/llamaNames";
import {
  allLinearGroups,
  embeddingGroup,
} from "../../../../src/model/files/weightNames";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../../support/tinyModel";
import { llamaConfig } from "../../support/llamaConfig";

suite("model folders", () => {
  const inFolder = useTemporaryFolder();
  let numFolders = 0;

  /** A folder of random fp32 weights, cut into shards if asked to, with a tokenizer file. */
  function makeSource({
    maxShardBytes = Infinity,
    config = {},
    edit = (batches: TensorBatch[]) => batches,
  } = {}): string {
    const tiny = makeTinyModel(3, { ...TINY_CONFIG, ...config });
    const directory = inFolder(`source-${++numFolders}`);
    mkdirSync(directory);
    const batches = [...tiny.tensors].map(([name, location]) => ({
      headers: [{ name, dtype: location.dtype, shape: location.shape }],
      load: () => [readTensorBytes(location)],
    }));
    writeSafetensors(directory, edit(batches), { maxShardBytes });
    removeTinyModel(tiny);
    const json = { ...TINY_CONFIG, ...config, keep: "me" };
    writeFileSync(path.join(directory, "config.json"), JSON.stringify(json));
    writeFileSync(path.join(directory, "tokenizer.json"), '{"any": 1}');
    return directory;
  }

  async function importFolder(
    source: string,
    options: Partial<ImportOptions> = {},
  ) {
    const directory = inFolder(`model-${++numFolders}`);
    await importModel({
      source,
      directory,
      buildTokenizerFiles: () => assert.fail("a folder has its tokenizer"),
      ...options,
    });
    return openModelFolder(directory);
  }

  const weightsOf = (directory: string) => {
    const folder = openModelFolder(directory);
    return allLinearGroups(folder.config).map((group) =>
      dequantiseGroup(folder, group),
    );
  };

  test("importModel() keeps floating point exactly and copies the files beside it", async () => {
    const source = makeSource({ maxShardBytes: 40_000 });
    assert.ok(readdirSync(source).length > 5);
    const exact = { kind: "exact" } as const;
    const folder = await importFolder(source, {
      linear: exact,
      embedding: exact,
    });
    assert.deepEqual(weightsOf(folder.directory), weightsOf(source));
    assert.deepEqual(readdirSync(folder.directory), [
      "config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
    const read = (name: string) =>
      readFileSync(path.join(folder.directory, name), "utf8");
    assert.equal(read("tokenizer.json"), '{"any": 1}');
    assert.deepEqual(JSON.parse(read("config.json")), {
      ...TINY_CONFIG,
      keep: "me",
    });
  });

  test("importModel() rounds each part of a fused group as it would alone", async () => {
    const source = openModelFolder(makeSource());
    const format = { bits: 4, blockSize: 32, hasMinimums: true } as const;
    const folder = await importFolder(source.directory, {
      linear: { kind: "rounded", format },
    });
    const group = layerGroups(llamaConfig(folder), 1).gateUp;
    const values = dequantiseGroup(source, group);
    const size = { numRows: 192, numColumns: 64 };
    assert.deepEqual(
      dequantiseGroup(folder, group),
      unpack(packRounded(values, { size, format })),
    );
  });

  test("importModel() leaves out what no graph uses", async () => {
    const rotary = "model.layers.0.self_attn.rotary_emb.inv_freq";
    const addTensors = (batches: TensorBatch[]) => [
      ...batches,
      ...["lm_head.weight", rotary].map((name): TensorBatch => ({
        headers: [{ name, dtype: "F32", shape: [1] }],
        load: () => [new Uint8Array(4)],
      })),
    ];
    const folder = await importFolder(makeSource({ edit: addTensors }));
    assert.ok(!folder.tensors.has("lm_head.weight"));
    assert.ok(!folder.tensors.has(rotary));
  });

  test("importModel() refuses a folder that is no plain Llama or not whole", async () => {
    const check = (source: string, message: RegExp) =>
      assert.rejects(importFolder(source), message);
    const without = (name: string) => {
      const source = makeSource();
      rmSync(path.join(source, name));
      return source;
    };
    await check(without("tokenizer.json"), /tokenizer.json is missing/);
    await check(without("config.json"), /config.json is missing/);
    await check(without("model.safetensors"), /no model\*.safetensors/);
    const bias: TensorBatch = {
      headers: [
        {
          name: "model.layers.0.self_attn.q_proj.bias",
          dtype: "F32",
          shape: [1],
        },
      ],
      load: () => [new Uint8Array(4)],
    };
    await check(
      makeSource({ edit: (batches) => [...batches, bias] }),
      /q_proj.bias" has no place in a "llama" model/,
    );
    await check(
      makeSource({ edit: (batches) => batches.slice(1) }),
      /"model.embed_tokens.weight" is missing, expected shape \[128, 64\]/,
    );
    const quantised = await importFolder(makeSource());
    await check(quantised.directory, /it is quantised already/);
  });

  test("openModelFolder() takes the shards of the index alone, and misses none", () => {
    const source = makeSource({ maxShardBytes: 40_000 });
    const [shard] = readdirSync(source).filter((name) => /00002/.test(name));
    const stray = path.join(source, "model-00009-of-00009.safetensors");
    writeFileSync(stray, "not safetensors at all");
    assert.equal(openModelFolder(source).tensors.size, 20);
    rmSync(path.join(source, shard!));
    assert.throws(
      () => openModelFolder(source),
      /model-00002-of-\d+.safetensors is missing, expected it from model.safetensors.index.json/,
    );
    writeFileSync(
      path.join(source, "model.safetensors.index.json"),
      JSON.stringify({ weight_map: { a: "../elsewhere.safetensors" } }),
    );
    assert.throws(
      () => openModelFolder(source),
      /weight_map names "..\/elsewhere.safetensors", expected a file beside it/,
    );
  });

  test("openModelFolder() refuses configs whose weights would be used differently", () => {
    const check = (config: Record<string, unknown>, message: RegExp) =>
      assert.throws(() => makeSource({ config }), message);
    check({ hidden_act: "gelu" }, /hidden_act is "gelu", expected "silu"/);
    check(
      { rope_scaling: { type: "dynamic", factor: 2 } },
      /rope_scaling is {"type":"dynamic","factor":2}, expected positions of kind default, linear, llama3, yarn or longrope; .* can be taken out/,
    );
    check(
      { rope_parameters: { rope_type: "llama3" } },
      /rope_parameters.factor is missing, expected a number above 0/,
    );
    check(
      {
        rope_scaling: { type: "longrope", short_factor: [1], long_factor: [1] },
      },
      /rope_scaling.short_factor is \[1\], expected 8 numbers above 0/,
    );
    check(
      { partial_rotary_factor: 0.5 },
      /partial_rotary_factor is 0.5, expected 1, whole heads turned/,
    );
    check(
      { model_type: "smollm3", no_rope_layers: [1] },
      /no_rope_layers is \[1\], expected 2 of 0 and 1/,
    );
  });

  test("openModelFolder() finds the rotary base where new files keep it", () => {
    const rope = { rope_type: "default", rope_theta: 50_000 };
    const source = makeSource({
      config: { rope_theta: undefined, rope_parameters: rope },
    });
    const { config } = openModelFolder(source);
    assert.equal(llamaConfig({ config }).rope.base, 50_000);
  });

  test("exportModel() writes under Hugging Face's names what a packed folder stands for", async () => {
    const packed = await importFolder(
      makeSource({ config: { dtype: "bfloat16" } }),
    );
    const directory = inFolder("exported");
    exportModel({ folder: packed, directory, dtype: "float32" });
    const exported = openModelFolder(directory);
    assert.deepEqual(
      [...exported.tensors.keys()].sort(),
      [...openModelFolder(makeSource()).tensors.keys()].sort(),
    );
    assert.deepEqual(weightsOf(directory), weightsOf(packed.directory));
    assert.deepEqual(readJson(path.join(directory, "config.json")), {
      ...TINY_CONFIG,
      keep: "me",
      torch_dtype: "float32",
    });
    assert.ok(readdirSync(directory).includes("tokenizer.json"));
  });

  test("exportModel() narrows to fp16, and refuses a folder with files", () => {
    const source = makeSource();
    const directory = inFolder("halfs");
    exportModel({
      folder: openModelFolder(source),
      directory,
      dtype: "float16",
    });
    const [wide] = weightsOf(source);
    const [narrow] = weightsOf(directory);
    const largest = Math.max(
      ...wide!.map((weight, index) => Math.abs(narrow![index]! / weight - 1)),
    );
    assert.ok(largest > 0 && largest <= 2 ** -11, `${largest}`);
    assert.throws(
      () =>
        exportModel({
          folder: openModelFolder(source),
          directory,
          dtype: "float16",
        }),
      /it holds files already/,
    );
  });

  test("dequantiseGroup() reads a group of a source folder row by row", () => {
    const folder = openModelFolder(makeSource());
    const values = dequantiseGroup(folder, embeddingGroup(folder.config));
    const location = folder.tensors.get("model.embed_tokens.weight")!;
    const bytes = readTensorBytes(location);
    assert.deepEqual(values, new Float32Array(bytes.buffer));
  });
});
