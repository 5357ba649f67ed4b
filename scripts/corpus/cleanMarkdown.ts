// Markdown and reStructuredText as a person types them: without front matter, templates, badges, pictures and markup
// that a site needs; code in fences stays where it is short.

/** Lines of code in one fence; more of it is a listing that few people type into a document. */
const MAX_FENCE_LINES = 24;

/** Rows of a table; further ones are reference. */
const MAX_TABLE_ROWS = 6;

/** Cleans a document in Markdown. */
export function cleanMarkdown(text: string): string {
  const body = text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .replace(/^(?:---|\+\+\+)\n[^]*?\n(?:---|\+\+\+)\s*\n/, "")
    .replace(/<!--[^]*?-->/g, "")
    .replace(/<(script|style|svg|table|iframe|video)\b[^]*?<\/\1>/gi, "");
  return tidy(
    mapOutsideFences(body, (prose) => thinLists(thinTables(cleanProse(prose)))),
  );
}

/** Cleans reStructuredText: header fields, directives without text and link targets go. */
export function cleanRestructured(text: string): string {
  return tidy(
    text
      .replace(/\r\n?/g, "\n")
      .replace(/^PEP: [^]*?\n\n/, "")
      .replace(
        /^\.\. (?:_[^\n]*|\[[^\n]*|\|[^\n]*|(?:image|contents|figure|highlight|canonical|toctree|meta|raw|include|currentmodule|module)::[^]*?)(?=\n\S|\n\n|$)/gm,
        "",
      )
      .replace(/:\w+:(?:\w+:)?`~?([^`<]*?)(?:\s*<[^>]*>)?`/g, "``$1``")
      .replace(/^Copyright\n=+[^]*$/m, "")
      .replace(/^\.\.\n(?: {2,}.*\n?)+/gm, ""),
  );
}

function cleanProse(prose: string): string {
  return (
    prose
      // Pictures, and badges that are links around pictures.
      .replace(
        /\[!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])\](?:\([^)]*\)|\[[^\]]*\])/g,
        "",
      )
      .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])(?:\{[^}]*\})?/g, "")
      // Lines of templates, and templates within lines.
      .replace(/^.*\{%[^]*?%\}.*$/gm, "")
      .replace(/\{\{[^]*?\}\}/g, "")
      .replace(/\{:[^}\n]*\}/g, "")
      .replace(/^\s*:::.*$/gm, "")
      .replace(/^(?:import|export) .*$/gm, "")
      // Definitions of links and footnotes, which stand at the end.
      .replace(/^\[[^\]\n]+\]:\s*\S.*$/gm, "")
      .replace(/^.*\{#[\w-]+\}\s*$/gm, (line) =>
        line.replace(/\s*\{#[\w-]+\}/, ""),
      )
      .replace(/<(https?:[^>\s]+)>/g, "$1")
      .replace(/<\/?[a-z][^<>]*>/gi, "")
      .replace(/&nbsp;/g, " ")
      .replace(/&amp;/g, "&")
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&quot;/g, '"')
      .replace(/&#39;|&apos;/g, "'")
      // A changelog's tail of numbers: "([#12](…))", "([abc1234](…))".
      .replace(/,?\s*\(?\[(?:#\d+|[\da-f]{7,40})\]\([^)]*\)\)?/g, "")
      .replace(/,?\s*(?:closes|fixes) \[[^\]]*\]\([^)]*\)/gi, "")
      // Targets that nobody reads.
      .replace(/\]\((https?:[^)\s]{70,})(?:\s+"[^"]*")?\)/g, "](link)")
      .replace(/\[([^\]]*)\]\((?:link|\s*)\)/g, "$1")
      // Items of which nothing is left, and marks of tabs.
      .replace(/^(\s*[-*+]) [-*+] /gm, "$1 ")
      .replace(/^\s*(?:[-*+]|\d+\.)\s*$/gm, "")
      .replace(/^\s*={3} ".*"$/gm, "")
  );
}

function thinTables(prose: string): string {
  let rows = 0;
  return prose
    .split("\n")
    .filter((line) => {
      rows = /^\s*\|/.test(line) ? rows + 1 : 0;
      return rows <= MAX_TABLE_ROWS;
    })
    .join("\n");
}

const MAX_LINK_ITEMS = 4;

/** Of a run of items that are a link and hardly more, a few stay. */
function thinLists(prose: string): string {
  let items = 0;
  return prose
    .split("\n")
    .filter((line) => {
      const isLinkItem =
        /^\s*(?:[-*+]|\d+\.)\s/.test(line) &&
        /\]\(|https?:/.test(line) &&
        line.replace(/\[[^\]]*\]\([^)]*\)|https?:\S+/g, "").trim().length < 24;
      if (isLinkItem) items++;
      else if (line.trim() !== "") items = 0;
      return items <= MAX_LINK_ITEMS;
    })
    .join("\n");
}

/** Applies `change` to what stands outside of fences; fences that are too long are left out. */
function mapOutsideFences(
  text: string,
  change: (prose: string) => string,
): string {
  const parts: string[] = [];
  let prose: string[] = [];
  let fence: { mark: string; lines: string[] } | undefined;
  const flush = () => {
    parts.push(change(prose.join("\n")));
    prose = [];
  };
  for (const line of text.split("\n")) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence) {
      fence.lines.push(line);
      if (mark?.startsWith(fence.mark) && line.trim() === mark) {
        if (fence.lines.length <= MAX_FENCE_LINES + 2) {
          parts.push(fence.lines.join("\n"));
        }
        fence = undefined;
      }
    } else if (mark !== undefined) {
      flush();
      fence = {
        mark,
        lines: [line.replace(/(```+|~~~+)\s*\{?\.?(\w*).*/, "$1$2")],
      };
    } else prose.push(line);
  }
  flush();
  return parts.join("\n");
}

/** No white space at the ends of lines, no more than one empty line, one line feed at the end. */
export function tidy(text: string): string {
  const body = text
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return body === "" ? "" : `${body}\n`;
}
