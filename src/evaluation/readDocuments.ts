// Reads the texts to be typed, or a workspace, from a folder.

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isProse, languageOf, PROSE_ENDS } from "../documents/documentKinds";
import { slashed } from "../documents/gitRules";
import type { EvaluationDocument } from "./plan";

/** All texts below a folder in the order of their paths, or one file; line endings become LF. */
export function readDocuments(folder: string): EvaluationDocument[] {
  const isFile = statSync(folder).isFile();
  const names = isFile
    ? [path.basename(folder)]
    : readdirSync(folder, { recursive: true, encoding: "utf8" });
  const root = isFile ? path.dirname(folder) : folder;
  const documents = names
    .map((name) => slashed(name))
    .filter(isProse)
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
      `Cannot read documents from ${folder}: found none, expected files with ${PROSE_ENDS.join(", ")}`,
    );
  }
  return documents;
}
