// A diff as git prints it, file by file.

import { isSecretFile } from "./secretFiles";

const FILE_START = /^diff --git /m;

/** The diff without the files whose names hold secrets. */
export function withoutSecretFiles(diff: string): string {
  const starts = [...diff.matchAll(new RegExp(FILE_START, "gm"))].map(
    ({ index }) => index,
  );
  if (starts.length === 0) return diff;
  return starts
    .map((start, place) => diff.slice(start, starts[place + 1]))
    .filter((part) => !pathsOf(part).some(isSecretFile))
    .join("");
}

/** A line with two names is no longer; patterns that look for both take the square of it. */
const MAX_HEAD_CHARACTERS = 8_500;

/** The names before and after, as the first line and those of renames say. */
function pathsOf(part: string): string[] {
  const head = firstLine(part).trimEnd();
  const both = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(head);
  return both ? [`/${both[1]}`, `/${both[2]}`] : [];
}

function firstLine(part: string): string {
  const [line = ""] = part.slice(0, MAX_HEAD_CHARACTERS).split("\n", 1);
  return line;
}

/** Lines of one file's change that are described. */
const MAX_LINES = 24;

/**
 * The change file by file, in the plain words that a small model understands: of a diff as git prints it, the embedded
 * model repeats the first line.
 */
export function describeDiff(diff: string): string {
  return diff
    .split(/^(?=diff --git )/m)
    .filter((part) => part.trim() !== "")
    .map(describeFile)
    .join("\n\n");
}

function describeFile(part: string): string {
  const path =
    /^\+\+\+ "?b\/(.*?)"?$/m.exec(part)?.[1] ??
    /^diff --git .* "?b\/(.*?)"?$/.exec(firstLine(part))?.[1] ??
    /^--- "?a\/(.*?)"?$/m.exec(part)?.[1] ??
    "";
  const hunks = part.slice(Math.max(0, part.search(/^@@/m))).split("\n");
  const linesWith = (mark: string) =>
    hunks
      .filter((line) => line.startsWith(mark) && !/^(?:---|\+\+\+) /.test(line))
      .map((line) => line.slice(1).trim())
      .filter((line) => line !== "")
      .slice(0, MAX_LINES)
      .join("\n");
  return `File: ${path}\nRemoved:\n${linesWith("-")}\nAdded:\n${linesWith("+")}`;
}
