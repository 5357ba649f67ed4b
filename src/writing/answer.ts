// Cuts what a model answers down to what was asked for: no preamble, no quotes around it, one line where one was
// asked. Works on a text that is still growing: what it has let through stays, as far as can be known by then.

import type { AnswerForm } from "./task";

/** "Here is a summary of the text:", "Sure! …:" and "Title:" at an answer's beginning. */
const PREAMBLE =
  /^(?:(?:sure|certainly|of course|okay)\b[^\n:]{0,80}[:!.]\s+)?(?:(?:here(?:'s| is| are)|the following (?:is|are))\b[^\n:]{0,100}:|(?:title|heading|summary|answer|translation|commit message)\s*:)\s*/i;
/** What the embedded model likes to say of its own work, behind it. */
const EPILOGUE =
  /\n\s*\n(?:I (?:made|have|tried|hope|also|changed|added|simplified|rewrote)\b|Let me know\b|Note:|Would you like\b)[^]*$/;
/** The number or mark of a list's item that was not written any more. */
const EMPTY_ITEM = /\n\s*(?:\d+[.)]|[-*])\s*$/;

const PARAGRAPH_END = /\n[ \t]*\n/;

/** What may still become a preamble and is held back until it is known. */
const MAX_PREAMBLE_CHARACTERS = 120;
const PREAMBLE_STARTS =
  /^(?:sure|certainly|of course|okay|here|the following|title|heading|summary|answer|translation|commit)\b/i;

const QUOTES: Record<string, string> = {
  '"': '"',
  "\u201c": "\u201d",
  "«": "»",
  "**": "**",
  "`": "`",
};

/** The part of `raw` that is shown. `isDone` tells that nothing more comes. */
export function cleanAnswer(
  raw: string,
  { form, isDone }: { form: AnswerForm; isDone: boolean },
): string {
  const text = raw.trimStart();
  if (!isDone && mayBePreamble(text)) return "";
  const answer = text.replace(PREAMBLE, "").trimStart();
  const cut = cutToForm(answer, form);
  const unquoted = withoutQuotes(cut);
  return isDone ? unquoted.replace(EMPTY_ITEM, "").trimEnd() : unquoted;
}

/** Whether all that the form asks for has been written; a preamble and what stands behind it do not count. */
export function isAnswerComplete(raw: string, form: AnswerForm): boolean {
  const text = raw.trimStart();
  if (mayBePreamble(text)) return false;
  const answer = text.replace(PREAMBLE, "").trimStart();
  switch (form) {
    case "line":
      return answer.includes("\n");
    case "paragraph":
      return PARAGRAPH_END.test(answer);
    case "text":
    case "list":
      return EPILOGUE.test(answer);
  }
}

function mayBePreamble(text: string): boolean {
  if (PREAMBLE.test(text)) return false;
  const isOpen = text.length < MAX_PREAMBLE_CHARACTERS && !/[\n.]/.test(text);
  return isOpen && PREAMBLE_STARTS.test(text);
}

function cutToForm(answer: string, form: AnswerForm): string {
  switch (form) {
    case "line":
      return firstLine(answer);
    case "paragraph":
      return answer.split(PARAGRAPH_END, 1)[0]!;
    case "text":
    case "list":
      return answer.replace(EPILOGUE, "");
  }
}

function firstLine(text: string): string {
  const [line = ""] = text.replace(/^#+\s*/, "").split("\n");
  return line;
}

/** Without quotes around the whole; only opened ones are dropped while the text grows. */
function withoutQuotes(text: string): string {
  for (const [open, close] of Object.entries(QUOTES)) {
    if (!text.startsWith(open)) continue;
    const inner = text.slice(open.length);
    const end = inner.indexOf(close);
    if (end < 0) return inner;
    // Quotes around the first words only belong to the text.
    return inner.slice(end + close.length).trim() === ""
      ? inner.slice(0, end)
      : text;
  }
  return text;
}
