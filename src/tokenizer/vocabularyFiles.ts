// A tokenizer in the files that GPT-2 came with, vocab.json and merges.txt, put into the form of a tokenizer.json.
// https://github.com/openai/gpt-2/blob/master/src/encoder.py is the tokenizer that they were made for.

import { readJson, readOrdinaryFile } from "../common/ordinaryFile";
import { END_OF_TEXT } from "./patterns";
import { existsSync } from "node:fs";
import path from "node:path";

const VOCABULARY_FILE = "vocab.json";
const MERGES_FILE = "merges.txt";
const MAX_MERGES_BYTES = 64 * 2 ** 20;

/** GPT-2's end of text, special although its own files do not say so. */

/** Whether a folder holds a tokenizer in these files. */
export function hasVocabularyFiles(directory: string): boolean {
  return [VOCABULARY_FILE, MERGES_FILE].every((name) =>
    existsSync(path.join(directory, name)),
  );
}

/** Reads the files as a parsed tokenizer.json; what is wrong inside is found by whoever parses that. */
export function readVocabularyFiles(
  directory: string,
): Record<string, unknown> {
  const fileOf = (name: string) => path.join(directory, name);
  const readIfThere = (name: string) =>
    existsSync(fileOf(name)) ? readJson(fileOf(name)) : {};
  const vocabulary = readJson(fileOf(VOCABULARY_FILE)) as Record<
    string,
    unknown
  > | null;
  const merges = readOrdinaryFile(fileOf(MERGES_FILE), {
    maxBytes: MAX_MERGES_BYTES,
  }).toString("utf8");
  const added = readIfThere("added_tokens.json") ?? {};
  const special = new Set([
    END_OF_TEXT,
    ...namedTokens(readIfThere("special_tokens_map.json")),
  ]);
  const addedTokens = new Map<string, unknown>(Object.entries(added));
  for (const text of special) {
    const tokenId = vocabulary?.[text];
    if (tokenId !== undefined) addedTokens.set(text, tokenId);
  }
  const byteLevel = { type: "ByteLevel", add_prefix_space: false };
  return {
    added_tokens: [...addedTokens].map(([content, id]) => ({
      id,
      content,
      special: special.has(content),
    })),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, use_regex: true },
    decoder: byteLevel,
    model: { type: "BPE", vocab: vocabulary, merges: listMerges(merges) },
  };
}

/** The first line may be a version; each other one holds a pair. */
function listMerges(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return lines.filter((line, index) => {
    const isVersion = index === 0 && line.startsWith("#version");
    return line !== "" && !isVersion;
  });
}

/** The texts in special_tokens_map.json, given as strings, as objects or as lists of either. */
function namedTokens(json: unknown): string[] {
  if (typeof json === "string") return [json];
  if (typeof json !== "object" || json === null) return [];
  const { content } = json as { content?: unknown };
  if (typeof content === "string") return [content];
  return Object.values(json).flatMap(namedTokens);
}
