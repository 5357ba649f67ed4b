// An adapter as one file: what is packed comes out again, and what is no adapter is refused.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { packAdapter, unpackAdapter } from "../../../src/adapters/adapterFile";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { useTemporaryFolder } from "../support/temporaryFolder";

const texts = {
  "adapter_config.json": '{"peft_type": "LORA", "r": 4, "lora_alpha": 8}',
  "inkling_manifest.json": JSON.stringify({
    version: 1,
    name: "Größe & Co",
    createdAt: "2026-01-01T00:00:00Z",
    base: { name: "Base", sha256: "" },
    documents: [],
    outcome: { verdict: "helps" },
  }),
};

/** Two numbers, the second at an offset, and metadata that somebody else has written. */
function weights(): Buffer {
  const header = JSON.stringify({
    __metadata__: { format: "pt" },
    a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const numbers = Buffer.from(new Float32Array([1.5, -2]).buffer);
  return Buffer.concat([length, Buffer.from(header), numbers]);
}

/** A file without tensors whose header is this text. */
function withHeader(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text)]);
}

function readTensors(file: string): {
  header: Record<string, unknown>;
  body: Buffer;
} {
  const bytes = readFileSync(file);
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header: unknown = JSON.parse(bytes.subarray(8, end).toString());
  return {
    header: header as Record<string, unknown>,
    body: bytes.subarray(end),
  };
}

suite("an adapter as one file", () => {
  const inFolder = useTemporaryFolder();
  let number = 0;
  let root: string;
  let adapters: AdapterFolders;
  let file: string;

  setup(() => {
    root = inFolder(String(number++));
    adapters = new AdapterFolders(path.join(root, "adapters"));
    const folder = adapters.directoryOf("a");
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(path.join(folder, name), text);
    }
    writeFileSync(path.join(folder, "adapter_model.safetensors"), weights());
    file = path.join(root, adapters.fileNameOf("a"));
  });

  test("AdapterFolders.exportFile() and import() give back the same adapter", () => {
    assert.equal(path.basename(file), "größe-co.safetensors");
    adapters.exportFile("a", file);
    const id = adapters.import(file);
    assert.equal(id, "größe-co");
    const folder = adapters.directoryOf(id);
    for (const [name, text] of Object.entries(texts)) {
      assert.equal(readFileSync(path.join(folder, name), "utf8"), text);
    }
    const { header, body } = readTensors(
      path.join(folder, "adapter_model.safetensors"),
    );
    const original = readTensors(
      path.join(adapters.directoryOf("a"), "adapter_model.safetensors"),
    );
    assert.deepEqual(header, original.header);
    assert.deepEqual(body, original.body);
    const ids = adapters.list(undefined).map((each) => [each.id, each.fault]);
    assert.deepEqual(ids.sort(), [
      ["a", undefined],
      [id, undefined],
    ]);
  });

  test("packAdapter() leaves the tensors where any reader of safetensors finds them", () => {
    packAdapter(adapters.directoryOf("a"), file);
    const { header, body } = readTensors(file);
    assert.deepEqual([body.readFloatLE(0), body.readFloatLE(4)], [1.5, -2]);
    assert.deepEqual(header["b"], {
      dtype: "F32",
      shape: [1],
      data_offsets: [4, 8],
    });
    assert.equal(
      (header["__metadata__"] as Record<string, string>)["format"],
      "pt",
    );
    assert.deepEqual(readdirSync(root).sort(), [
      "adapters",
      path.basename(file),
    ]);
  });

  test("AdapterFolders.import() refuses a file that holds no adapter and leaves nothing behind", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const faults: [name: string, content: Buffer | string, expected: RegExp][] =
      [
        ["weights.safetensors", weights(), /holds no adapter_config\.json/],
        ["short.safetensors", "abc", /it has 3 bytes/],
        [
          "cut.safetensors",
          weights().subarray(0, 40),
          /at most 32; the file is truncated/,
        ],
        ["text.safetensors", withHeader("nono"), /is not JSON/],
        ["null.safetensors", withHeader("null"), /header is no object/],
        ["list.safetensors", withHeader("[]"), /header is no object/],
        ["deep-list.safetensors", withHeader(deep), /nested too deep/],
        ["deep.safetensors", withHeader(`{"a":${deep}}`), /nested too deep/],
        [
          "texts.safetensors",
          withHeader(`{"__metadata__":${deep}}`),
          /nested too deep/,
        ],
        ["long.safetensors", Buffer.alloc(16, 0xff), /at most 8; the file/],
      ];
    for (const [name, content, expected] of faults) {
      const damaged = path.join(root, name);
      writeFileSync(damaged, content);
      assert.throws(
        () => adapters.import(damaged),
        ({ message }: Error) => {
          assert.match(message, expected);
          assert.ok(message.includes(damaged), message);
          return true;
        },
      );
    }
    packAdapter(adapters.directoryOf("a"), file);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 4));
    assert.throws(() => adapters.import(file), /a complete file/);
    assert.deepEqual(
      adapters.list(undefined).map(({ id }) => id),
      ["a"],
    );
  });

  test("unpackAdapter() makes do without a manifest", () => {
    const foreign = path.join(root, "foreign");
    mkdirSync(foreign);
    const packed = readTensors(
      path.join(adapters.directoryOf("a"), "adapter_model.safetensors"),
    );
    const metadata = {
      inkling_adapter_config: texts["adapter_config.json"],
    };
    const header = Buffer.from(
      JSON.stringify({ ...packed.header, __metadata__: metadata }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, header, packed.body]));
    unpackAdapter(file, foreign);
    assert.equal(
      existsSync(path.join(foreign, "inkling_manifest.json")),
      false,
    );
  });
});
