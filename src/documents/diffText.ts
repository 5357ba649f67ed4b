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

/** The names before and after, as the first line and those of renames say. */
function pathsOf(part: string): string[] {
  const [head = ""] = part.split("\n");
  const both = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(head.trimEnd());
  return both ? [`/${both[1]}`, `/${both[2]}`] : [];
}
