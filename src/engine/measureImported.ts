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
import { calibrateKvScales } from "./calibrate";
import { loadEngine } from "./engine";
import { measureGramMatrices } from "./gramMatrices";

const TEXT_FILE = /\.(md|markdown|txt|rst|adoc|tex)$/i;
const MAX_TOKENS_PER_WINDOW = 512;
/** Texts that the model writes itself when there are no documents to measure on. */
const OWN_TEXTS = 8;
const OWN_TEXT_TOKENS = 256;

/** On what is measured, and with what. */
export interface MeasureOptions {
  /** As `readTexts` reads them; undefined for text that the model writes itself. */
  texts?: readonly string[] | undefined;
  /** Where forms of the weights that are derived on the way are kept. */
  cacheFolder: string;
  threads: number;
  /** Told before the measuring. */
  onWindows?: (numWindows: number) => void;
  onProgress?: (fraction: number) => void;
}

/** Measures the scales of the int8 cache and writes them into the model's folder. */
export async function calibrate(
  directory: string,
  options: MeasureOptions,
): Promise<void> {
  const windows = await cutWindows(directory, options);
  options.onWindows?.(windows.length);
  const scales = await calibrateKvScales(openModelFolder(directory), windows, {
    threads: options.threads,
  });
  writeFileAtomically(
    path.join(directory, CALIBRATION_FILE),
    formatCalibration(scales),
  );
}

/** Measures how the inputs of the linear layers of an unquantised folder go together. */
export async function measureInputs(
  directory: string,
  options: MeasureOptions,
): Promise<Map<string, Float32Array>> {
  return measureGramMatrices(
    openModelFolder(directory),
    await cutWindows(directory, options),
    {
      threads: options.threads,
      ...(options.onProgress && { onProgress: options.onProgress }),
    },
  );
}

/** Texts as windows of tokens, as a model is shown them. Throws where the model writes none itself. */
async function cutWindows(
  directory: string,
  options: MeasureOptions,
): Promise<number[][]> {
  const folder = openModelFolder(directory);
  const tokenizer = await loadTokenizer(directory);
  const { bosIds } = tokenizer;
  const windowTokens =
    Math.min(MAX_TOKENS_PER_WINDOW, folder.config.contextLength) -
    bosIds.length;
  const texts = options.texts ?? (await writeOwnTexts(directory, options));
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

async function writeOwnTexts(
  directory: string,
  { cacheFolder, threads }: MeasureOptions,
): Promise<string[]> {
  const engine = await loadEngine(
    { modelFolder: directory, cacheFolder, threads },
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
