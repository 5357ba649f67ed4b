import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ggufModelName, openGgufParts } from "../../../src/formats/ggufParts";
import { importModel } from "../../../src/model/import/importModel";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { readTensorBytes } from "../../../src/formats/safetensors";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { formatGguf, tinyGguf, type GgufSpec } from "./ggufWriter";

suite("openGgufParts()", () => {
  const inFolder = useTemporaryFolder();
  const whole = tinyGguf("Q8_0");
  const partName = (name: string, index: number, count = 3) =>
    inFolder(`${name}-0000${index + 1}-of-0000${count}.gguf`);

  /** Writes the model in three parts, the first of which has metadata alone; `edit` changes one of them. */
  function writeParts(
    name: string,
    edit: (part: GgufSpec, index: number) => void = () => undefined,
  ): string {
    const middle = 9;
    const tensors = [
      [],
      whole.tensors.slice(0, middle),
      whole.tensors.slice(middle),
    ];
    tensors.forEach((some, index) => {
      const part: GgufSpec = {
        metadata: {
          ...(index === 0 ? whole.metadata : {}),
          "split.no": index,
          "split.count": 3,
          "split.tensors.count": whole.tensors.length,
        },
        tensors: [...some],
      };
      edit(part, index);
      writeFileSync(partName(name, index), formatGguf(part));
    });
    return partName(name, 0);
  }

  test("reads a model in parts as it reads the whole, from any of them", async () => {
    const source = inFolder("whole.gguf");
    writeFileSync(source, formatGguf(whole));
    const first = writeParts("cut");
    const weightsOf = async (file: string) => {
      const directory = inFolder(`${path.basename(file)}-model`);
      await importModel({ source: file, directory, buildTokenizerFiles });
      const { tensors, name } = openModelFolder(directory);
      const bytes = [...tensors].map(
        ([key, at]) => [key, Buffer.from(readTensorBytes(at))] as const,
      );
      return { name, bytes: Object.fromEntries(bytes) };
    };
    const expected = await weightsOf(source);
    assert.equal(Object.keys(expected.bytes).length, 23);
    for (const file of [first, partName("cut", 2)]) {
      assert.deepEqual(await weightsOf(file), { ...expected, name: "cut" });
    }
  });

  const refuses = (file: string, message: RegExp) =>
    assert.rejects(openGgufParts(file), (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot import .*\.gguf: .*, expected /);
      return true;
    });

  test("names the part that is missing", async () => {
    for (const [index, name] of ["first", "second", "third"].entries()) {
      writeParts(name);
      rmSync(partName(name, index));
      await refuses(
        partName(name, (index + 1) % 3),
        new RegExp(
          `${name}-0000${index + 1}-of-00003.gguf is missing, expected all 3 parts`,
        ),
      );
    }
  });

  test("refuses parts that do not belong together", async () => {
    await refuses(
      writeParts("order", ({ metadata }, index) => {
        if (index === 1) metadata["split.no"] = 2;
      }),
      /it says that it is part 3 of 3, expected part 2 of 3/,
    );
    await refuses(
      writeParts("other", ({ metadata }, index) => {
        if (index === 2) metadata["split.count"] = 4;
      }),
      /it says that it is part 3 of 4, expected part 3 of 3/,
    );
    await refuses(
      writeParts("twice", ({ tensors }, index) => {
        if (index === 2) tensors.push(whole.tensors[0]!);
      }),
      /"token_embd.weight" is there twice, expected once in all parts/,
    );
    await refuses(
      writeParts("few", ({ tensors }, index) => {
        if (index === 2) tensors.pop();
      }),
      /its parts hold 19 tensors, expected 20 as the first one says/,
    );
    const renamed = inFolder("renamed.gguf");
    const part = { ...whole.metadata, "split.no": 0, "split.count": 3 };
    writeFileSync(renamed, formatGguf({ ...whole, metadata: part }));
    await refuses(
      renamed,
      /it says that it is part 1 of 3, expected part 1 of 1/,
    );
  });

  test("ggufModelName() leaves part and ending out", () => {
    assert.equal(ggufModelName("a/qwen-00001-of-00003.gguf"), "qwen");
    assert.equal(ggufModelName("a/qwen-q4_0.GGUF"), "qwen-q4_0");
  });
});
