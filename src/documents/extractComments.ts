// The comments of source code as prose: without their marks, neighbours joined to paragraphs, and without what nobody
// wrote for a reader: licences, instructions to tools, code that is switched off.

import { commentSyntaxOf, type CommentSyntax } from "./commentSyntax";

/** The comments of a file with this name, with an empty line between them; empty where there are none. */
export function extractComments(name: string, text: string): string {
  const syntax = commentSyntaxOf(name);
  if (!syntax) return "";
  return joinLineComments(scan(text, syntax), text)
    .map(stripMarks)
    .filter(isProse)
    .join("\n\n");
}

/** Where a comment lies, its marks included. */
interface Comment {
  start: number;
  end: number;
  isLine: boolean;
}

/** Goes through the text once; strings are stepped over, so that `"//"` in one is no comment. */
function scan(text: string, syntax: CommentSyntax): Comment[] {
  const comments: Comment[] = [];
  const marks = marksPattern(syntax);
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    const mark = match[0];
    const start = match.index;
    const blockEnd = syntax.block.find(([opening]) => opening === mark)?.[1];
    let end: number;
    if (blockEnd !== undefined) {
      end = endAfter(text, blockEnd, start + mark.length);
      comments.push({ start, end, isLine: false });
    } else if (syntax.line.includes(mark)) {
      end = lineEnd(text, start);
      if (isLineComment(text, start, mark)) {
        comments.push({ start, end, isLine: true });
      } else {
        end = start + mark.length;
      }
    } else if (syntax.docStrings.includes(mark)) {
      end = endAfter(text, mark, start + mark.length);
      if (beginsStatement(text, start)) {
        comments.push({ start, end, isLine: false });
      }
    } else {
      end = stringEnd(text, start, {
        mark,
        isLong: syntax.longStrings.includes(mark),
      });
    }
    marks.lastIndex = Math.max(end, start + 1);
  }
  return comments;
}

/** Finds the next mark of any kind, the longest where several begin at one place. */
function marksPattern(syntax: CommentSyntax): RegExp {
  const marks = [
    ...syntax.block.map(([opening]) => opening),
    ...syntax.docStrings,
    ...syntax.line,
    ...syntax.longStrings,
    ...syntax.strings,
  ].sort((a, b) => b.length - a.length);
  const escaped = marks.map((mark) =>
    mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
  );
  return new RegExp(escaped.join("|"), "g");
}

/** `https://` and `$#` are no comments: most marks stand at a line's start or behind a space. */
function isLineComment(text: string, start: number, mark: string): boolean {
  const before = start === 0 ? "\n" : text.charAt(start - 1);
  return mark === "//" ? before !== ":" : /\s/.test(before);
}

/** Whether nothing but white space, and the prefix of the string, stands before it on its line. */
function beginsStatement(text: string, start: number): boolean {
  let at = start - 1;
  if (at >= 0 && "rRuU".includes(text.charAt(at))) at--;
  while (at >= 0 && text[at] !== "\n" && text[at]!.trim() === "") at--;
  return at < 0 || text[at] === "\n";
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

function endAfter(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function stringEnd(
  text: string,
  start: number,
  { mark, isLong }: { mark: string; isLong: boolean },
): number {
  for (let i = start + mark.length; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === "\\") i++;
    else if (character === mark) return i + 1;
    else if (character === "\n" && !isLong) return i;
  }
  return text.length;
}

/** Line comments on lines that follow each other are one comment. */
function joinLineComments(comments: Comment[], text: string): string[] {
  const joined: Comment[] = [];
  for (const comment of comments) {
    const last = joined.at(-1);
    const between = last && text.slice(last.end, comment.start);
    if (last?.isLine && comment.isLine && /^\n[ \t]*$/.test(between ?? "")) {
      last.end = comment.end;
    } else {
      joined.push({ ...comment });
    }
  }
  return joined.map(({ start, end }) => text.slice(start, end));
}

const OPENING_MARK =
  /^\s*(?:\/\*[*!]?|\/{2,}!?|<!--|#\||#+!?|--\[\[|-{2,}(?: \|)?|\{-\|?|;+|%+|[rRuU]?(?:"""|'''))[ \t]?/;
const CLOSING_MARKS = ["*/", "-->", "|#", "]]", "-}", '"""', "'''"];
const INNER_MARK = /^[ \t]*\*(?:[ \t]|$)/;

/** Takes the marks off every line of a comment, and the indentation that its lines share. */
function stripMarks(comment: string): string {
  const isInBlock = isBlock(comment);
  const lines = (isInBlock ? withoutClosingMark(comment) : comment)
    .split("\n")
    .map((line, index) =>
      line
        .replace(index === 0 || !isInBlock ? OPENING_MARK : INNER_MARK, "")
        .trimEnd(),
    );
  const [first = "", ...rest] = lines;
  const indents = rest
    .filter((line) => line !== "")
    .map((line) => /^[ \t]*/.exec(line)![0].length);
  const least = indents.reduce((a, b) => Math.min(a, b), Infinity);
  const shared = Number.isFinite(least) ? least : 0;
  return [first.trimStart(), ...rest.map((line) => line.slice(shared))]
    .filter((line) => !TOOL_LINE.test(line))
    .join("\n")
    .trim();
}

/** Patterns that look for something before the end of a text take quadratic time on rows of spaces or stars. */
function withoutClosingMark(comment: string): string {
  const mark = CLOSING_MARKS.find((each) => comment.endsWith(each));
  let end = comment.length - (mark?.length ?? 0);
  while (mark === "*/" && comment.charAt(end - 1) === "*") end--;
  return comment.slice(0, end).trimEnd();
}

function isBlock(comment: string): boolean {
  return /^(?:\/\*|<!--|#\||--\[\[|\{-|[rRuU]?(?:"""|'''))/.test(comment);
}

/** Lines that speak to a tool. */
const TOOL_LINE =
  /^\s*(?:@?ts-(?:ignore|nocheck|check|expect-error)|eslint|prettier-ignore|istanbul|c8 ignore|noqa|type: ignore|pylint|mypy:|pragma|region|endregion|#?(?:end)?region|!\/|\/usr\/bin|go:|nolint|clang-format|NOLINT|rubocop|shellcheck|sourceMappingURL|<reference|-\*-|vim?:|@flow|biome-ignore|spell-?checker|cspell)/;
const LICENCE =
  /\b(?:copyright|spdx-license|all rights reserved|licen[cs]ed under)\b/i;
const CODE_LINE =
  /[;{}]\s*$|^\s*(?:\}|<\/|import |return\b|const |let |var |def |if \(|@\w+\()|=>|\w\(\S*\)$/;
/** Of a line; more would take quadratic time. */
const JUDGED_CHARACTERS = 300;
const MIN_WORDS = 4;

/** Whether a comment was written for a reader. */
function isProse(comment: string): boolean {
  if (LICENCE.test(comment)) return false;
  if ((comment.match(/\p{L}{2,}/gu) ?? []).length < MIN_WORDS) return false;
  const lines = comment.split("\n").filter((line) => line.trim() !== "");
  const codeLines = lines.filter((line) =>
    CODE_LINE.test(line.slice(0, JUDGED_CHARACTERS)),
  ).length;
  return codeLines * 2 <= lines.length;
}
