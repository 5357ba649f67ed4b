// Books as plain paragraphs: chapters of XHTML, and plain text with hard line ends.

import { tidy } from "./cleanMarkdown";

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** One chapter of an e-book in XHTML: a paragraph a line, headings as such. Notes and title pages give nothing. */
export function cleanEbook(xhtml: string): string {
  const body = /<body[^>]*>([^]*)<\/body>/.exec(xhtml)?.[1] ?? "";
  if (/<body[^>]*\b(?:frontmatter|backmatter)\b/.test(xhtml)) return "";
  const paragraphs = body
    .replace(/<a [^>]*noteref[^>]*>[^<]*<\/a>/g, "")
    .replace(/<h\d[^>]*roman[^>]*>[^]*?<\/h\d>/g, "")
    .replace(/<br\s*\/?>\s*/g, "\n")
    .replace(/<(?:p|h\d|li|dt|dd|header|tr)\b[^>]*>/g, "\uE000")
    .replace(/<hr[^>]*>/g, "\uE000* * *\uE000")
    .split(/\uE000|<\/(?:p|h\d|li|dt|dd|header|tr)>/)
    .map((each) => decodeEntities(each.replace(/<[^>]+>/g, "")))
    .map((each) => each.replace(/[ \t]*\n[ \t]*/g, "\n").trim())
    .filter((each) => each !== "");
  return tidy(plainCharacters(paragraphs.join("\n\n")));
}

export function decodeEntities(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&#x([\da-f]+);/gi, (_, code) =>
      String.fromCodePoint(parseInt(String(code), 16)),
    )
    .replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

/** Characters that only typesetters use: joiners, thin spaces, three-em dashes. */
function plainCharacters(text: string): string {
  return text
    .replace(/[\u2060\u200a\u200b\ufeff\u00ad]/g, "")
    .replace(/[\u00a0\u2009\u202f]/g, " ")
    .replace(/\u2e3a|\u2e3b/g, "——");
}

/** A book of plain text, hard line ends joined, without whoever published the file. */
export function cleanBook(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n");
  const start = /^\*\*\* ?START OF[^\n]*$/m.exec(lines);
  const end = /^\*\*\* ?END OF[^\n]*$/m.exec(lines);
  const body = lines.slice(
    start ? start.index + start[0].length : 0,
    end?.index ?? lines.length,
  );
  const paragraphs = body
    .replace(/\[(?:Illustration|Footnote|Transcriber)[^\]]*\]/g, "")
    .split(/\n\s*\n/)
    .map(joinLines)
    .filter(
      (each) =>
        !/gutenberg|pglaf|produced by|proofread|e-?text|transcriber/i.test(
          each,
        ),
    )
    .map((each) => each.replace(/(^|\W)_([^_]+)_(?=\W|$)/g, "$1$2"));
  return tidy(paragraphs.join("\n\n"));
}

/** Verse and addresses keep their short lines. */
function joinLines(paragraph: string): string {
  const lines = paragraph.split("\n").map((line) => line.trim());
  const longest = Math.max(...lines.map((line) => line.length));
  return lines.join(longest < 50 ? "\n" : " ").trim();
}

/** What most people's keyboards give. */
export function straightQuotes(text: string): string {
  return text.replace(/[“”]/g, '"').replace(/[‘’]/g, "'").replace(/…/g, "...");
}
