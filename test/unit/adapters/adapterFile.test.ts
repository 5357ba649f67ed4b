// An adapter as one file: what is packed comes out again, and what is no adapter is refused.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { packAdapter, unpackAdapter } from "../../../src/adapters/adapterFile";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { makeNamedPipe } from "../support/namedPipe";
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

/** A file whose header is this text. */
function withHeader(text: string, body = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text), body]);
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

  test("AdapterFolders.exportFile() and import() give back the same adapter", async () => {
    assert.equal(path.basename(file), "größe-co.safetensors");
    adapters.exportFile("a", file);
    const id = await adapters.import(file);
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

  test("AdapterFolders.import() refuses a file that holds no adapter and leaves nothing behind", async () => {
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
        [
          "shared.safetensors",
          withHeader(
            JSON.stringify({
              __metadata__: { inkling_adapter_config: "{}" },
              a: sharedBytes,
              b: sharedBytes,
            }),
            Buffer.alloc(8),
          ),
          /"b" begins at byte \d+, expected \d+, where the one before it ends/,
        ],
      ];
    for (const [name, content, expected] of faults) {
      const damaged = path.join(root, name);
      writeFileSync(damaged, content);
      await assert.rejects(
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
    await assert.rejects(() => adapters.import(file), /a complete file/);
    assert.deepEqual(
      adapters.list(undefined).map(({ id }) => id),
      ["a"],
    );
  });

  test("unpackAdapter() makes do without a manifest", async () => {
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
    await unpackAdapter(file, foreign);
    assert.equal(
      existsSync(path.join(foreign, "inkling_manifest.json")),
      false,
    );
  });

  // A file of 1.5 GB took 2.8 GB of memory in the extension host.
  const large: [string, (source: string) => unknown, RegExp][] = [
    ["a file of 1.5 GB", (each) => sparse(each, 1.5e9), /1500 MB, expected at/],
    ["a header of 20 MB", largeHeader, /header says it is \d+ bytes long/],
    [
      "a folder with weights of 1.5 GB",
      (each) => inNewFolder(each, "adapter_model.safetensors", 1.5e9),
      /adapter_model\.safetensors: it has 1500 MB/,
    ],
    [
      "a folder with a configuration of 1 GB",
      (each) => inNewFolder(each, "adapter_config.json", 1e9),
      /adapter_config\.json: it has 1000 MB/,
    ],
    [
      "a folder with a manifest of 1 GB",
      (each) => inNewFolder(each, "inkling_manifest.json", 1e9),
      /inkling_manifest\.json: it has 1000 MB/,
    ],
    [
      "a folder whose weights are a folder",
      (each) =>
        mkdirSync(path.join(each, "adapter_model.safetensors"), {
          recursive: true,
        }),
      /it is a folder, expected a file/,
    ],
    ["a pipe", makeNamedPipe, /it is no ordinary file, expected a file/],
  ];
  for (const [what, make, expected] of large) {
    test(`AdapterFolders.import() refuses ${what} before reading it`, async function () {
      const source = path.join(root, "picked");
      if (make(source) === false) this.skip();
      const before = process.memoryUsage().rss;
      await assert.rejects(() => adapters.import(source), expected);
      assert.ok(process.memoryUsage().rss - before < 200e6);
      assert.deepEqual(readdirSync(path.join(root, "adapters")), ["a"]);
    });
  }
});

const sharedBytes = { dtype: "F32", shape: [2], data_offsets: [0, 8] };

/** A file of zeros that takes no room. */
function sparse(file: string, sizeBytes: number): void {
  writeFileSync(file, "");
  truncateSync(file, sizeBytes);
}

function inNewFolder(folder: string, name: string, sizeBytes: number): void {
  mkdirSync(folder);
  sparse(path.join(folder, name), sizeBytes);
}

function largeHeader(file: string): void {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(20_000_000n);
  writeFileSync(file, length);
  truncateSync(file, 30_000_000);
}
