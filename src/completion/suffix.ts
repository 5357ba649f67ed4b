// What of the text behind the cursor a model that fills in the middle is shown: in code, where models were trained to;
// in prose the prefix alone.

import type { GenerateRequest } from "../protocol/generation";
import { isCodeLanguage } from "./codeForm";
import type { CompletionContext } from "./decision";

/**
 * Each key has it read anew, behind the text that has grown: the next few lines say what a gap is for, and so many
 * tokens are read in about a tenth of a second by a model of half a billion parameters.
 */
const MAX_TOKENS = 64;
const MAX_SHARE = 1 / 4;
/** More than a token of code has. */
const MAX_CHARACTERS_PER_TOKEN = 8;

export type Suffix = NonNullable<GenerateRequest["suffix"]>;

/** Undefined where none is shown: in prose, and where nothing but white space follows. */
export function suffixAt({
  languageId,
  textAfter,
  settings,
}: Pick<CompletionContext, "languageId" | "textAfter" | "settings">):
  Suffix | undefined {
  if (!isCodeLanguage(languageId)) return undefined;
  const maxTokens = Math.min(
    MAX_TOKENS,
    Math.floor(settings.contextTokens * MAX_SHARE),
  );
  const text = textAfter.slice(0, maxTokens * MAX_CHARACTERS_PER_TOKEN);
  return text.trim() === "" ? undefined : { text, maxTokens };
}

/** Without the marks that close on the cursor's line, which an editor puts there while a suggestion is typed. */
export function suffixKey({ text }: Suffix): string {
  const lineEnd = text.indexOf("\n");
  return lineEnd < 0 ? "" : text.slice(lineEnd);
}
