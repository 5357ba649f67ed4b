// The tokens of a suggestion as a table in Markdown. Pure; nothing of a token's text is read as Markdown.

import type { Suggestion } from "../completion/completer";

/** A token with what is told of it. */
export interface TokenRow {
  text: string;
  probability: number;
  /** Others that could have stood there, the most probable first. */
  alternatives: { text: string; probability: number }[];
  /** Whether it is part of what is shown; the model may have written on. */
  isShown: boolean;
}

const MAX_ALTERNATIVES = 5;

/** The tokens of a suggestion, or of an empty text: what was kept back altogether. */
export function tokenRows({
  text,
  tokens,
}: Pick<Suggestion, "text" | "tokens">): TokenRow[] {
  const written = tokens.map((token) => token.text).join("");
  // The first token may begin left of the cursor; line endings and indentation may have been changed.
  const start = written.indexOf(text);
  const end =
    text === "" ? 0 : start < 0 ? written.length : start + text.length;
  let offset = 0;
  return tokens.map((token) => {
    const isShown = offset < end;
    offset += token.text.length;
    return {
      text: token.text,
      probability: Math.exp(token.logProbability),
      alternatives: token.alternatives
        .filter((other) => other.text !== token.text)
        .slice(0, MAX_ALTERNATIVES),
      isShown,
    };
  });
}

/** A table; all cells of a row are Markdown. */
export function markdownTable(rows: readonly string[][]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** Any text as code that fits into a table's cell, quoted so that white space is seen. */
export function codeCell(text: string): string {
  const quoted = JSON.stringify(text).replaceAll("|", "\\|");
  const runs = [...quoted.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(0, ...runs) + 1);
  return `${fence}${quoted}${fence}`;
}
