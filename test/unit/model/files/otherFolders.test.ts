// What people have and is no model folder is named for what it is, with the way out: opened for use and for import alike.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { importModel } from "../../../../src/model/import/importModel";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import { formatGguf, tinyGguf } from "../../formats/ggufWriter";
import { useImports } from "../import/importSupport";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { writeTree } from "../../support/textTree";
import { TINY_CONFIG } from "../../support/tinyModel";

const LFS =
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 988097824\n";
const CONFIG = JSON.stringify(TINY_CONFIG);
const config = (change: object) =>
  JSON.stringify({ ...TINY_CONFIG, ...change });
const GGUF = formatGguf(tinyGguf("F32"));
const SAVE =
  /expected model\.safetensors; transformers makes it: .*save_pretrained/;

suite("openModelFolder() and importModel() name", () => {
  const inFolder = useTemporaryFolder();
  let numFolders = 0;

  const rows: [string, Record<string, string | Buffer>, ...RegExp[]][] = [
    ["an empty folder", {}, /it is empty, expected a folder made by/],
    [
      "a folder of other things",
      { "README.md": "Hello" },
      /config\.json is missing, expected a folder made by "inkling import"/,
    ],
    [
      "a folder with a GGUF file alone",
      { "small-Q8_0.gguf": GGUF, "README.md": "Hello" },
      /it holds the GGUF file small-Q8_0\.gguf alone/,
      /"inkling import .*small-Q8_0\.gguf --out DIR" makes one of it/,
    ],
    [
      "a GGUF file beside a config.json",
      { "config.json": CONFIG, "small.gguf": GGUF },
      /it holds the GGUF file small\.gguf alone/,
    ],
    [
      "an adapter",
      {
        "adapter_config.json": "{}",
        "adapter_model.safetensors": "",
        "README.md": "Hello",
      },
      /it is an adapter, learned for a model, expected the model; .*--adapter/,
    ],
    [
      "pickled weights",
      { "config.json": CONFIG, "pytorch_model-00001-of-00002.bin": "PK" },
      /it holds pickled PyTorch weights \(pytorch_model-00001-of-00002\.bin\) alone/,
      SAVE,
    ],
    [
      "a folder of Meta's form",
      { "params.json": "{}", "consolidated.00.pth": "PK" },
      /it holds pickled PyTorch weights \(consolidated\.00\.pth\) alone/,
    ],
    [
      "weights of TensorFlow",
      { "config.json": CONFIG, "tf_model.h5": "HDF" },
      /it holds weights of TensorFlow or Flax \(tf_model\.h5\) alone/,
    ],
    [
      "an ONNX graph",
      { "config.json": CONFIG, "model.onnx": "onnx", "model.onnx.data": "0" },
      /it holds an ONNX graph \(model\.onnx\) alone, expected model\.safetensors/,
    ],
    [
      "ONNX graphs one folder down",
      { "config.json": CONFIG, "onnx/model_q4.onnx": "onnx" },
      /it holds an ONNX graph \(onnx\/model_q4\.onnx\) alone/,
    ],
    [
      "weights that MLX has quantised",
      {
        "config.json": config({ quantization: { group_size: 64, bits: 4 } }),
        "model.safetensors": "packed",
      },
      /its weights are quantised by MLX \(4 bits\), expected floating-point weights or a GGUF file/,
    ],
    [
      "weights that GPTQ has quantised",
      {
        "config.json": config({
          quantization_config: { quant_method: "gptq" },
        }),
        "model.safetensors": "packed",
      },
      /its weights are quantised by "gptq", expected floating-point weights/,
    ],
    [
      "weights that git has not fetched",
      { "config.json": CONFIG, "model.safetensors": LFS },
      /model\.safetensors: it is a pointer of git LFS, expected the file that it stands for; "git lfs pull"/,
    ],
    [
      "a shard that git has not fetched",
      {
        "config.json": CONFIG,
        "model.safetensors.index.json": JSON.stringify({
          weight_map: {
            "model.norm.weight": "model-00001-of-00001.safetensors",
          },
        }),
        "model-00001-of-00001.safetensors": LFS,
      },
      /00001\.safetensors: it is a pointer of git LFS/,
    ],
    [
      "a config.json that git has not fetched",
      { "config.json": LFS },
      /config\.json: it is a pointer of git LFS/,
    ],
    [
      "a shard that is missing",
      {
        "config.json": CONFIG,
        "model.safetensors.index.json": JSON.stringify({
          weight_map: {
            "model.norm.weight": "model-00001-of-00002.safetensors",
          },
        }),
      },
      /model-00001-of-00002\.safetensors is missing, expected it from model\.safetensors\.index\.json/,
    ],
    [
      "a config.json without weights",
      { "config.json": CONFIG },
      /no model\*\.safetensors, expected at least one/,
    ],
  ];
  for (const [name, files, ...messages] of rows) {
    test(name, async () => {
      const source = inFolder(`source-${++numFolders}`);
      mkdirSync(source, { recursive: true });
      writeTree(source, files);
      const directory = inFolder(`model-${numFolders}`);
      for (const open of [
        async () => void openModelFolder(source),
        () =>
          importModel({
            source,
            directory,
            buildTokenizerFiles: () => assert.fail("it has no tokenizer"),
          }),
      ]) {
        await assert.rejects(open, (error: Error) => {
          for (const message of messages) assert.match(error.message, message);
          return true;
        });
      }
      assert.ok(!existsSync(directory));
    });
  }

  test("a GGUF file, another file, and nothing", () => {
    writeTree(inFolder(), { "a.gguf": GGUF, "a.bin": GGUF, "b.txt": "Hello" });
    const opens = (name: string, message: RegExp) =>
      assert.throws(() => openModelFolder(inFolder(name)), message);
    opens(
      "a.gguf",
      /it is a GGUF file, expected a model folder; "inkling import .*a\.gguf --out DIR" makes one of it/,
    );
    opens("a.bin", /it is a GGUF file/);
    opens("b.txt", /it is a file, expected a folder made by "inkling import"/);
    opens("nowhere", /there is no such folder, expected a folder made by/);
  });
});

