// The rules of .gitignore files over paths. Paths have slashes; reading the files is left to the caller.

import ignore, { isPathValid, type Ignore } from "ignore";

/** The text of a .gitignore and the folder that it lies in. */
export interface IgnoreFile {
  folder: string;
  text: string;
}

/** Whether patterns in the form of .gitignore lines match a path relative to where they hold. */
export function matchesPatterns(
  path: string,
  patterns: readonly string[],
): boolean {
  const relative = path.replace(/^\/*(?:[a-z]:\/+)?/i, "");
  if (patterns.length === 0 || !isPathValid(relative)) return false;
  return ignore().add(patterns).ignores(relative);
}

/** Whether git would ignore an untracked file, going by these files, the outermost first. */
export function isIgnoredBy(
  files: readonly IgnoreFile[],
  path: string,
): boolean {
  const rules = files.map(({ folder, text }) => ({
    prefix: folder.endsWith("/") ? folder : `${folder}/`,
    rules: ignore().add(text),
  }));
  // What lies in an ignored folder stays ignored, whatever a deeper file says.
  return ancestorsOf(path).some((each) => verdictOn(each, rules) === true);
}

/** The folders of a path, with a slash at the end, and the path itself. */
function ancestorsOf(path: string): string[] {
  const folders = [...path.matchAll(/[^/]\//g)].map(({ index }) =>
    path.slice(0, index + 2),
  );
  return [...folders, path];
}

/** The innermost file that has a rule about a path decides. */
function verdictOn(
  path: string,
  files: { prefix: string; rules: Ignore }[],
): boolean | undefined {
  let verdict: boolean | undefined;
  for (const { prefix, rules } of files) {
    const relative = path.slice(prefix.length);
    if (!path.startsWith(prefix) || relative === "") continue;
    const { ignored, unignored } = rules.test(relative);
    if (ignored || unignored) verdict = ignored;
  }
  return verdict;
}
