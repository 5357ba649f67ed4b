import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import {
  readAdapter,
  writeAdapter,
  type AdapterToWrite,
} from "../../../src/adapters/peftAdapter";
import { scaleOf } from "../../../src/adapters/peftConfig";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../support/tinyModel";

suite("peftAdapter", () => {
  const inFolder = useTemporaryFolder();
  let folder: ModelFolder;
  let other: ModelFolder;
  let adapter: AdapterToWrite;
  let numCopies = 0;

  suiteSetup(() => {
    folder = makeTinyModel(1);
    other = makeTinyModel(2);
    adapter = tinyAdapter(folder);
    writeAdapter(inFolder("whole"), adapter, folder);
  });
  suiteTeardown(() => {
    removeTinyModel(folder);
    removeTinyModel(other);
  });

  /** A copy of the adapter with its config changed. */
  function copyWith(
    config: Record<string, unknown>,
    { keepsManifest = true } = {},
  ): string {
    const copy = inFolder(`copy${numCopies++}`);
    cpSync(inFolder("whole"), copy, { recursive: true });
    const file = path.join(copy, "adapter_config.json");
    const old = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...old, ...config }));
    if (!keepsManifest) rmSync(path.join(copy, "inkling_manifest.json"));
    return copy;
  }

  function refuses(
    directory: string,
    message: RegExp,
    base: ModelFolder = folder,
  ) {
    assert.throws(() => readAdapter(directory, base), message);
  }

  test("readAdapter gives back what writeAdapter wrote, scaled by alpha / rank", () => {
    const read = readAdapter(inFolder("whole"), folder);
    assert.deepEqual([...read.pairs.keys()], [...adapter.pairs.keys()]);
    for (const [name, pair] of adapter.pairs) {
      const { loraA, loraB, rank, scale } = read.pairs.get(name)!;
      assert.deepEqual(
        { loraA, loraB, rank, scale },
        { ...pair, rank: 4, scale: 2 },
      );
    }
    // JSON leaves out what is undefined.
    assert.deepEqual(
      read.manifest,
      JSON.parse(JSON.stringify(adapter.manifest)),
    );
    assert.deepEqual(read.warnings, []);
    assert.equal(read.name, "tiny adapter");
  });

  test("writeAdapter names tensors and modules as peft does, and leaves nothing else behind", () => {
    assert.deepEqual(readdirSync(inFolder("whole")).sort(), [
      "adapter_config.json",
      "adapter_model.safetensors",
      "inkling_manifest.json",
    ]);
    const weights = readFileSync(
      inFolder("whole", "adapter_model.safetensors"),
    );
    const header = weights.toString(
      "utf8",
      8,
      8 + Number(weights.readBigUInt64LE()),
    );
    const tensors = JSON.parse(header) as Record<string, { shape: number[] }>;
    const prefix = "base_model.model.model.layers.1.self_attn.k_proj";
    assert.deepEqual(tensors[`${prefix}.lora_A.weight`]?.shape, [4, 64]);
    assert.deepEqual(tensors[`${prefix}.lora_B.weight`]?.shape, [32, 4]);
    const config = JSON.parse(
      readFileSync(inFolder("whole", "adapter_config.json"), "utf8"),
    ) as Record<string, unknown>;
    assert.deepEqual(config.target_modules, [
      "q_proj",
      "k_proj",
      "v_proj",
      "o_proj",
      "gate_proj",
      "up_proj",
      "down_proj",
    ]);
    assert.equal(config.layers_to_transform, null);
  });

  test("writeAdapter says which layers have an adapter where not all have", () => {
    const partial = tinyAdapter(folder, {
      covers: (name) => name.includes("layers.1") && name.endsWith("q_proj"),
    });
    writeAdapter(inFolder("partial"), partial, folder);
    const config = JSON.parse(
      readFileSync(inFolder("partial", "adapter_config.json"), "utf8"),
    ) as Record<string, unknown>;
    assert.deepEqual(config.layers_to_transform, [1]);
    assert.deepEqual(config.target_modules, ["q_proj"]);
    assert.equal(readAdapter(inFolder("partial"), folder).pairs.size, 1);
  });

  test("writeAdapter replaces an adapter and keeps other files of its folder", () => {
    const directory = copyWith({});
    writeFileSync(path.join(directory, "notes.txt"), "mine");
    const next = tinyAdapter(folder, { seed: 2, rank: 2 });
    writeAdapter(directory, next, folder);
    const name = [...next.pairs.keys()][0]!;
    const { loraB, rank } = readAdapter(directory, folder).pairs.get(name)!;
    assert.deepEqual(loraB, next.pairs.get(name)!.loraB);
    assert.equal(rank, 2);
    assert.equal(
      readFileSync(path.join(directory, "notes.txt"), "utf8"),
      "mine",
    );
  });

  test("writeAdapter leaves nothing behind when the adapter does not fit the model", () => {
    const strange = {
      ...adapter,
      pairs: new Map([
        ["model.layers.9.self_attn.q_proj", [...adapter.pairs.values()][0]!],
      ]),
    };
    assert.throws(
      () => writeAdapter(inFolder("strange"), strange, folder),
      /0 of its 1 matrices belong to/,
    );
    assert.deepEqual(
      readdirSync(inFolder()).filter((name) => name.startsWith("strange")),
      [],
    );
  });

  test("readAdapter refuses another base by its hash, and takes a copy of the same", () => {
    refuses(inFolder("whole"), /was trained for .* expected /, other);
    const copy: ModelFolder = { ...folder, directory: "elsewhere", name: "x" };
    assert.equal(readAdapter(inFolder("whole"), copy).pairs.size, 14);
  });

  test("readAdapter takes an adapter without manifest and warns", () => {
    const named = (name: string) =>
      readAdapter(
        copyWith({ base_model_name_or_path: name }, { keepsManifest: false }),
        { ...folder, name: "SmolLM2-135M-Instruct.Q4_1" },
      ).warnings;
    const [unsure, ...rest] = named("HuggingFaceTB/SmolLM2-135M-Instruct");
    assert.match(unsure!, /has no inkling_manifest.json/);
    assert.deepEqual(rest, []);
    assert.match(named("gpt2")[1]!, /names "gpt2" as its base/);
  });

  test("readAdapter refuses what peft computes in another way", () => {
    const check = (config: Record<string, unknown>, message: RegExp) =>
      refuses(copyWith(config), message);
    check({ peft_type: "IA3" }, /peft_type is "IA3", expected "LORA"/);
    check({ use_dora: true }, /use_dora is true/);
    check({ bias: "all" }, /bias is "all", expected "none"/);
    check({ modules_to_save: ["lm_head"] }, /modules_to_save/);
    check({ init_lora_weights: "pissa" }, /init_lora_weights is "pissa"/);
    check({ r: 0 }, /r is 0, expected a number above 0/);
    check({ r: 3 }, /has shape \[4, 64\], expected \[3, 64\]/);
    check({ rank_pattern: { q_proj: "many" } }, /rank_pattern/);
  });

  test("scaleOf follows patterns and rank stabilisation", () => {
    const config = {
      baseName: undefined,
      rank: 8,
      alpha: 16,
      isRankStabilised: false,
      rankPattern: { "1.self_attn.q_proj": 4 },
      alphaPattern: { v_proj: 2 },
    };
    const name = (rest: string) => `model.layers.1.self_attn.${rest}`;
    assert.deepEqual(scaleOf(config, name("q_proj")), { rank: 4, scale: 4 });
    assert.deepEqual(scaleOf(config, name("v_proj")), { rank: 8, scale: 0.25 });
    assert.deepEqual(scaleOf(config, name("k_proj")), { rank: 8, scale: 2 });
    assert.deepEqual(
      scaleOf({ ...config, rank: 4, isRankStabilised: true }, name("o_proj")),
      { rank: 4, scale: 8 },
    );
  });

  test("readAdapter says what is damaged or missing", () => {
    const weights = (directory: string) =>
      path.join(directory, "adapter_model.safetensors");
    const truncated = copyWith({});
    truncateSync(weights(truncated), 5000);
    refuses(truncated, /truncated|ends at byte/);

    const noNumbers = copyWith({});
    const bytes = readFileSync(weights(noNumbers));
    bytes.writeFloatLE(NaN, bytes.length - 4);
    writeFileSync(weights(noNumbers), bytes);
    refuses(noNumbers, /values that are no numbers/);

    const pickled = copyWith({});
    renameSync(weights(pickled), path.join(pickled, "adapter_model.bin"));
    refuses(
      pickled,
      /adapter_model.safetensors is missing.*safe_serialization/,
    );

    const garbled = copyWith({});
    appendFileSync(path.join(garbled, "inkling_manifest.json"), "}");
    refuses(garbled, /Cannot read .*inkling_manifest.json/);

    refuses(inFolder("nowhere"), /adapter_config.json is missing/);
  });

  test("readAdapter refuses tensors that belong to no layer of the model", () => {
    const deep = makeTinyModel(1, {
      ...TINY_CONFIG,
      num_hidden_layers: 3,
    });
    try {
      writeAdapter(inFolder("deep"), tinyAdapter(deep), deep);
      rmSync(inFolder("deep", "inkling_manifest.json"));
      refuses(
        inFolder("deep"),
        /layers\.2\.self_attn\.q_proj\.lora_A\.weight" belongs to no linear layer/,
      );
    } finally {
      removeTinyModel(deep);
    }
  });
});
