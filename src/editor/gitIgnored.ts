// Whether git ignores a file: git itself is asked, and where it cannot be its files are read. It is not asked in a
// workspace that is not trusted, nor of files that lie on no disk of this machine.
// An answer is kept until a .gitignore changes; an old one is used once more while a new one is fetched.

import * as vscode from "vscode";
import { GitIgnore } from "../documents/gitIgnore";
import {
  IGNORE_ALL,
  isIgnoredBy,
  MAX_RULES_CHARACTERS,
  type IgnoreFile,
} from "../documents/ignoreRules";
import { Ignoring } from "../documents/ignoring";
import { gitProgram } from "./gitExtension";

/** An answer is asked for anew after this time: rules also lie where no watcher looks, as in .git/info/exclude. */
const FRESH_MS = 60_000;
/** A suggestion waits no longer for git; its files are read instead then. */
const GIT_PATIENCE_MS = 2_000;
const MAX_FOLDERS = 40;

/** Answers whether files are ignored. */
export class GitIgnored implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  /** Fires when answers may have changed. */
  readonly onDidChange = this.emitter.event;
  private readonly answers = new Map<
    string,
    { isIgnored: boolean; atMs: number }
  >();
  private readonly running = new Map<string, Promise<boolean>>();
  private readonly watcher =
    vscode.workspace.createFileSystemWatcher("**/.gitignore");
  private readonly trust: vscode.Disposable;
  /** The repositories of which the log says that git was not asked. */
  private readonly told = new Set<string>();

  constructor(private readonly log: (message: string) => void) {
    const forget = () => this.forget();
    this.watcher.onDidChange(forget);
    this.watcher.onDidCreate(forget);
    this.watcher.onDidDelete(forget);
    this.trust = vscode.workspace.onDidGrantWorkspaceTrust(forget);
  }

  /** The last answer; undefined when nobody has asked yet. */
  known(uri: vscode.Uri): boolean | undefined {
    return this.answers.get(uri.toString())?.isIgnored;
  }

  /** The answer, at once when there is one. */
  async check(uri: vscode.Uri): Promise<boolean> {
    const answer = this.answers.get(uri.toString());
    if (!answer) return this.ask(uri);
    if (Date.now() - answer.atMs > FRESH_MS) void this.ask(uri);
    return answer.isIgnored;
  }

  dispose(): void {
    this.watcher.dispose();
    this.trust.dispose();
    this.emitter.dispose();
  }

  private forget(): void {
    this.answers.clear();
    this.running.clear();
    this.emitter.fire();
  }

  private ask(uri: vscode.Uri): Promise<boolean> {
    const key = uri.toString();
    const running = this.running.get(key);
    if (running) return running;
    const asked = this.judge(uri).then((isIgnored) => {
      // What was asked before the rules changed is no answer any more.
      if (this.running.get(key) !== asked) return isIgnored;
      this.running.delete(key);
      this.answers.set(key, { isIgnored, atMs: Date.now() });
      return isIgnored;
    });
    this.running.set(key, asked);
    return asked;
  }

  private async judge(uri: vscode.Uri): Promise<boolean> {
    if (uri.scheme === "untitled") return false;
    return (
      (await this.askGit(uri)) ??
      isIgnoredBy(await ignoreFilesOf(uri), uri.path)
    );
  }

  /** Undefined where no repository lies around the file on this machine's disk. */
  private async askGit(uri: vscode.Uri): Promise<boolean | undefined> {
    const { fsPath } = uri.with({ scheme: "file", query: "", fragment: "" });
    const git = new GitIgnore({
      program: vscode.workspace.isTrusted ? gitProgram() : undefined,
      patienceMs: GIT_PATIENCE_MS,
    });
    try {
      const ignoring = new Ignoring(git.ask);
      const verdict = await ignoring.isFileIgnored(fsPath);
      for (const top of ignoring.unaskedRepositories) this.tell(top);
      return verdict;
    } finally {
      git.dispose();
    }
  }

  private tell(top: string): void {
    if (this.told.has(top)) return;
    this.told.add(top);
    this.log(
      `Git could not be asked what it ignores in ${top}, so its rules are read from its files: what only a configuration names, as core.excludesFile may, is not known`,
    );
  }
}

/** The .gitignore files from the repository's folder, or else the workspace's, down to the file's, outermost first. */
async function ignoreFilesOf(uri: vscode.Uri): Promise<IgnoreFile[]> {
  const files: IgnoreFile[] = [];
  const top = vscode.workspace.getWorkspaceFolder(uri)?.uri.path;
  let folder = vscode.Uri.joinPath(uri, "..");
  for (let depth = 0; depth < MAX_FOLDERS; depth++) {
    const text = await readText(vscode.Uri.joinPath(folder, ".gitignore"));
    if (text !== undefined) files.unshift({ folder: folder.path, text });
    if (await exists(vscode.Uri.joinPath(folder, ".git"))) return files;
    const above = vscode.Uri.joinPath(folder, "..");
    if (above.path === folder.path) break;
    folder = above;
  }
  // No repository: the workspace's own files are obeyed all the same, those of folders around it are not.
  return top === undefined
    ? []
    : files.filter((file) => isWithin(file.folder, top));
}

function isWithin(folder: string, top: string): boolean {
  return folder === top || folder.startsWith(`${top}/`);
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.File) === 0) return undefined;
    if (size > MAX_RULES_CHARACTERS) return IGNORE_ALL;
    return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
  } catch {
    return undefined;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
