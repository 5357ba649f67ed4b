// Where the setting "stop at" ends a text. The engine asks while it writes whether enough is there, so that no more is
// computed; completion/ asks for the right character, and knows the text around.

import type { StopAt } from "../protocol/generation";
import { isSentenceOver } from "./sentenceEnd";

const LINE_END = /\n/;
const PARAGRAPH_END = /\n[ \t]*\n/;

/** The index of the line break or blank line that `stopAt` ends before; undefined when there is none in `text`. */
export function findBreak(text: string, stopAt: StopAt): number | undefined {
  switch (stopAt) {
    case "sentence":
    case "line":
      return LINE_END.exec(text)?.index;
    case "paragraph":
      return PARAGRAPH_END.exec(text)?.index;
    case "none":
      return undefined;
  }
}

/** Whether `text` holds all that a suggestion ending at `stopAt` can use. */
export function isPastEnd(text: string, stopAt: StopAt): boolean {
  return (
    findBreak(text, stopAt) !== undefined ||
    (stopAt === "sentence" && isSentenceOver(text))
  );
}

/** Whether a token with this text may be the end, so that a run should pause and the text be looked at. */
export function mayEnd(tokenText: string, stopAt: StopAt): boolean {
  switch (stopAt) {
    case "sentence":
      return /[\n\p{Sentence_Terminal}；｡…]/u.test(tokenText);
    case "line":
    case "paragraph":
      return tokenText.includes("\n");
    case "none":
      return false;
  }
}
