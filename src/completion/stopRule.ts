// Cuts a continuation where the setting "stop at" and the form of the text around say that it ends.
// The engine only sees to it that no more is computed than can be used; the right character is found here.

import type { StopAt } from "../protocol/generation";
import type { Continuation } from "./alignment";
import { findUnopenedFence, isCode } from "./codeForm";
import type { CompletionContext } from "./decision";
import {
  countCellBorders,
  countTableColumns,
  findMarkdownForm,
  isMarkdown,
  type MarkdownForm,
} from "./markdownForm";
import { findSentenceEnd } from "../text/sentenceEnd";
import { findBreak } from "../text/stopRules";

/** The continuation up to its end. */
export function cutAtStop(
  continuation: Continuation,
  context: Pick<CompletionContext, "textBefore" | "languageId" | "settings">,
): Continuation {
  const { text } = continuation;
  const end = findStop(text, context);
  if (end === undefined || end >= text.length) return continuation;
  return {
    text: text.slice(0, end),
    tokens: continuation.tokens.filter((each) => each.start < end),
    stopReason: "stop-rule",
  };
}

/** The index where `text`, which continues `textBefore`, has to end; undefined when it does not reach it. */
function findStop(
  text: string,
  {
    textBefore,
    languageId,
    settings,
  }: Pick<CompletionContext, "textBefore" | "languageId" | "settings">,
): number | undefined {
  const form = formAt({ textBefore, languageId });
  const stopAt = stopForForm(settings.stopAt, form);
  const ends: number[] = [];
  if (form === "table") ends.push(findRowEnd(text, textBefore));
  if (!isMarkdown(languageId)) {
    ends.push(findUnopenedFence(text, textBefore) ?? Infinity);
  }
  ends.push(findBreak(text, stopAt) ?? Infinity);
  if (stopAt === "sentence") {
    const lineBefore = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
    ends.push(findSentenceEnd(text, lineBefore) ?? Infinity);
  }
  const end = Math.min(...ends);
  return Number.isFinite(end) ? end : undefined;
}

/** Where a continuation ends at the latest that is asked for at this cursor: what would be cut need not be written. */
export function stopAtFor({
  textBefore,
  languageId,
  settings,
}: Pick<CompletionContext, "textBefore" | "languageId" | "settings">): StopAt {
  return stopForForm(settings.stopAt, formAt({ textBefore, languageId }));
}

function formAt({
  textBefore,
  languageId,
}: Pick<CompletionContext, "textBefore" | "languageId">): MarkdownForm {
  if (isMarkdown(languageId)) return findMarkdownForm(textBefore);
  return isCode({ textBefore, languageId }) ? "fence" : "prose";
}

function stopForForm(stopAt: StopAt, form: MarkdownForm): StopAt {
  switch (form) {
    case "heading":
    case "table":
    case "front-matter":
      return "line";
    case "fence":
      return stopAt === "sentence" ? "line" : stopAt;
    case "list":
    case "prose":
      return stopAt;
  }
}

/** Behind the border that closes the row's last cell. */
function findRowEnd(text: string, textBefore: string): number {
  const columns = countTableColumns(textBefore);
  if (columns === undefined) return Infinity;
  const line = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
  let borders = countCellBorders(line);
  for (const match of text.matchAll(/(?<!\\)\|/g)) {
    borders++;
    if (borders === columns + 1) return match.index + 1;
  }
  return Infinity;
}
