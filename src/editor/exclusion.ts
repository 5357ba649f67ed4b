// Which documents are kept out of every prompt: files with secrets, files that the user has named, files that git ignores.

import * as vscode from "vscode";
import { compilePatterns } from "../documents/ignoreRules";
import { isSecretFile } from "../documents/secretFiles";
import type { ExcludedBy } from "../words/editorCodes";
import { GitIgnored } from "./gitIgnored";
import type { Settings } from "./settings";

/** Knows which documents are kept out. */
export class Exclusion implements vscode.Disposable {
  private readonly gitIgnored = new GitIgnored();
  /** The settings of a scope keep their list until one of them changes. */
  private readonly compiled = new WeakMap<
    readonly string[],
    (path: string) => boolean
  >();
  /** Fires when documents may be kept out that were not, or no longer. */
  readonly onDidChange = this.gitIgnored.onDidChange;

  constructor(private readonly settings: Settings) {}

  /** What is known without waiting; of git only once `check` has asked it. */
  known(document: vscode.TextDocument): ExcludedBy | undefined {
    return (
      this.byName(document) ??
      (this.gitIgnored.known(document.uri) ? "git" : undefined)
    );
  }

  /** Undefined for a document that may be read. */
  async check(document: vscode.TextDocument): Promise<ExcludedBy | undefined> {
    const byName = this.byName(document);
    if (byName) return byName;
    return (await this.gitIgnored.check(document.uri)) ? "git" : undefined;
  }

  dispose(): void {
    this.gitIgnored.dispose();
  }

  private byName(document: vscode.TextDocument): ExcludedBy | undefined {
    const { uri } = document;
    if (isSecretFile(uri.path)) return "secret";
    const { exclude } = this.settings.read(document);
    if (exclude.length === 0) return undefined;
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    const path = folder ? uri.path.slice(folder.uri.path.length) : uri.path;
    return this.matcherOf(exclude)(path) ? "setting" : undefined;
  }

  private matcherOf(exclude: readonly string[]): (path: string) => boolean {
    const known = this.compiled.get(exclude);
    if (known) return known;
    const matches = compilePatterns(exclude);
    this.compiled.set(exclude, matches);
    return matches;
  }
}
