// Which documents are kept out of every prompt: files with secrets, by their names, by what they link to and by what
// stands in them, files that the user has named, files that git ignores.

import { realpath } from "node:fs/promises";
import * as vscode from "vscode";
import { compilePatterns } from "../documents/ignoreRules";
import { isSecretFile } from "../documents/secretFiles";
import { SecretWatch } from "../documents/secretWatch";
import type { ExcludedBy } from "../words/editorCodes";
import { fileOf } from "./fileOf";
import { GitIgnored } from "./gitIgnored";
import type { Settings } from "./settings";

/** Knows which documents are kept out. */
export class Exclusion implements vscode.Disposable {
  private readonly gitIgnored: GitIgnored;
  private readonly secretWatch = new SecretWatch();
  private readonly linksToSecret = new Map<string, boolean>();
  /** The settings of a scope keep their list until one of them changes. */
  private readonly compiled = new WeakMap<
    readonly string[],
    (path: string) => boolean
  >();
  /** Fires when documents may be kept out that were not, or no longer. */
  readonly onDidChange: vscode.Event<void>;

  constructor(
    private readonly settings: Settings,
    log: (message: string) => void,
  ) {
    this.gitIgnored = new GitIgnored(log);
    this.onDidChange = this.gitIgnored.onDidChange;
  }

  /** What is known without waiting; of git and of links only once `check` has asked. */
  known(document: vscode.TextDocument): ExcludedBy | undefined {
    const uri = fileOf(document);
    return (
      this.byName(document, uri) ??
      (this.linksToSecret.get(uri.toString()) ? "link-to-secret" : undefined) ??
      (this.gitIgnored.known(uri) ? "git" : undefined) ??
      this.byText(document)
    );
  }

  /** Undefined for a document that may be read. */
  async check(document: vscode.TextDocument): Promise<ExcludedBy | undefined> {
    const uri = fileOf(document);
    const byName = this.byName(document, uri);
    if (byName) return byName;
    if (await this.linkToSecret(uri)) return "link-to-secret";
    if (await this.gitIgnored.check(uri)) return "git";
    return this.byText(document);
  }

  dispose(): void {
    this.gitIgnored.dispose();
  }

  private byText(document: vscode.TextDocument): ExcludedBy | undefined {
    const { documentsWithSecrets } = this.settings.read(document);
    if (documentsWithSecrets === "complete") return undefined;
    return this.secretWatch.holdsSecret(document) ? "secret-text" : undefined;
  }

  /** Whether a file of this machine's disk is another one by whose name it is told; asked once. */
  private async linkToSecret(uri: vscode.Uri): Promise<boolean> {
    const key = uri.toString();
    const known = this.linksToSecret.get(key);
    if (known !== undefined || uri.scheme !== "file") return known ?? false;
    const target = await realpath(uri.fsPath).catch(() => uri.fsPath);
    const isSecret = isSecretFile(target.replaceAll("\\", "/"));
    this.linksToSecret.set(key, isSecret);
    return isSecret;
  }

  private byName(
    document: vscode.TextDocument,
    uri: vscode.Uri,
  ): ExcludedBy | undefined {
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
