// Adapters on the disk: listed, judged, renamed, copied and removed.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { useTemporaryFolder } from "../support/temporaryFolder";

/** The smallest file that is a whole safetensors file: one number. */
function weights(): Buffer {
  const header = Buffer.from(
    JSON.stringify({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

function manifest(name: string, createdAt = "2026-01-01T00:00:00Z"): string {
  return JSON.stringify({
    version: 1,
    name,
    createdAt,
    base: { name: "Base", sha256: "" },
    documents: [],
    outcome: { verdict: "helps" },
  });
}

function writeAdapter(
  folder: string,
  files: Record<string, string | Buffer> = {},
): void {
  mkdirSync(folder, { recursive: true });
  const all = {
    "adapter_config.json": JSON.stringify({
      peft_type: "LORA",
      r: 4,
      lora_alpha: 8,
      base_model_name_or_path: "someone/Base",
    }),
    "adapter_model.safetensors": weights(),
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    writeFileSync(path.join(folder, name), content);
  }
}

suite("AdapterFolders", () => {
  const inFolder = useTemporaryFolder();
  let number = 0;
  const temporaryFolder = () => {
    const folder = inFolder(String(number++));
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  let root: string;
  let adapters: AdapterFolders;
  setup(() => {
    root = path.join(temporaryFolder(), "adapters");
    adapters = new AdapterFolders(root);
  });

  test("AdapterFolders.list() is empty where nothing was ever trained", () => {
    assert.deepEqual(adapters.list(undefined), []);
  });

  test("AdapterFolders.list() has the newest first and not the one that is being made", () => {
    for (const [id, month] of [
      ["old", "01"],
      ["new", "02"],
      ["training", "03"],
    ] as const) {
      writeAdapter(path.join(root, id), {
        "inkling_manifest.json": manifest(id, `2026-${month}-01T00:00:00Z`),
      });
    }
    const ids = adapters.list("training").map(({ id }) => id);
    assert.deepEqual(ids, ["new", "old"]);
  });

  test("AdapterFolders.list() says what is missing or damaged", () => {
    const whole = weights();
    writeAdapter(path.join(root, "a-whole"));
    writeAdapter(path.join(root, "b-cut"), {
      "adapter_model.safetensors": whole.subarray(0, whole.length - 1),
    });
    writeAdapter(path.join(root, "c-config"), { "adapter_config.json": "{" });
    writeAdapter(path.join(root, "d-manifest"), {
      "inkling_manifest.json": '{"version": 1}',
    });
    mkdirSync(path.join(root, "e-empty"));
    const faults = Object.fromEntries(
      adapters.list(undefined).map(({ id, fault }) => [id, fault]),
    );
    assert.deepEqual(faults, {
      "a-whole": undefined,
      "b-cut": { code: "damaged-file", file: "adapter_model.safetensors" },
      "c-config": { code: "damaged-file", file: "adapter_config.json" },
      "d-manifest": { code: "damaged-file", file: "inkling_manifest.json" },
      "e-empty": { code: "missing-file", file: "adapter_config.json" },
    });
    const found = adapters.list(undefined).find(({ id }) => id === "a-whole");
    assert.equal(found?.baseName, "Base");
  });

  test("AdapterFolders.rename() changes the manifest, or the folder of one without", () => {
    writeAdapter(path.join(root, "a"), {
      "inkling_manifest.json": manifest("a"),
    });
    writeAdapter(path.join(root, "b"));
    assert.equal(adapters.rename("a", "Ärger & Co"), "a");
    assert.equal(adapters.rename("b", "Ärger & Co"), "ärger-co");
    const names = adapters
      .list(undefined)
      .map(({ id, manifest }) => manifest?.name ?? id);
    assert.deepEqual(names.sort(), ["Ärger & Co", "ärger-co"].sort());
  });

  for (const [name, expected] of [
    ["CON", "adapter-con"],
    ["nul.txt", "adapter-nul.txt"],
    ["Com1", "adapter-com1"],
    ["LPT\u00B3", "adapter-lpt\u00B3"],
    ["prn", "adapter-prn"],
    ["Console", "console"],
    ["aux files", "aux-files"],
    [`${"n".repeat(79)}. b`, "n".repeat(79)],
  ] as const) {
    test(`"${name}" becomes a folder that Windows can have`, () => {
      writeAdapter(path.join(root, "b"));
      assert.equal(adapters.rename("b", name), expected);
    });
  }

  test("AdapterFolders.export() and import() copy an adapter's files alone, under a free name", async () => {
    writeAdapter(path.join(root, "a"), {
      "inkling_manifest.json": manifest("My Adapter"),
      "checkpoint.bin": "text of the workspace",
    });
    const target = temporaryFolder();
    const first = adapters.export("a", target);
    const second = adapters.export("a", target);
    assert.deepEqual(readdirSync(target).sort(), [
      "my-adapter",
      "my-adapter-2",
    ]);
    assert.deepEqual(readdirSync(first).sort(), [
      "adapter_config.json",
      "adapter_model.safetensors",
      "inkling_manifest.json",
    ]);
    const id = await adapters.import(second);
    assert.deepEqual(
      readFileSync(path.join(root, id, "adapter_model.safetensors")),
      weights(),
    );
  });

  test("AdapterFolders.import() refuses a folder without an adapter and copies nothing", async () => {
    const source = temporaryFolder();
    await assert.rejects(
      () => adapters.import(source),
      /Cannot import .*adapter_config\.json is missing, expected a folder with/,
    );
    assert.equal(existsSync(root), false);
  });

  test("AdapterFolders.remove() leaves nothing behind after the last one", () => {
    writeAdapter(path.join(root, "a"));
    writeAdapter(path.join(root, "b"));
    adapters.remove("a");
    assert.deepEqual(readdirSync(root), ["b"]);
    adapters.remove("b");
    assert.equal(existsSync(root), false);
  });
});
