// What kinds of documents there are, by the ends of their names: prose as it is, and source code for its comments.

import { commentSyntaxOf } from "./commentSyntax";

/** Patterns, as lines of a .gitignore, of what is learned from unless the user says otherwise. */
export const DEFAULT_INCLUDE: readonly string[] = [
  "*.md",
  "*.markdown",
  "*.mdx",
  "*.txt",
  "*.text",
  "*.rst",
  "*.adoc",
  "*.asciidoc",
  "*.tex",
];

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
