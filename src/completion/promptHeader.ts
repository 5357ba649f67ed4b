// What stands above the window and still matters for what is written in it: the file's path and its heading trail.
// Given to the model as the document's own first lines. It depends on the text above the window alone, so that it
// stays the same, and its keys and values with it, until the window jumps.

import { isMarkdown } from "./markdownForm";

/** Which lines are put above the window. */
export interface HeaderParts {
  path: boolean;
  headings: boolean;
}

/** A header takes no more than this from the window. */
export const MAX_HEADER_CHARACTERS = 240;

/** The lines above the window, with an empty line behind; empty when there is nothing to say. */
export function writeHeader(
  {
    path,
    languageId,
    textAbove,
  }: { path: string | undefined; languageId: string; textAbove: string },
  parts: HeaderParts,
): string {
  const lines: string[] = [];
  if (parts.path && path !== undefined) lines.push(path);
  if (parts.headings && isMarkdown(languageId)) {
    lines.push(...findHeadingTrail(textAbove));
  }
  const header = lines.map((line) => `${line}\n\n`).join("");
  return header.length <= MAX_HEADER_CHARACTERS ? header : "";
}

/** The headings under which the end of `text` stands, the outermost first. */
export function findHeadingTrail(text: string): string[] {
  const trail: { level: number; line: string }[] = [];
  let isInFence = false;
  for (const match of text.matchAll(/^(?:(`{3}|~{3}).*|(#{1,6}) .*)$/gm)) {
    const [line, fence, marks] = match;
    if (fence) isInFence = !isInFence;
    if (isInFence || !marks) continue;
    while ((trail.at(-1)?.level ?? 0) >= marks.length) trail.pop();
    trail.push({ level: marks.length, line });
  }
  return trail.map(({ line }) => line);
}
