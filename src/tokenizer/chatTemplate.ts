// Puts messages into a model's chat template and encodes the result. The markup of the template becomes special
// tokens, the messages stay plain text: `<|im_end|>` written in a document ends no message.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { PreTrainedTokenizer } from "@xenova/transformers";
import type { ChatMessage } from "../protocol/generation";
import type { Tokenizer } from "./tokenizer";

/** Reads the template of a model folder; undefined for a model that was not trained to chat. */
export async function loadChatTemplate(
  directory: string,
): Promise<ChatTemplate | undefined> {
  const config = await readJson(path.join(directory, "tokenizer_config.json"));
  if (!config) return undefined;
  // Newer folders keep the template in a file of its own.
  const template =
    config["chat_template"] ??
    (await readText(path.join(directory, "chat_template.jinja")));
  if (!template) return undefined;
  return new ChatTemplate({ ...config, chat_template: template });
}

/** Stands in the rendered template where the message's text belongs; private-use characters are in no template. */
const PLACEHOLDER = /\uE000(\d+)\uE001/g;

/** What the library needs to be a tokenizer, of which only the template is used. */
const EMPTY_TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: "BPE", vocab: {}, merges: [] },
};

/** A chat template, compiled. */
export class ChatTemplate {
  private readonly library: PreTrainedTokenizer;

  constructor(config: Record<string, unknown>) {
    this.library = new PreTrainedTokenizer(EMPTY_TOKENIZER, config);
  }

  /**
   * The messages and the beginning of the answer as tokens, at most `maxTokens`: where they are more, the end of the
   * longest message is dropped.
   */
  encode(
    messages: readonly ChatMessage[],
    { tokenizer, maxTokens }: { tokenizer: Tokenizer; maxTokens: number },
  ): number[] {
    const pieces = this.pieces(messages, tokenizer);
    const excess =
      pieces.reduce((sum, piece) => sum + piece.length, 0) - maxTokens;
    if (excess > 0) {
      const longest = pieces.reduce((a, b) => (b.length > a.length ? b : a));
      longest.length = Math.max(0, longest.length - excess);
    }
    return pieces.flat();
  }

  /** Runs of plain text and single special tokens, in order. */
  private pieces(
    messages: readonly ChatMessage[],
    tokenizer: Tokenizer,
  ): number[][] {
    const rendered = this.library.apply_chat_template(
      messages.map(({ role }, index) => ({
        role,
        content: `\uE000${index}\uE001`,
      })),
      { tokenize: false, add_generation_prompt: true },
    );
    const fill = (text: string) =>
      text.replace(PLACEHOLDER, (_, index) => messages[Number(index)]!.content);
    return splitAtSpecial(rendered, tokenizer).map((part) =>
      typeof part === "number" ? [part] : tokenizer.encode(fill(part)),
    );
  }
}

/** A rendered template as texts and ids of special tokens. */
function splitAtSpecial(
  rendered: string,
  tokenizer: Tokenizer,
): (string | number)[] {
  const markup = tokenizer.specialTokenTexts
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (markup.length === 0) return [rendered];
  return rendered
    .split(new RegExp(`(${markup.join("|")})`))
    .filter((part) => part !== "")
    .map((part) => tokenizer.specialTokenId(part) ?? part);
}

async function readJson(
  file: string,
): Promise<Record<string, unknown> | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Error(
      `Cannot read ${file}: ${(error as Error).message}, expected JSON`,
      { cause: error },
    );
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
