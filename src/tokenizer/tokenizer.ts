// Text to token ids and back, for BPE of bytes or as SentencePiece has it, over the tokenizer library.
// Text is plain: a special token written out in a document is encoded letter by letter, and nothing is put in front: what
// belongs there, `bosIds`, is put before each window of a text by whoever shows it to a model.
// Knows nothing of models, prompts or caches of keys and values.

import { existsSync } from "node:fs";
import path from "node:path";
import { PreTrainedTokenizer } from "@xenova/transformers";
import { bytesOfToken } from "./byteAlphabet";
import type { FillInMiddleTokens } from "./fillInMiddle";
import { GenerationalCache } from "../common/generationalCache";
import { readJson } from "../common/ordinaryFile";
import { bytesBeforeSpaces, cutSegments } from "./segments";
import { bytesOfPiece, type SpacePrefix } from "./sentencePiece";
import {
  parseTokenizerJson,
  type AddedToken,
  type TokenizerJson,
} from "./tokenizerJson";
import { hasVocabularyFiles, readVocabularyFiles } from "./vocabularyFiles";

/** Loads the tokenizer of a model folder: tokenizer.json, or vocab.json and merges.txt where there is none. */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const file = path.join(directory, "tokenizer.json");
  try {
    const json =
      !existsSync(file) && hasVocabularyFiles(directory)
        ? readVocabularyFiles(directory)
        : readJson(file);
    const vocabSize = readVocabSize(directory);
    const configFile = path.join(directory, "tokenizer_config.json");
    const config = existsSync(configFile) ? readJson(configFile) : undefined;
    return new Tokenizer(parseTokenizerJson(json, { vocabSize, config }));
  } catch (error) {
    throw new Error(
      `Cannot load tokenizer ${file}: ${(error as Error).message}, expected a tokenizer.json, or vocab.json and merges.txt`,
      { cause: error },
    );
  }
}

/** The rows of the embedding that the ids are for; a folder may hold a tokenizer alone. */
function readVocabSize(directory: string): number {
  const config = path.join(directory, "config.json");
  if (!existsSync(config)) return Infinity;
  const { vocab_size: size } = (readJson(config) ?? {}) as {
    vocab_size?: unknown;
  };
  return typeof size === "number" && size > 0 ? size : Infinity;
}

/** Where a text stands that is encoded by itself: at the beginning, behind a special token, or behind other text. */
export type TextPlace = "start" | "special" | "within";

/** With the flag `u` a surrogate matches only where it has no partner. */
const UNPAIRED_SURROGATE = /[\uD800-\uDFFF]/gu;

/** Segments in one generation of the cache: about the words of a long document. */
const CACHED_SEGMENTS = 20_000;

/** Longer segments are rare (base64, a table of symbols) and not worth their memory. */
const MAX_CACHED_CHARACTERS = 256;

const NO_BYTES = new Uint8Array(0);

/** Encodes and decodes; made by `loadTokenizer`. All methods are synchronous. */
export class Tokenizer {
  /** Tokens that never stand for text of a document, as a chat template writes them, and their ids. */
  readonly specialTokens: readonly AddedToken[];
  readonly specialTokenIds: ReadonlySet<number>;
  /** Tokens that the model expects in front of every text (BOS); none for most. */
  readonly bosIds: readonly number[];
  /** Tokens around a gap, of models of code; undefined for most. */
  readonly fillInMiddle: FillInMiddleTokens | undefined;
  private readonly tokens: (string | undefined)[];
  private readonly spelling: TokenizerJson["spelling"];
  private readonly spacePrefix: SpacePrefix | undefined;
  /** Made when a text is first encoded. */
  private bytesBeforeSpaces: ReadonlySet<number> | undefined;
  private readonly addedTokenIds: Map<string, number>;
  private readonly addedTokenTexts: Map<number, string>;
  private readonly library: PreTrainedTokenizer;
  private readonly segments = new GenerationalCache<number[]>(CACHED_SEGMENTS);

