// Reads the texts to be typed, or a workspace, from a folder.

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { EvaluationDocument } from "./plan";

/** File extensions of texts, with VS Code's name of their language. */
const LANGUAGES: Record<string, string> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".mdx": "mdx",
  ".txt": "plaintext",
  ".rst": "restructuredtext",
  ".adoc": "asciidoc",
  ".tex": "latex",
};

/** VS Code's name of a file's language; plain text where it is none of ours. */
export function languageOf(name: string): string {
  return LANGUAGES[path.extname(name).toLowerCase()] ?? "plaintext";
}

/** All texts below a folder in the order of their paths, or one file; line endings become LF. */
export function readDocuments(folder: string): EvaluationDocument[] {
  const isFile = statSync(folder).isFile();
  const names = isFile
    ? [path.basename(folder)]
    : readdirSync(folder, { recursive: true, encoding: "utf8" });
  const root = isFile ? path.dirname(folder) : folder;
  const documents = names
    .map((name) => name.replaceAll(path.sep, "/"))
    .filter((name) => LANGUAGES[path.extname(name).toLowerCase()])
    .sort()
    .map((name) => ({
      name,
      languageId: languageOf(name),
      text: readFileSync(path.join(root, name), "utf8")
        .replace(/^\uFEFF/, "")
        .replaceAll("\r\n", "\n"),
    }));
  if (documents.length === 0) {
    throw new Error(
      `Cannot read documents from ${folder}: found none, expected files with ${Object.keys(LANGUAGES).join(", ")}`,
    );
  }
  return documents;
}
