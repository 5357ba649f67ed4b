// What is used of the interface of VS Code's git extension.

import * as vscode from "vscode";

export interface GitExtension {
  enabled: boolean;
  getAPI(version: 1): {
    repositories: GitRepository[];
    getRepository(uri: vscode.Uri): GitRepository | null;
  };
}

export interface GitRepository {
  rootUri: vscode.Uri;
  inputBox: { value: string };
  /** `true` asks for what is staged. */
  diff(isCached: boolean): Promise<string>;
  checkIgnore?(paths: string[]): Promise<Set<string>>;
}
