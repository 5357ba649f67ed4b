// Writes the further lines of a suggestion with the document's own indentation.

/** What the document indents with; undefined when nothing in it is indented. */
function findIndentUnit(text: string): string | undefined {
  let tabs = 0;
  const widths: number[] = [];
  for (const match of text.matchAll(/^(\t+| {2,})(?=\S)/gm)) {
    const [, indent = ""] = match;
    if (indent.startsWith("\t")) tabs++;
    else widths.push(indent.length);
  }
  if (tabs === 0 && widths.length === 0) return undefined;
  if (tabs >= widths.length) return "\t";
  const isFour = widths.every((width) => width % 4 === 0);
  return isFour ? "    " : "  ";
}

/** `text` with the indentation of its lines after the first in the document's unit. */
export function reindent(text: string, documentText: string): string {
  const unit = findIndentUnit(documentText);
  if (unit === undefined) return text;
  const ownUnit = findIndentUnit(`${text}\n`);
  if (ownUnit === undefined || ownUnit === unit) return text;
  if ((ownUnit === "\t") === (unit === "\t")) return text;
  return text.replace(/(?<=\n)[ \t]+(?=\S)/g, (indent) =>
    indent.replaceAll(ownUnit, unit),
  );
}
