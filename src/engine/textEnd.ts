// Tells while a text is being written whether it has certainly gone past its end, so that no more is computed.
// Cutting it at the right character is the caller's: completion/ knows abbreviations and the text around.

import type { StopAt } from "../protocol/generation";

/** A sentence's end, its closing marks, white space and a character that does not go on in lower case. */
const NEXT_SENTENCE = /[.!?…][\p{Pe}\p{Pf}"'*_`]*\s+[^\p{Ll}\s]/u;
const LINE_END = /\n/;
const PARAGRAPH_END = /\n[ \t]*\n/;

/** Whether `text` holds all that a suggestion ending at `stopAt` can use. */
export function isPastEnd(text: string, stopAt: StopAt): boolean {
  switch (stopAt) {
    case "sentence":
      return LINE_END.test(text) || NEXT_SENTENCE.test(text);
    case "line":
      return LINE_END.test(text);
    case "paragraph":
      return PARAGRAPH_END.test(text);
    case "none":
      return false;
  }
}

/** Whether a token with this text may be the end, so that a run should pause and the text be looked at. */
export function mayEnd(tokenText: string, stopAt: StopAt): boolean {
  switch (stopAt) {
    case "sentence":
      return /[\n.!?…]/.test(tokenText);
    case "line":
    case "paragraph":
      return tokenText.includes("\n");
    case "none":
      return false;
  }
}
