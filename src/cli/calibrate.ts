// What importing a model measures on text: the scales of its int8 cache, which become calibration.json beside it, and how
// the inputs of its linear layers go together.

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import {
  CALIBRATION_FILE,
  formatCalibration,
} from "../model/files/calibration";
import { openModelFolder } from "../model/files/modelFolder";
import { loadTokenizer } from "../tokenizer/tokenizer";
import { calibrateKvScales } from "../engine/calibrate";
import { loadEngine } from "../engine/engine";
import { measureGramMatrices } from "../engine/gramMatrices";
import { defaultCacheFolder } from "./places";
import { showProgress } from "./showProgress";
import { threadsFor } from "../settings/threads";

const TEXT_FILE = /\.(md|markdown|txt|rst|adoc|tex)$/i;
const MAX_TOKENS_PER_WINDOW = 512;
/** Texts that the model writes itself when there are no documents to measure on. */
const OWN_TEXTS = 8;
const OWN_TEXT_TOKENS = 256;

/** Text to measure on; undefined for what the model writes itself. */
export type MeasuringTexts = readonly string[] | undefined;

/** Measures the scales of the int8 cache on texts, as `readTexts` reads them. */
export async function calibrate(
  directory: string,
  texts: MeasuringTexts,
): Promise<void> {
  const windows = await cutWindows(directory, texts);
  process.stderr.write(
    `Measuring keys and values on ${windows.length} windows of text\n`,
  );
  const scales = await calibrateKvScales(openModelFolder(directory), windows, {
    threads: threadsFor("writing"),
  });
  writeFileAtomically(
    path.join(directory, CALIBRATION_FILE),
    formatCalibration(scales),
  );
}

/** Measures how the inputs of the linear layers of an unquantised folder go together. */
export async function measureInputs(
  directory: string,
  texts: MeasuringTexts,
): Promise<Map<string, Float32Array>> {
  return measureGramMatrices(
    openModelFolder(directory),
    await cutWindows(directory, texts),
    {
      threads: threadsFor("writing"),
      onProgress: showProgress("Measuring the inputs of its layers"),
    },
  );
}

/** Texts as windows of tokens, as a model is shown them. Throws where the model writes none itself. */
async function cutWindows(
  directory: string,
  given: MeasuringTexts,
): Promise<number[][]> {
  const folder = openModelFolder(directory);
  const tokenizer = await loadTokenizer(directory);
  const { bosIds } = tokenizer;
  const windowTokens =
    Math.min(MAX_TOKENS_PER_WINDOW, folder.config.contextLength) -
    bosIds.length;
  const texts = given ?? (await writeOwnTexts(directory));
  const windows = texts
    .map((text) => tokenizer.encode(text))
    .flatMap((tokenIds) =>
      Array.from(
        { length: Math.ceil(tokenIds.length / windowTokens) },
        (_, index) => [
          ...bosIds,
          ...tokenIds.slice(index * windowTokens, (index + 1) * windowTokens),
        ],
      ),
    );
  if (windows.length === 0) {
    throw new RangeError(
      "Cannot calibrate the model: it ends each text that it begins, expected some text of it to measure on; --documents names other text",
    );
  }
  return windows;
}

/** The text files under `documents`; throws where there is no text. */
export function readTexts(documents: string): string[] {
  const files = statSync(documents).isFile()
    ? [documents]
    : readdirSync(documents, { recursive: true, encoding: "utf8" })
        .filter((file) => TEXT_FILE.test(file))
        .sort()
        .map((file) => path.join(documents, file));
  const texts = files.map((file) => readFileSync(file, "utf8"));
  if (texts.some((text) => text.trim() !== "")) return texts;
  throw new RangeError(
    `Cannot calibrate the model: ${documents} holds no text, expected files such as *.md or *.txt`,
  );
}

async function writeOwnTexts(directory: string): Promise<string[]> {
  const engine = await loadEngine(
    {
      modelFolder: directory,
      cacheFolder: defaultCacheFolder(),
      threads: threadsFor("writing"),
    },
    () => {},
  );
  try {
    const { generations } = await engine.generate(
      {
        prompt: "",
        contextTokens: OWN_TEXT_TOKENS,
        maxTokens: OWN_TEXT_TOKENS,
        sampling: {
          temperature: 1,
          topK: 0,
          topP: 0.95,
          repetitionPenalty: 1,
          seed: 1,
        },
        stopAt: "none",
        heal: false,
        minProbability: 0,
        cacheKey: "calibration",
        count: OWN_TEXTS,
      },
      { isCancelled: () => false, onText: () => {} },
    );
    return generations.map(({ text }) => text);
  } finally {
    await engine.dispose();
  }
}
