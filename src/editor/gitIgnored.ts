// Whether git ignores a file: VS Code's git extension knows, and without it the .gitignore files themselves are read.
// An answer is kept until a .gitignore changes; an old one is used once more while a new one is fetched.

import * as vscode from "vscode";
import {
  IGNORE_ALL,
  isIgnoredBy,
  MAX_RULES_CHARACTERS,
  type IgnoreFile,
} from "../documents/ignoreRules";
import type { GitExtension } from "./gitExtension";

/** An answer is asked for anew after this time: rules also lie where no watcher looks, as in .git/info/exclude. */
const FRESH_MS = 60_000;
/** Git waits for its own long operations; the files are read instead then. */
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

  constructor() {
    const forget = () => this.forget();
    this.watcher.onDidChange(forget);
    this.watcher.onDidCreate(forget);
    this.watcher.onDidDelete(forget);
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
    const asked = askAll(uri).then((isIgnored) => {
      // What was asked before the rules changed is no answer any more.
      if (this.running.get(key) !== asked) return isIgnored;
      this.running.delete(key);
      this.answers.set(key, { isIgnored, atMs: Date.now() });
      return isIgnored;
    });
    this.running.set(key, asked);
    return asked;
  }
}

async function askAll(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === "untitled") return false;
  return (await askGit(uri)) ?? isIgnoredBy(await ignoreFilesOf(uri), uri.path);
}

/** Undefined where git is missing, off, or does not know the file. */
async function askGit(uri: vscode.Uri): Promise<boolean | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  if (!extension?.isActive || !extension.exports.enabled) return undefined;
  const file = uri.with({ scheme: "file", query: "", fragment: "" });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), GIT_PATIENCE_MS);
  });
  try {
    const repository = extension.exports.getAPI(1).getRepository(file);
    const answer = repository?.checkIgnore?.([file.fsPath]);
    const ignored = await Promise.race([answer, patience]);
    return ignored && ignored.size > 0;
  } catch {
    return undefined; // A repository that git refuses to read, as one of another user.
  } finally {
    clearTimeout(timer);
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
