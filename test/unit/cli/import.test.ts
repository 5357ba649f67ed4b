import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { runExport } from "../../../src/cli/export";
import { runImport } from "../../../src/cli/import";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { readJson } from "../../../src/common/ordinaryFile";
import { readTensorBytes } from "../../../src/formats/safetensors";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { makeTinyTextModel } from "../support/trainingCase";

suite("runImport() and runExport()", () => {
  const writeToStderr = process.stderr.write.bind(process.stderr);
  const writeToStdout = process.stdout.write.bind(process.stdout);
  suiteSetup(() => {
    process.stderr.write = () => true;
  });
  suiteTeardown(() => {
    process.stderr.write = writeToStderr;
  });

  /** Runs an import and returns what it says of its result. */
  async function importing(args: string[]): Promise<string> {
    let output = "";
    process.stdout.write = (text) => {
      output += text as string;
      return true;
    };
    try {
      await runImport(args);
    } finally {
      process.stdout.write = writeToStdout;
    }
    return output;
  }

  const inFolder = useTemporaryFolder();
  const writeSource = () => {
    writeFileSync(inFolder("tiny.gguf"), formatGguf(tinyGguf("Q8_0")));
    return inFolder("tiny.gguf");
  };

  test("import with the packing and the name asked for", async () => {
    const options = ["--linear", "q4", "--linear-block", "32", "--name", "me"];
    const said = await importing([
      writeSource(),
      ...["--out", inFolder("a"), ...options],
    ]);
    assert.match(
      said,
      /^Stored:\n {2}model.embed_tokens {6}Q8_0 {2}-> as it is\n {2}self_attn.qkv_proj {2}2 × Q8_0 {2}-> 4 bits, blocks of 32 with scales\n/,
    );
    assert.match(
      said,
      /\nBits per character on 4000 characters of English prose: \d+\.\d{3}\n$/,
    );
    assert.equal(openModelFolder(inFolder("a")).name, "me");
    const config = readJson(inFolder("a", "config.json")) as object;
    assert.deepEqual(
      (config as Record<string, unknown>)["inklingQuantization"],
      {
        version: 1,
        name: "me",
        source: "tiny.gguf",
        linear: {
          kind: "rounded",
          format: { bits: 4, blockSize: 32, hasMinimums: false },
        },
        embedding: { kind: "exact" },
      },
    );
  });

  // A whole-looking model folder stayed behind a calibration that failed.
  const failures: [string, () => string[]][] = [
    ["documents that are not there", () => ["--documents", inFolder("none")]],
    [
      "documents without text",
      () => {
        mkdirSync(inFolder("no-text"));
        return ["--documents", inFolder("no-text")];
      },
    ],
  ];
  const sources: [string, () => string][] = [
    ["a file", writeSource],
    ["no source", () => inFolder("nowhere.gguf")],
    [
      "a damaged source",
      () => {
        writeFileSync(inFolder("bad.gguf"), "GGUF");
        return inFolder("bad.gguf");
      },
    ],
  ];
  for (const [what, source] of sources) {
    for (const [why, options] of failures) {
      test(`import of ${what} with ${why} leaves nothing behind, and no folder on the way`, async () => {
        const place = inFolder(`failed-${numFailed++}`);
        const out = `${place}/on/the/way`;
        await assert.rejects(runImport([source(), "--out", out, ...options()]));
        assert.ok(!existsSync(place));
        rmSync(inFolder("no-text"), { recursive: true, force: true });
      });
    }
  }
  let numFailed = 0;

  test("import that fails leaves the model that it was to replace", async () => {
    const out = inFolder("kept");
    await importing([writeSource(), "--out", out, "--name", "first"]);
    const before = readdirSync(out);
    const args = ["--force", "--documents", inFolder("none")];
    await assert.rejects(
      runImport([writeSource(), "--out", out, "--name", "second", ...args]),
    );
    assert.equal(openModelFolder(out).name, "first");
    assert.deepEqual(readdirSync(out), before);
  });

  suite("import of a folder", () => {
    /** A sound folder of floating-point weights with something changed in it. */
    function changed(name: string, files: Record<string, unknown>): string {
      const out = inFolder(`source-${name}`);
      const model = makeTinyTextModel(4);
      cpSync(model.directory, out, { recursive: true });
      removeTinyModel(model);
      for (const [file, content] of Object.entries(files)) {
        const old = readJson(`${out}/${file}`) as object;
        const json = { ...old, ...(content as object) };
        writeFileSync(`${out}/${file}`, JSON.stringify(json));
      }
      return out;
    }

    for (const [what, files, message] of [
      [
        "a tokenizer of another kind",
        { "tokenizer.json": { model: { type: "Unigram", vocab: [] } } },
        /tokenizer\.json: Cannot read tokenizer\.json: model is "Unigram"/,
      ],
      [
        "a token in front that is not there",
        { "tokenizer_config.json": { add_bos_token: true, bos_token: "<x>" } },
        /add_bos_token is true and bos_token "<x>", expected a token/,
      ],
      [
        "more tokens than the embedding has rows",
        { "config.json": { vocab_size: 100 } },
        /expected|vocab_size/,
      ],
    ] as const) {
      for (const rounding of ["nearest", "compensated"]) {
        test(`with ${what} is refused before anything is measured or written (${rounding})`, async () => {
          const place = inFolder(`refused-${numFailed++}`);
          const said: string[] = [];
          process.stderr.write = (text) => said.push(String(text)) > 0;
          try {
            await assert.rejects(
              runImport([
                changed(`${numFailed}`, files),
                ...["--out", `${place}/on/the/way`, "--rounding", rounding],
              ]),
              message,
            );
          } finally {
            process.stderr.write = () => true;
          }
          assert.deepEqual(said, []);
          assert.ok(!existsSync(place));
        });
      }
    }

    test("with a chat template that faults says so and goes on", async () => {
      const said: string[] = [];
      process.stderr.write = (text) => said.push(String(text)) > 0;
      try {
        await runImport([
          changed("chat", {
            "tokenizer_config.json": { chat_template: "{% for x in %}" },
          }),
          "--out",
          inFolder("chat"),
        ]);
      } finally {
        process.stderr.write = () => true;
      }
      assert.match(
        said.find((line) => line.startsWith("Note:")) ?? "",
        /Cannot use chat template .*tokenizer_config\.json: .*; the model continues texts and can be given no tasks/,
      );
      assert.ok(existsSync(inFolder("chat", "calibration.json")));
    });
  });

  test("export what was imported", () => {
    runExport([inFolder("b"), "--model", inFolder("a")]);
    const { config, tensors } = openModelFolder(inFolder("b"));
    assert.equal(config.quantization, undefined);
    assert.ok(tensors.has("model.layers.1.self_attn.v_proj.weight"));
  });

  test("import with rounding that compensates, of floating point alone", async () => {
    const rounding = ["--rounding", "compensated", "--linear", "q4m"];
    const said = await importing([
      inFolder("b"),
      ...["--out", inFolder("c"), ...rounding],
    ]);
    assert.match(said, /prose: \d+\.\d{3}, of the source \d+\.\d{3}\n$/);
    await importing([inFolder("b"), "--out", inFolder("d"), "--linear", "q4m"]);
    const packedOf = (name: string) => {
      const [location] = [...openModelFolder(inFolder(name)).tensors].filter(
        ([tensor]) => tensor === "model.layers.0.mlp.down_proj.packed",
      );
      return readTensorBytes(location![1]);
    };
    const config = readJson(inFolder("c", "config.json")) as {
      inklingQuantization: { rounding: string };
    };
    assert.equal(config.inklingQuantization.rounding, "compensated");
    assert.notDeepEqual(packedOf("c"), packedOf("d"));
    await assert.rejects(
      runImport([writeSource(), "--out", inFolder("never"), ...rounding]),
      /compensated but .*tiny\.gguf is a file, expected a folder/,
    );
    await assert.rejects(
      runImport([inFolder("b"), "--out", inFolder("never"), "--rounding", "x"]),
      /--rounding is "x", expected nearest or compensated/,
    );
  });

  test("refuse arguments that make no sense", async () => {
    const source = writeSource();
    const check = (args: string[], message: RegExp) =>
      assert.rejects(runImport(args), message);
    await check([], /Found 0 arguments, expected FILE_OR_FOLDER/);
    await check([source], /Found no --out, expected a folder/);
    const out = [source, "--out", inFolder("never")];
    await check([...out, "--linear", "q3"], /--linear is "q3", expected exact/);
    await check(
      [...out, "--embedding", "q8", "--embedding-block", "20"],
      /--embedding-block is "20", expected 32, 64, 128/,
    );
    await check(
      [...out, "--linear-block", "32"],
      /--linear is "", expected q4, q4m or q8 with it/,
    );
    assert.throws(
      () => runExport([inFolder("x"), "--dtype", "int3"]),
      /--dtype is "int3", expected float32 or float16/,
    );
    assert.ok(!readdirSync(inFolder()).includes("never"));
  });
});
