// A tokenizer in the files that GPT-2 came with, vocab.json and merges.txt, put into the form of a tokenizer.json.
// https://github.com/openai/gpt-2/blob/master/src/encoder.py is the tokenizer that they were made for.

import { END_OF_TEXT } from "./patterns";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

const VOCABULARY_FILE = "vocab.json";
const MERGES_FILE = "merges.txt";

/** GPT-2's end of text, special although its own files do not say so. */

/** Whether a folder holds a tokenizer in these files. */
export function hasVocabularyFiles(directory: string): boolean {
  return [VOCABULARY_FILE, MERGES_FILE].every((name) =>
    existsSync(path.join(directory, name)),
  );
}

/** Reads the files as a parsed tokenizer.json; what is wrong inside is found by whoever parses that. */
export async function readVocabularyFiles(
  directory: string,
): Promise<Record<string, unknown>> {
  const readJson = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(directory, name), "utf8"));
  const readIfThere = async (name: string) =>
    existsSync(path.join(directory, name)) ? await readJson(name) : {};
  const vocabulary = (await readJson(VOCABULARY_FILE)) as Record<
    string,
    unknown
  > | null;
  const merges = await readFile(path.join(directory, MERGES_FILE), "utf8");
  const added = (await readIfThere("added_tokens.json")) as object;
  const special = new Set([
    END_OF_TEXT,
    ...namedTokens(await readIfThere("special_tokens_map.json")),
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
