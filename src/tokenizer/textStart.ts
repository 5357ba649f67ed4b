// What stands in front of every text: the tokens that a model saw there throughout its training, most often one (BOS).
// Llama, Mistral, Gemma and DeepSeek were trained with such a token, GPT-2, SmolLM2 and Qwen without. A model that misses
// it predicts far worse, so its files are asked, as transformers asks them:
// `add_bos_token` of tokenizer_config.json decides where it is given, else the template of the post-processor.

import { shownJson } from "../common/ordinaryFile";

/** What the files of a tokenizer say about it. */
export interface TextStartSource {
  /** `post_processor` of tokenizer.json. */
  postProcessor: unknown;
  /** tokenizer_config.json, parsed; undefined where there is none. */
  config: unknown;
  /** The id of a token by its text. */
  tokenIdOf: (token: string) => number | undefined;
}

/** The ids in front of every text, none for most models; throws where a token is asked for that is not there. */
export function findBosIds({
  postProcessor,
  config,
  tokenIdOf,
}: TextStartSource): number[] {
  const { add_bos_token: isAsked, bos_token: bosToken } = (config ??
    {}) as Record<string, unknown>;
  if (isAsked === false) return [];
  const templateIds = templateStart(postProcessor);
  if (isAsked !== true || templateIds.length > 0) return templateIds;
  const text = contentOf(bosToken);
  const tokenId = text === undefined ? undefined : tokenIdOf(text);
  if (tokenId === undefined) {
    throw new TypeError(
      `Cannot read tokenizer_config.json: add_bos_token is true and bos_token ${shownJson(bosToken)}, expected a token of the vocabulary`,
    );
  }
  return [tokenId];
}

/** A token is given as its text, or as an object that holds it. */
export function contentOf(token: unknown): string | undefined {
  if (typeof token === "string") return token;
  const { content } = (token ?? {}) as { content?: unknown };
  return typeof content === "string" ? content : undefined;
}

/** The special tokens before the text in a post-processor's template. */
function templateStart(postProcessor: unknown): number[] {
  const { type, processors, single, special_tokens } = (postProcessor ??
    {}) as Record<string, unknown>;
  if (type === "Sequence" && Array.isArray(processors)) {
    return processors.flatMap(templateStart);
  }
  if (type !== "TemplateProcessing" || !Array.isArray(single)) return [];
  const ids: number[] = [];
  for (const piece of single as (Record<string, { id?: string }> | null)[]) {
    const name = piece?.["SpecialToken"]?.id;
    if (name === undefined) break;
    const entry = (
      special_tokens as Record<string, { ids?: unknown }> | null
    )?.[name];
    const given = entry?.ids;
    if (!isTokenIds(given)) {
      throw new TypeError(
        `Cannot read tokenizer.json: the template of its post_processor begins with ${shownJson(name)} and special_tokens has ${shownJson(entry)} for it, expected its ids`,
      );
    }
    ids.push(...given);
  }
  return ids;
}

function isTokenIds(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((id) => Number.isSafeInteger(id) && id >= 0)
  );
}
