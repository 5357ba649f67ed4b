// Puts messages into a model's chat template and encodes the result. The markup of the template becomes special
// tokens, the messages stay plain text: `<|im_end|>` written in a document ends no message.

import { existsSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { PreTrainedTokenizer } from "@xenova/transformers";
import { readJson, readOrdinaryFile, shownJson } from "../common/ordinaryFile";
import type { ChatMessage } from "../protocol/generation";
import { contentOf } from "./textStart";
import type { Tokenizer } from "./tokenizer";

/** A template is a page of markup. */
const MAX_TEMPLATE_BYTES = 1_000_000;

/** Reads the template of a model folder; undefined for a model that was not trained to chat. */
export function loadChatTemplate(directory: string): ChatTemplate | undefined {
  const configFile = path.join(directory, "tokenizer_config.json");
  if (!existsSync(configFile)) return undefined;
  const config = readJson(configFile);
  if (typeof config !== "object" || config === null) {
    throw new TypeError(
      `Cannot read ${configFile}: it is ${shownJson(config)}, expected an object`,
    );
  }
  // Newer folders keep the template in a file of its own.
  const templateFile = path.join(directory, "chat_template.jinja");
  const given = (config as Record<string, unknown>)["chat_template"];
  const file = given || !existsSync(templateFile) ? configFile : templateFile;
  const template =
    file === configFile
      ? given
      : readOrdinaryFile(file, { maxBytes: MAX_TEMPLATE_BYTES }).toString();
  if (!template) return undefined;
  return new ChatTemplate(
    { ...plainTokens(config), chat_template: template },
    file,
  );
}

/** Named tokens as their texts: files give them as objects of several kinds too, of which the library knows one. */
function plainTokens(config: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) =>
      /_token$/.test(name) && typeof value === "object"
        ? [name, contentOf(value)]
        : [name, value],
    ),
  );
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

  /** `file` is where the template stands, for messages. */
  constructor(
    config: Record<string, unknown>,
    private readonly file: string,
  ) {
    this.library = this.orName(
      () => new PreTrainedTokenizer(EMPTY_TOKENIZER, config),
    );
  }

  /**
   * The messages and the beginning of the answer as tokens, at most `maxTokens`: where they are more, the end of the
   * longest message is dropped. What stands in front of every text is there once, whether the template writes it or not.
   */
  encode(
    messages: readonly ChatMessage[],
    { tokenizer, maxTokens }: { tokenizer: Tokenizer; maxTokens: number },
  ): number[] {
    const pieces = this.pieces(messages, tokenizer);
    const { bosIds } = tokenizer;
    const begun = pieces.slice(0, bosIds.length).flat();
    if (begun.join() !== bosIds.join()) pieces.unshift([...bosIds]);
    const excess =
      pieces.reduce((sum, piece) => sum + piece.length, 0) - maxTokens;
    if (excess > 0) {
      const longest = pieces.reduce((a, b) => (b.length > a.length ? b : a));
      longest.length = Math.max(0, longest.length - excess);
    }
    return pieces.flat();
  }

  /** Throws where it cannot be used. */
  check(tokenizer: Tokenizer): void {
    this.encode(
      [
        { role: "system", content: "a" },
        { role: "user", content: "b" },
      ],
      { tokenizer, maxTokens: Infinity },
    );
  }

  private orName<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      throw new Error(
        `Cannot use chat template ${this.file}: ${(error as Error).message}, expected one that renders messages of a system, a user and an assistant`,
        { cause: error },
      );
    }
  }

  /** Runs of plain text and single special tokens, in order. */
  private pieces(
    messages: readonly ChatMessage[],
    tokenizer: Tokenizer,
  ): number[][] {
    const rendered = this.orName(() =>
      withinTime(() =>
        this.library.apply_chat_template(
          messages.map(({ role }, index) => ({
            role,
            content: `\uE000${index}\uE001`,
          })),
          RENDERING,
        ),
      ),
    );
    if (typeof rendered !== "string" || rendered.length > MAX_RENDERED) {
      throw new RangeError(
        `Cannot use chat template ${this.file}: it makes no text or too long a one, expected at most ${MAX_RENDERED} characters of markup`,
      );
    }
    const fill = (text: string) =>
      text.replace(PLACEHOLDER, (_, index) => messages[Number(index)]!.content);
    return splitAtSpecial(rendered, tokenizer).map((part, index) =>
      typeof part === "number"
        ? [part]
        : tokenizer.encode(fill(part), index === 0 ? "start" : "special"),
    );
  }
}

/** Template variables beside the messages: what a model thinks before it answers is nothing to put into a document. */
const RENDERING = {
  tokenize: false,
  add_generation_prompt: true,
  enable_thinking: false,
} as const;

/** Markup around messages whose texts are not in yet. */
const MAX_RENDERED = 1_000_000;
/** A template takes a millisecond; a loop of a billion turns would hold all suggestions. */
const RENDER_TIMEOUT_MS = 500;

/** Calls a function that is ended after a while. The time limit of `vm` holds for all that is called within. */
function withinTime<T>(render: () => T): T {
  const place: { render: () => T } = { render };
  return runInNewContext("render()", place, {
    timeout: RENDER_TIMEOUT_MS,
  }) as T;
}

/** A rendered template as texts and ids of special tokens, which may take in the white space beside them. */
function splitAtSpecial(
  rendered: string,
  tokenizer: Tokenizer,
): (string | number)[] {
  const markup = [...tokenizer.specialTokens]
    .sort((a, b) => b.text.length - a.text.length)
    .map(({ text, stripsLeft, stripsRight }) => {
      const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return `${stripsLeft ? "\\s*" : ""}${escaped}${stripsRight ? "\\s*" : ""}`;
    });
  if (markup.length === 0) return [rendered];
  return rendered
    .split(new RegExp(`(${markup.join("|")})`))
    .map((part, index) =>
      // What was split at stands at the odd places.
      index % 2 === 0
        ? part
        : (tokenizer.specialTokenId(part) ??
          tokenizer.specialTokenId(part.trim()) ??
          part),
    )
    .filter((part) => part !== "");
}
