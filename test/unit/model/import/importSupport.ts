// Imports made-up GGUF files in a suite's temporary folder.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import {
  importModel,
  type ImportOptions,
} from "../../../../src/model/import/importModel";
import { openModelFolder } from "../../../../src/model/files/modelFolder";
import { buildTokenizerFiles } from "../../../../src/tokenizer/buildTokenizerFiles";
import { useTemporaryFolder } from "../../support/temporaryFolder";

/** Registers a temporary folder with the running suite and returns what imports into it. */
export function useImports() {
  const inFolder = useTemporaryFolder();
  let numImports = 0;

  async function importBytes(
    bytes: Uint8Array,
    options: Partial<ImportOptions> = {},
  ) {
    const source = inFolder(`${++numImports}.gguf`);
    writeFileSync(source, bytes);
    const { directory = inFolder(`model-${numImports}`) } = options;
    await importModel({ buildTokenizerFiles, ...options, source, directory });
    return openModelFolder(directory);
  }

  /** Imports a file that is expected to be refused, and checks that nothing was written. */
  async function refuses(bytes: Uint8Array, message: RegExp) {
    const numEntries = readdirSync(inFolder()).length;
    await assert.rejects(importBytes(bytes), (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot import .*\.gguf: .*, expected /s);
      return true;
    });
    // The source alone has come.
    assert.equal(readdirSync(inFolder()).length, numEntries + 1);
  }

  return { inFolder, importBytes, refuses };
}
