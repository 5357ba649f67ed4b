// What is used of the interface of VS Code's git extension.

import path from "node:path";
import * as vscode from "vscode";
import { findGit } from "../documents/gitIgnore";

export interface GitExtension {
  enabled: boolean;
  getAPI(version: 1): {
    /** The program, by its whole path. */
    git: { path: string };
    repositories: GitRepository[];
    getRepository(uri: vscode.Uri): GitRepository | null;
  };
}

export interface GitRepository {
  rootUri: vscode.Uri;
  inputBox: { value: string };
  /** `true` asks for what is staged. */
  diff(isCached: boolean): Promise<string>;
}

/** The git that VS Code works with, by a person's setting `git.path` too, or else the one of the PATH. */
export function gitProgram(): string | undefined {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  if (!extension?.isActive || !extension.exports.enabled) return findGit();
  const { path: program } = extension.exports.getAPI(1).git;
  return path.isAbsolute(program) ? program : findGit();
}
