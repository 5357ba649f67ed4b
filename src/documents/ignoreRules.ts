// The rules of .gitignore files and of the user's own patterns over paths. Paths have slashes; reading the files is left
// to the caller. Whoever writes a folder writes its rules too, so lists and questions have limits: where they are
// reached the answer is that a file is ignored, since what is not read harms nobody.

import {
  matchesPath,
  readIgnoreLine,
  readIgnorePath,
  type IgnorePath,
  type IgnorePattern,
  type StepBudget,
} from "./ignorePattern";

/** The text of a .gitignore and the folder that it lies in. */
export interface IgnoreFile {
  folder: string;
  text: string;
}

/** Characters of the .gitignore files that one question reads; git's own collection of them all has half of it. */
export const MAX_RULES_CHARACTERS = 256 * 1024;
/** Lines of one .gitignore, and characters of one line: paths are no longer. */
const MAX_LINES = 10_000;
const MAX_LINE_CHARACTERS = 4_096;
/** What stands for rules that are not read: everything below is ignored. */
export const IGNORE_ALL = "*";
/** Steps of matching that one question may take, some ten milliseconds. */
const MAX_STEPS = 500_000;

/** Limits of a list of patterns. */
export const PATTERN_LIMITS = {
  patterns: 500,
  /** Of one pattern. */
  characters: 1_000,
  /** What the braces of one pattern stand for. */
  alternatives: 100,
  /** Of all patterns with their braces written out. */
  allCharacters: 100_000,
} as const;

/** A pattern that is beyond the limits. */
export interface RefusedPattern {
  pattern: string;
  /** Goes on after "it": what was found and what was expected. */
  fault: string;
}

/** Whether patterns in the form of .gitignore lines match a path relative to where they hold. */
export function matchesPatterns(
  path: string,
  patterns: readonly string[],
): boolean {
  return compilePatterns(patterns)(path);
}

/**
 * The same for many paths: the patterns are read once. `{a,b}` stands for either, as in VS Code's globs. It throws for
 * a pattern beyond the limits.
 */