suite("importModel() names a GGUF file that is", () => {
  const { importBytes, refuses } = useImports();
  const withKeys = (metadata: Record<string, string | number>) => {
    const spec = tinyGguf("F32");
    return formatGguf({ ...spec, metadata: { ...spec.metadata, ...metadata } });
  };

  const rows: [string, Record<string, string | number>, RegExp][] = [
    [
      "a part of a model",
      { "split.count": 3, "split.no": 0 },
      /it says that it is part 1 of 3, expected part 1 of 1 as its name does; gguf-split names parts NAME-00001-of-00002/,
    ],
    [
      "an adapter",
      { "general.type": "adapter", "adapter.type": "lora" },
      /it is a LoRA adapter, expected a whole model/,
    ],
    [
      "a mixture of experts",
      { "llama.expert_count": 8 },
      /it is a mixture of 8 experts/,
    ],
    [
      "a mixture of experts of another family",
      { "general.architecture": "qwen3moe", "qwen3moe.expert_count": 128 },
      /it is a mixture of 128 experts/,
    ],
  ];
  for (const [name, metadata, message] of rows) {
    test(name, () => refuses(withKeys(metadata), message));
  }

  test("a pointer of git LFS", async () => {
    await assert.rejects(
      importBytes(Buffer.from(LFS)),
      /it is a pointer of git LFS, expected the file that it stands for/,
    );
  });

  test("and takes one that says it is whole and has no experts", async () => {
    const bytes = withKeys({
      "split.count": 1,
      "general.type": "model",
      "llama.expert_count": 0,
    });
    assert.equal((await importBytes(bytes)).config.numLayers, 2);
  });
});
