// One line of a .gitignore, read and matched as git does (dir.c and wildmatch.c), letters of either case alike.
// A star falls back to one place alone, so that the steps of a match are at most those of pattern times path; they are
// counted all the same, since a folder may bring thousands of lines.
// https://git-scm.com/docs/gitignore

/** A line that has been read. */
export interface IgnorePattern {
  /** It takes out again what an earlier one matches. */
  isNegation: boolean;
  /** It matches folders alone. */
  isFolderOnly: boolean;
  /** It is compared with the last name of a path, not with all of it. */
  isForName: boolean;
  names: readonly NamePattern[];
}

/** What matches one name of a path: any number of names, these letters, or these pieces. */
type NamePattern = typeof ANY_NAMES | string | readonly Piece[];

/** A character code, a set of them, or a wildcard. */
type Piece = number | CharacterSet | "?" | "*";

interface CharacterSet {
  isNegated: boolean;
  /** First and last code. */
  ranges: readonly (readonly [number, number])[];
}

/** A path to be matched, or one of the folders in its way. */
export interface IgnorePath {
  /** All names of the path, in small letters. */
  names: readonly string[];
  /** Where the patterns hold: names before this one are not looked at. */
  from: number;
  /** The name that the question is about is the one before. */
  to: number;
  isFolder: boolean;
}

/** The steps that a question may still take; below 0 its answers mean nothing. */
export interface StepBudget {
  left: number;
}

const ANY_NAMES = Symbol("any names");

