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
  return compilePatterns(patterns)(path);
}

/** The same for many paths: the patterns are read once. `{a,b}` stands for either, as in VS Code's globs. */
export function compilePatterns(
  patterns: readonly string[],
): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  const rules = ignore().add(patterns.flatMap(expandBraces));
  return (path) => {
    const relative = path.replace(/^\/*(?:[a-z]:\/+)?/i, "");
    return isPathValid(relative) && rules.ignores(relative);
  };
}

/** `*.{md,txt}` as `*.md` and `*.txt`. */
function expandBraces(pattern: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!braces) return [pattern];
  const [whole, choices = ""] = braces;
  return choices
    .split(",")
    .flatMap((choice) => expandBraces(pattern.replace(whole, () => choice)));
}

/** Whether git would ignore an untracked file, going by these files, the outermost first. */
export function isIgnoredBy(
  files: readonly IgnoreFile[],
  path: string,
): boolean {
  const rules = files.map(compileIgnoreFile);
  // What lies in an ignored folder stays ignored, whatever a deeper file says.
  return ancestorsOf(path).some((each) => verdictOn(each, rules) === true);
}

/** A .gitignore that has been read, for many questions. */
export interface CompiledIgnoreFile {
  /** The folder that it lies in, with a slash at the end. */
  prefix: string;
  rules: Ignore;
}

/** Reads the text of a .gitignore once. */
export function compileIgnoreFile({
  folder,
  text,
}: IgnoreFile): CompiledIgnoreFile {
  return {
    prefix: folder.endsWith("/") ? folder : `${folder}/`,
    rules: ignore().add(text),
  };
}

/**
 * The same as `isIgnoredBy` for a path whose folders are known not to be ignored, as on a walk from the top.
 * A folder's path ends with a slash.
 */
export function isIgnoredHere(
  files: readonly CompiledIgnoreFile[],
  path: string,
): boolean {
  return verdictOn(path, files) === true;
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
  files: readonly CompiledIgnoreFile[],
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