export function compilePatterns(
  patterns: readonly string[],
): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  const { lines, refused } = readPatterns(patterns);
  const [first] = refused;
  if (first) {
    throw new RangeError(
      `Cannot use the pattern ${abridged(first.pattern)}: it ${first.fault}`,
    );
  }
  const rules = compileLines(lines);
  return (path) => {
    const relative = path.replace(/^\/*(?:[a-z]:\/+)?/i, "");
    if (!isRelativePath(relative)) return false;
    const budget = { left: MAX_STEPS };
    return isAnyOnTheWay(relative, (each) => verdictOf(rules, each, budget));
  };
}

/** The patterns within the limits with their braces written out, and those that are beyond. */
export function readPatterns(patterns: readonly string[]): {
  usable: string[];
  lines: string[];
  refused: RefusedPattern[];
} {
  const usable: string[] = [];
  const lines: string[] = [];
  const refused: RefusedPattern[] = [];
  let numCharacters = 0;
  for (const pattern of patterns.slice(0, PATTERN_LIMITS.patterns)) {
    const { characters, alternatives, allCharacters } = PATTERN_LIMITS;
    if (pattern.length > characters) {
      const fault = `has ${pattern.length} characters, expected at most ${characters}`;
      refused.push({ pattern, fault });
      continue;
    }
    const expanded = expandBraces(pattern);
    if (!expanded) {
      const fault = `stands for more than ${alternatives} patterns, expected at most as many`;
      refused.push({ pattern, fault });
      continue;
    }
    const length = expanded.reduce((sum, line) => sum + line.length, 0);
    if (numCharacters + length > allCharacters) {
      const fault = `makes the list longer than ${allCharacters} characters, expected at most as many`;
      refused.push({ pattern, fault });
      continue;
    }
    numCharacters += length;
    usable.push(pattern);
    lines.push(...expanded);
  }
  const fault = `is one of ${patterns.length}, expected at most ${PATTERN_LIMITS.patterns}`;
  for (const pattern of patterns.slice(PATTERN_LIMITS.patterns)) {
    refused.push({ pattern, fault });
  }
  return { usable, lines, refused };
}

/** A pattern as it can be shown. */
export function abridged(pattern: string): string {
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
  return JSON.stringify(shown);
}

/** `*.{md,txt}` as `*.md` and `*.txt`; undefined where that gives too many. */
function expandBraces(pattern: string): string[] | undefined {
  const waiting = [pattern];
  const done: string[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const braces = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (braces) {
      const before = next.slice(0, braces.index);
      const after = next.slice(braces.index + braces[0].length);
      const choices = braces[1]!.split(",").reverse();
      waiting.push(...choices.map((choice) => before + choice + after));
    } else {
      done.push(next);
    }
    const numSoFar = waiting.length + done.length;
    if (numSoFar > PATTERN_LIMITS.alternatives) return undefined;
  }
  return done;
}

/** Whether git would ignore an untracked file, going by these files, the outermost first. */
export function isIgnoredBy(
  files: readonly IgnoreFile[],
  path: string,
): boolean {
  const numCharacters = files.reduce((sum, { text }) => sum + text.length, 0);
  if (numCharacters > MAX_RULES_CHARACTERS) return true;
  const rules = files.map(compileIgnoreFile);
  const budget = { left: MAX_STEPS };
  // What lies in an ignored folder stays ignored, whatever a deeper file says.
  return isAnyOnTheWay(path, (each) =>
    verdictOn(each, { path, files: rules, budget }),
  );
}

/** A .gitignore that has been read, for many questions. */
export interface CompiledIgnoreFile {
  /** The folder that it lies in, with a slash at the end. */
  prefix: string;
  /** Names of the prefix, the empty one before its first slash too. */
  numNames: number;
  rules: readonly IgnorePattern[];
}

/** Reads the text of a .gitignore once; one that is too long ignores everything. */
export function compileIgnoreFile({
  folder,
  text,
}: IgnoreFile): CompiledIgnoreFile {
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  return {
    prefix,
    numNames: prefix.split("/").length - 1,
    rules: compileLines(linesOf(text)),
  };
}

function linesOf(text: string): string[] {
  if (text.length > MAX_RULES_CHARACTERS) return [IGNORE_ALL];
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const isTooLong =
    lines.length > MAX_LINES ||
    lines.some((line) => line.length > MAX_LINE_CHARACTERS);
  return isTooLong ? [IGNORE_ALL] : lines;
}

/**
 * The same as `isIgnoredBy` for a path whose folders are known not to be ignored, as on a walk from the top.
 * A folder's path ends with a slash.
 */
export function isIgnoredHere(
  files: readonly CompiledIgnoreFile[],
  path: string,
): boolean {
  const budget = { left: MAX_STEPS };
  return verdictOn(readIgnorePath(path), { path, files, budget }) === true;
}

/** Lines that can match nothing are left out. */
function compileLines(lines: readonly string[]): IgnorePattern[] {
  return lines.flatMap((line) => readIgnoreLine(line) ?? []);
}

/** Whether rules ignore a path or one of the folders in its way, from the top. */
function isAnyOnTheWay(
  path: string,
  verdict: (path: IgnorePath) => boolean | undefined,
): boolean {
  const whole = readIgnorePath(path);
  for (let to = 1; to < whole.to; to++) {
    if (verdict({ ...whole, to, isFolder: true }) === true) return true;
  }
  return verdict(whole) === true;
}

function isRelativePath(path: string): boolean {
  return path !== "" && !/^\.{0,2}\/|^\.{1,2}$/.test(path);
}

/** The innermost file that has a rule about a path decides. */
function verdictOn(
  read: IgnorePath,
  {
    path,
    files,
    budget,
  }: {
    path: string;
    files: readonly CompiledIgnoreFile[];
    budget: StepBudget;
  },
): boolean | undefined {
  let verdict: boolean | undefined;
  for (const { prefix, numNames, rules } of files) {
    if (numNames >= read.to || !path.startsWith(prefix)) continue;
    const relative = { ...read, from: numNames };
    verdict = verdictOf(rules, relative, budget) ?? verdict;
  }
  return budget.left < 0 ? true : verdict;
}

/** The last line that matches a path decides; undefined where none does. */
function verdictOf(
  rules: readonly IgnorePattern[],
  path: IgnorePath,
  budget: StepBudget,
): boolean | undefined {
  for (let at = rules.length - 1; at >= 0; at--) {
    const rule = rules[at]!;
    const isMatch = matchesPath(rule, path, budget);
    if (budget.left < 0) return true;
    if (isMatch) return !rule.isNegation;
  }
  return undefined;
}
