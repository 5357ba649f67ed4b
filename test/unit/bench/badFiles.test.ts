// Files that were made to break their reader: each is refused at once, with its name and the field.
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { FORMATS, makeSound } from "../../../bench/fuzz/formats";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { makeNamedPipe } from "../support/namedPipe";
import { useTemporaryFolder } from "../support/temporaryFolder";

type Json = Record<string, unknown>;

suite("files made to break their reader", () => {
  const inFolder = useTemporaryFolder();
  suiteSetup(() => {
    mkdirSync(inFolder("sound"));
    makeSound(inFolder("sound"));
  });

  /** Reads a copy of all sound files with one of them changed. */
  async function refuses(
    name: string,
    change: (bytes: Buffer, file: string) => Buffer | undefined,
    expected: RegExp,
  ): Promise<void> {
    const format = FORMATS.find((each) => each.name === name)!;
    const folder = inFolder("changed");
    rmSync(folder, { recursive: true, force: true });
    cpSync(inFolder("sound"), folder, { recursive: true });
    const file = path.join(folder, format.file);
    const bytes = change(readFileSync(file), file);
    if (bytes) writeFileSync(file, bytes);
    const startMs = performance.now();
    await assert.rejects(
      async () => format.read(folder),
      ({ message }: Error) => {
        assert.match(message, expected);
        assert.ok(message.includes(path.basename(format.file)), message);
        return true;
      },
    );
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 10_000, `${name} took ${tookMs} ms`);
  }

  const json =
    (change: (value: Json) => unknown) =>
    (bytes: Buffer): Buffer => {
      const value = JSON.parse(bytes.toString()) as Json;
      return Buffer.from(JSON.stringify(change(value) ?? value));
    };
  const template = (text: string) =>
    json((value) => void (value["chat_template"] = text));
  const tokenizer = (change: (value: Json, model: Json) => void) =>
    json((value) => change(value, value["model"] as Json));

  for (const name of ["GGUF", "safetensors", "config.json", "tokenizer.json"]) {
    test(`a folder and a pipe in the place of a ${name} file are no files`, async function () {
      await refuses(
        name,
        (_, file) => {
          rmSync(file);
          mkdirSync(file);
          return undefined;
        },
        /(?:it is a folder|it is empty|is missing)/,
      );
      await refuses(
        name,
        (_, file) => {
          rmSync(file);
          if (!makeNamedPipe(file)) this.skip();
          return undefined;
        },
        /it is no ordinary file, expected a file/,
      );
    });
  }

  const rows: [string, string, (bytes: Buffer) => Buffer, RegExp][] = [
    [
      "a GGUF file of a million layers",
      "GGUF",
      (bytes) => {
        const key = "llama.block_count";
        const at = bytes.indexOf(key) + key.length + 4;
        bytes.writeUInt32LE(1_000_000, at);
        return bytes;
      },
      /num_hidden_layers is 1000000|block_count.* is 1000000/,
    ],
    ...[
      "{% for i in range(1000000000) %}x{% endfor %}",
      "{% for a in range(9000) %}{% for b in range(9000) %}{% for c in range(9000) %}x{% endfor %}{% endfor %}{% endfor %}",
      "{% if %}",
      "{{ messages.map.constructor('return 1')() }}",
      "{{ raise_exception('no') }}",
      "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    ].map((text): [string, string, (bytes: Buffer) => Buffer, RegExp] => [
      `a chat template ${text.slice(0, 60)}`,
      "chat template",
      template(text),
      /Cannot use chat template .*, expected /s,
    ]),
    ...[
      "(a+)+$",
      "(",
      "(.*)*x",
      "(?:a|a)*b",
      "[",
      "a".repeat(10_000),
      ".*.*.*.*.*x",
    ].map((pattern): [string, string, (bytes: Buffer) => Buffer, RegExp] => [
      `a rank_pattern ${pattern.slice(0, 20)}`,
      "peft configuration",
      json((value) => void (value["rank_pattern"] = { [pattern]: 4 })),
      /rank_pattern has the pattern/,
    ]),
    [
      "lora_alpha of 1e300",
      "peft configuration",
      json((value) => void (value["lora_alpha"] = 1e300)),
      /lora_alpha is 1e\+300/,
    ],
    [
      "a token id of ten million",
      "tokenizer.json",
      tokenizer((_, model) => {
        (model["vocab"] as Json)["zzz"] = 10_000_000;
      }),
      /the id of "zzz" is 10000000/,
    ],
    [
      "a token id beyond the embedding",
      "tokenizer.json",
      tokenizer((_, model) => {
        (model["vocab"] as Json)["zzz"] = 4000;
      }),
      /the id of "zzz" is 4000, expected less than the model's vocab_size 128/,
    ],
    [
      "merges of numbers",
      "tokenizer.json",
      tokenizer((_, model) => void (model["merges"] = [1, 2])),
      /model\.merges\[0\] is 1/,
    ],
    [
      "a normalizer that blows a text up",
      "tokenizer.json",
      tokenizer((value) => {
        value["normalizer"] = {
          type: "Replace",
          pattern: { String: "e" },
          content: "x".repeat(1_000_000),
        };
      }),
      /normalizer\.content is "x+…/,
    ],
    [
      "a split by a pattern that takes for ever",
      "tokenizer.json",
      tokenizer((value) => {
        value["pre_tokenizer"] = {
          type: "Split",
          pattern: { Regex: "(?:a+)+$" },
          behavior: "Isolated",
          invert: false,
        };
      }),
      /pre_tokenizer\.pattern is/,
    ],
    [
      "scales of 1e300",
      "calibration",
      (bytes) => Buffer.from(bytes.toString().replace("0.01", "1e300")),
      /kvScales do not fit/,
    ],
    [
      "fewer layers than the file has",
      "config.json",
      json((value) => void (value["num_hidden_layers"] = 1)),
      /speaks of 1 layers, expected 2/,
    ],
    [
      "a million layers",
      "config.json",
      json((value) => void (value["num_hidden_layers"] = 1_000_000)),
      /num_hidden_layers is 1000000/,
    ],
    [
      "values 100,000 deep",
      "config.json",
      () => Buffer.from("[".repeat(100_000) + "]".repeat(100_000)),
      /more than 64 deep/,
    ],
    [
      "bytes behind the end",
      "safetensors",
      (bytes) => Buffer.concat([bytes, Buffer.alloc(8)]),
      /its tensors end at byte/,
    ],
    [
      "two tensors over the same bytes",
      "safetensors",
      (bytes) =>
        withHeader(bytes, (header) => {
          const entries = Object.values(header);
          const [first, second] = entries.filter(
            ({ shape }) => shape.length === 1,
          );
          second!.data_offsets = first!.data_offsets;
        }),
      /begins at byte .*, expected|tensors end at byte/,
    ],
    ...(["packed", "float"] as const).map(
      (kind): [string, string, (bytes: Buffer) => Buffer, RegExp] => [
        `a ${kind} weight that is no number`,
        "GGUF",
        () => {
          const spec = tinyGguf("Q8_0");
          const tensor = spec.tensors.find(
            ({ format }) => (format === "F32") === (kind === "float"),
          )!;
          // A scale of fp16 that is none, or a weight of fp32.
          tensor.bytes.set(kind === "float" ? [0, 0, 0xc0, 0x7f] : [0, 0x7e]);
          return Buffer.from(formatGguf(spec));
        },
        /is NaN, expected a finite number/,
      ],
    ),
    [
      "a header that is null",
      "one-file adapter",
      (bytes) => {
        const text = Buffer.from("null");
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(4n);
        return Buffer.concat([length, text, bytes.subarray(0, 0)]);
      },
      /its header is no object/,
    ],
  ];
  for (const [what, format, change, expected] of rows) {
    test(`${what} is refused`, () => refuses(format, change, expected));
  }
});

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

/** The file with another header. */
function withHeader(
  bytes: Buffer,
  change: (header: Record<string, Entry>) => unknown,
): Buffer {
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, end)) as Record<
    string,
    Entry
  >;
  change(header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, bytes.subarray(end)]);
}
