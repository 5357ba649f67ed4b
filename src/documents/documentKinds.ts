// What kinds of documents there are, by the ends of their names: prose as it is, and source code for its comments.

import path from "node:path";
import { commentSyntaxOf } from "./commentSyntax";

/** Ends of names of prose, with VS Code's name of their language. */
const PROSE_LANGUAGES: Readonly<Record<string, string>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".mdx": "mdx",
  ".txt": "plaintext",
  ".text": "plaintext",
  ".rst": "restructuredtext",
  ".adoc": "asciidoc",
  ".asciidoc": "asciidoc",
  ".tex": "latex",
};
export const PROSE_ENDS: readonly string[] = Object.keys(PROSE_LANGUAGES);

export function isProse(name: string): boolean {
  return path.extname(name).toLowerCase() in PROSE_LANGUAGES;
}

/** VS Code's name of a file's language; plain text where it is no prose of ours. */
export function languageOf(name: string): string {
  return PROSE_LANGUAGES[path.extname(name).toLowerCase()] ?? "plaintext";
}

/** Patterns, as lines of a .gitignore, of what is learned from unless the user says otherwise. */
export const DEFAULT_INCLUDE: readonly string[] = PROSE_ENDS.map(
  (end) => `*${end}`,
);

/** Text that bears the ends above and is no prose of the project's own. */
export const DEFAULT_EXCLUDE: readonly string[] = [
  "CMakeLists.txt",
  "requirements*.txt",
  "constraints*.txt",
  "robots.txt",
  "LICEN[CS]E*",
  "COPYING*",
  "THIRD*PARTY*",
  "vendor/",
  "third_party/",
];

/** Folders that hold no text of the user's own: they are never walked, whatever git says. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".jj",
  "node_modules",
  "bower_components",
  "jspm_packages",
  "__pycache__",
  "site-packages",
  ".venv",
  ".tox",
  ".nox",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".cache",
  ".gradle",
  ".terraform",
  ".next",
  ".nuxt",
  ".svelte-kit",
  ".yarn",
  ".pnpm-store",
  ".vscode-test",
]);

/** Whether only the comments of a file are learned from. */
export function isSourceCode(name: string): boolean {
  return commentSyntaxOf(name) !== undefined;
}