  constructor({
    tokens,
    spelling,
    spacePrefix,
    addedTokens,
    bosIds,
    fillInMiddle,
    forLibrary,
  }: TokenizerJson) {
    this.tokens = tokens;
    this.spelling = spelling;
    this.spacePrefix = spacePrefix;
    this.bosIds = bosIds;
    this.fillInMiddle = fillInMiddle;
    this.library = new PreTrainedTokenizer(forLibrary, {});
    this.addedTokenIds = new Map(
      addedTokens.map(({ text, tokenId }) => [text, tokenId]),
    );
    this.addedTokenTexts = new Map(
      addedTokens.map(({ text, tokenId }) => [tokenId, text]),
    );
    this.specialTokens = addedTokens.filter(({ isSpecial }) => isSpecial);
    this.specialTokenIds = new Set(
      this.specialTokens.map(({ tokenId }) => tokenId),
    );
  }

  /** Number of token ids, unused ones included. */
  get vocabSize(): number {
    return this.tokens.length;
  }

  /** Encodes plain text; unpaired surrogates count as U+FFFD. Some tokenizers put a space before a text that begins. */
  encode(text: string, place: TextPlace = "start"): number[] {
    const tokenIds: number[] = [];
    if (text === "") return tokenIds;
    const prefix = " ".repeat(this.prefixLength(text, place));
    const sound = prefix + text.replace(UNPAIRED_SURROGATE, "\uFFFD");
    this.bytesBeforeSpaces ??= bytesBeforeSpaces(this.allTokenBytes());
    const segments = cutSegments(sound, {
      bytesBefore: this.bytesBeforeSpaces,
      hasSplitRule: this.spelling === "bytes",
    });
    for (const segment of segments) {
      for (const tokenId of this.encodeSegment(segment)) tokenIds.push(tokenId);
    }
    return tokenIds;
  }

  /** How many characters the tokens of a text spell before it: the space that was put in front, or none. */
  prefixLength(text: string, place: TextPlace = "start"): 0 | 1 {
    const { spacePrefix } = this;
    if (!spacePrefix || text === "" || place === "within") return 0;
    if (place === "special" && !spacePrefix.followsSpecial) return 0;
    return spacePrefix.isUnconditional || !/^[ ▁]/.test(text) ? 1 : 0;
  }

  /** Decodes whole texts, with a space that was put in front; for a stream of tokens use `StreamingDecoder`. */
  decode(tokenIds: readonly number[]): string {
    const bytes = tokenIds.map((tokenId) => this.tokenBytes(tokenId));
    return Buffer.concat(bytes).toString("utf8");
  }

  /** The bytes that a token stands for, maybe a part of a character; none for special and unused tokens. */
  tokenBytes(tokenId: number): Uint8Array {
    const token = this.tokens[tokenId];
    if (token === undefined || this.specialTokenIds.has(tokenId)) {
      return NO_BYTES;
    }
    if (this.spelling === "pieces") return bytesOfPiece(token);
    const addedText = this.addedTokenTexts.get(tokenId);
    if (addedText !== undefined) return Buffer.from(addedText, "utf8");
    return bytesOfToken(token) ?? NO_BYTES;
  }

  /** The id of a special token by its text, such as `<|im_end|>`. */
  specialTokenId(text: string): number | undefined {
    return this.addedTokenIds.get(text);
  }

  private *allTokenBytes(): Iterable<Uint8Array> {
    for (let tokenId = 0; tokenId < this.vocabSize; tokenId++) {
      yield this.tokenBytes(tokenId);
    }
  }

  private encodeSegment(segment: string): number[] {
    const cached = this.segments.get(segment);
    if (cached) return cached;
    const tokenIds = this.library.encode(segment, {
      add_special_tokens: false,
    });
    if (segment.length <= MAX_CACHED_CHARACTERS) {
      this.segments.set(segment, tokenIds);
    }
    return tokenIds;
  }
}
