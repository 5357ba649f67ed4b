// Says in which form of Markdown a cursor stands, since each goes on in its own way:
// a heading, a table row and a line of front matter end with their line, and code has no sentences.

export type MarkdownForm =
  "prose" | "front-matter" | "fence" | "heading" | "table" | "list";

const LANGUAGES_WITH_MARKDOWN = new Set(["markdown", "mdx", "quarto", "rmd"]);

/** Whether a document of this language is Markdown. */
export function isMarkdown(languageId: string): boolean {
  return LANGUAGES_WITH_MARKDOWN.has(languageId);
}

/** The form of the line that `textBefore` ends in. */
export function findMarkdownForm(textBefore: string): MarkdownForm {
  if (isInFrontMatter(textBefore)) return "front-matter";
  if (isInFence(textBefore)) return "fence";
  const line = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
  if (/^ {0,3}#{1,6}\s/.test(line)) return "heading";
  if (/^\s*\|/.test(line)) return "table";
  if (/^\s*(?:[-*+]|\d+[.)])\s/.test(line)) return "list";
  return "prose";
}

/** Cells that a row may have: those of the line above that belongs to the same table; undefined for a first row. */
export function countTableColumns(textBefore: string): number | undefined {
  const lines = textBefore.split("\n");
  const above = lines.at(-2);
  if (above === undefined || !/^\s*\|/.test(above)) return undefined;
  return countCellBorders(above) - 1;
}

/** Borders of cells in a part of a table row. */
export function countCellBorders(text: string): number {
  return text.match(/(?<!\\)\|/g)?.length ?? 0;
}

function isInFrontMatter(textBefore: string): boolean {
  return (
    textBefore.startsWith("---\n") && !/\n(?:---|\.\.\.)\s*\n/.test(textBefore)
  );
}

function isInFence(textBefore: string): boolean {
  let fence: string | undefined;
  for (const match of textBefore.matchAll(/^ *(`{3,}|~{3,})/gm)) {
    const [whole, marks = ""] = match;
    const begin = match.index + whole.length;
    const end = textBefore.indexOf("\n", begin);
    if (end < 0) break;
    const isBare = textBefore.slice(begin, end).trim() === "";
    if (fence === undefined) fence = marks;
    else if (marks.startsWith(fence) && isBare) fence = undefined;
  }
  return fence !== undefined;
}