/** Reads a line; undefined where it is empty, a comment or can match nothing. */
export function readIgnoreLine(line: string): IgnorePattern | undefined {
  const text = withoutSpacesAtEnd(
    line.endsWith("\r") ? line.slice(0, -1) : line,
  );
  if (text === "" || text.startsWith("#")) return undefined;
  const isNegation = text.startsWith("!");
  const unsigned = isNegation ? text.slice(1) : text;
  const isFolderOnly = unsigned.endsWith("/");
  const body = isFolderOnly ? unsigned.slice(0, -1) : unsigned;
  const isForName = !body.includes("/");
  const path = body.startsWith("/") ? body.slice(1) : body;
  const names = /[*?[\\]/.test(path)
    ? readNames(path)
    : path.toLowerCase().split("/");
  return names && { isNegation, isFolderOnly, isForName, names };
}

/** A path as patterns are matched with it; that of a folder ends with a slash. */
export function readIgnorePath(path: string): IgnorePath {
  const isFolder = path.endsWith("/");
  const bare = isFolder ? path.slice(0, -1) : path;
  const names = bare.toLowerCase().split("/");
  return { names, from: 0, to: names.length, isFolder };
}

/** Whether a line matches a path itself; of the folders around it the caller asks. */
export function matchesPath(
  { isFolderOnly, isForName, names }: IgnorePattern,
  path: IgnorePath,
  budget: StepBudget,
): boolean {
  budget.left--;
  if (isFolderOnly && !path.isFolder) return false;
  if (isForName) {
    const [pattern = ""] = names;
    const name = path.names[path.to - 1]!;
    return pattern === ANY_NAMES || matchesName(pattern, name, budget);
  }
  return matchesNames(names, path, budget);
}

// The first place where what follows a star fits is as good as any later one, so in both functions below the last star
// alone is ever tried again. They are the same, over names and over letters; one function for both, which takes the
// comparison, takes three times as long.

function matchesNames(
  patterns: readonly NamePattern[],
  { names, from, to }: IgnorePath,
  budget: StepBudget,
): boolean {
  let at = 0;
  let nameAt = from;
  let starAt = -1;
  let starNameAt = 0;
  while (nameAt < to) {
    const pattern = patterns[at];
    if (pattern === ANY_NAMES) {
      starAt = at++;
      starNameAt = nameAt;
    } else if (
      pattern !== undefined &&
      matchesName(pattern, names[nameAt]!, budget)
    ) {
      at++;
      nameAt++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      nameAt = ++starNameAt;
    } else {
      return false;
    }
  }
  while (patterns[at] === ANY_NAMES) at++;
  return at === patterns.length;
}

function matchesName(
  pattern: string | readonly Piece[],
  name: string,
  budget: StepBudget,
): boolean {
  budget.left--;
  if (typeof pattern === "string") return pattern === name;
  let at = 0;
  let letterAt = 0;
  let starAt = -1;
  let starLetterAt = 0;
  while (letterAt < name.length) {
    const piece = pattern[at];
    if (piece === "*") {
      starAt = at++;
      starLetterAt = letterAt;
    } else if (
      piece !== undefined &&
      matchesPiece(piece, name.charCodeAt(letterAt), budget)
    ) {
      at++;
      letterAt++;
    } else if (starAt >= 0 && budget.left >= 0) {
      at = starAt + 1;
      letterAt = ++starLetterAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

function matchesPiece(piece: Piece, code: number, budget: StepBudget): boolean {
  budget.left--;
  if (typeof piece === "number") return piece === code;
  if (typeof piece === "string") return true;
  budget.left -= piece.ranges.length;
  if (budget.left < 0) return false;
  const isIn = (each: number) =>
    piece.ranges.some(([first, last]) => each >= first && each <= last);
  const capital = String.fromCharCode(code).toUpperCase().charCodeAt(0);
  return (isIn(code) || isIn(capital)) !== piece.isNegated;
}

/** Spaces at the end do not count unless a backslash stands before them. */
function withoutSpacesAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === " ") end--;
  let numBackslashes = 0;
  while (line[end - 1 - numBackslashes] === "\\") numBackslashes++;
  const isEscaped = numBackslashes % 2 === 1 && end < line.length;
  return line.slice(0, isEscaped ? end + 1 : end);
}

/** The patterns of the names of a path; undefined where git gives the line up. */
function readNames(body: string): NamePattern[] | undefined {
  const names: NamePattern[] = [];
  let pieces: Piece[] = [];
  const endName = () => {
    names.push(simplified(pieces));
    pieces = [];
  };
  for (let at = 0; at < body.length; at++) {
    const letter = body[at]!;
    if (letter === "/") {
      endName();
    } else if (letter === "*" || letter === "?") {
      pieces.push(letter);
    } else if (letter === "[") {
      const set = readSet(body, at);
      if (!set) return undefined;
      pieces.push(set.set);
      at = set.end;
    } else if (letter === "\\") {
      if (++at === body.length) return undefined;
      if (body[at] === "/") endName();
      else pieces.push(smallCode(body[at]!));
    } else {
      pieces.push(smallCode(letter));
    }
  }
  endName();
  // "a/**" is what lies in a, not a itself.
  if (names.length > 1 && names.at(-1) === ANY_NAMES) names.push(["*"]);
  return names;
}

/** Two stars and nothing else are any number of names, and letters alone are compared as a text. */
function simplified(pieces: readonly Piece[]): NamePattern {
  if (pieces.length > 1 && pieces.every((each) => each === "*")) {
    return ANY_NAMES;
  }
  return pieces.every((each) => typeof each === "number")
    ? pieces.map((code) => String.fromCharCode(code)).join("")
    : pieces;
}

function smallCode(letter: string): number {
  const small = letter.toLowerCase();
  return (small.length === 1 ? small : letter).charCodeAt(0);
}

/** Git knows the letters of ASCII alone by these names. */
const NAMED_RANGES: Readonly<Record<string, string>> = {
  alnum: "09AZaz",
  alpha: "AZaz",
  blank: "  \t\t",
  cntrl: "\0\x1f\x7f\x7f",
  digit: "09",
  graph: "!~",
  lower: "az",
  print: " ~",
  punct: "!/:@[`{~",
  space: "  \t\n\r\r",
  upper: "AZ",
  xdigit: "09AFaf",
};

/** Reads `[…]` from its bracket on; `end` is where the closing one stands. */
function readSet(
  body: string,
  start: number,
): { set: CharacterSet; end: number } | undefined {
  const isNegated = body[start + 1] === "!" || body[start + 1] === "^";
  const begin = start + (isNegated ? 2 : 1);
  const ranges: [number, number][] = [];
  let previous: string | undefined;
  for (let at = begin; at < body.length; at++) {
    let letter = body[at]!;
    if (letter === "]" && at > begin) {
      return { set: { isNegated, ranges }, end: at };
    }
    const next = body[at + 1];
    if (
      letter === "-" &&
      previous !== undefined &&
      next !== undefined &&
      next !== "]"
    ) {
      const last = body[(at += next === "\\" ? 2 : 1)];
      if (last === undefined) return undefined;
      ranges.push([previous.charCodeAt(0), last.charCodeAt(0)]);
      previous = undefined;
      continue;
    }
    if (letter === "[" && next === ":") {
      const close = body.indexOf("]", at + 2);
      if (close < 0) return undefined;
      if (body[close - 1] === ":" && close - 1 >= at + 2) {
        const named = NAMED_RANGES[body.slice(at + 2, close - 1)];
        if (named === undefined) return undefined;
        for (let pair = 0; pair < named.length; pair += 2) {
          ranges.push([named.charCodeAt(pair), named.charCodeAt(pair + 1)]);
        }
        previous = undefined;
        at = close;
        continue;
      }
    }
    if (letter === "\\") {
      letter = body[++at] ?? "";
      if (letter === "") return undefined;
    }
    ranges.push([letter.charCodeAt(0), letter.charCodeAt(0)]);
    previous = letter;
  }
  return undefined;
}
