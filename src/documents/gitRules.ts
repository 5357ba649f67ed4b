// The rules by which git ignores files, as far as they can be read from git's own files: those of the user, of the
// repository, and the .gitignore files. They stand in where git itself cannot be asked, and know less than it does:
// no configuration of the repository or the system, no included configuration, and not what git already tracks.

import { lstat, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import {
  compileIgnoreFile,
  IGNORE_ALL,
  MAX_RULES_CHARACTERS,
  type CompiledIgnoreFile,
} from "./ignoreRules";

/** The rules that hold at the top of a folder, those that yield to the others first; the folder's own are not in. */
export async function gitRulesAbove(
  folder: string,
): Promise<CompiledIgnoreFile[]> {
  const top = await findRepository(folder);
  const userRules = await readUserRules();
  if (top === undefined) return userRules ? [rulesAt(folder, userRules)] : [];
  const rules: CompiledIgnoreFile[] = [];
  if (userRules) rules.push(rulesAt(top, userRules));
  const gitFolder = await findGitFolder(path.join(top, ".git"));
  const excludes = await readText(path.join(gitFolder, "info", "exclude"));
  if (excludes) rules.push(rulesAt(top, excludes));
  for (const above of foldersBetween(top, folder)) {
    const text = await readText(path.join(above, ".gitignore"));
    if (text) rules.push(rulesAt(above, text));
  }
  return rules;
}

/** The rules of a folder's own .gitignore, if it has one. */
export async function gitRulesIn(
  folder: string,
): Promise<CompiledIgnoreFile[]> {
  const text = await readText(path.join(folder, ".gitignore"));
  return text ? [rulesAt(folder, text)] : [];
}

/** A path as the rules have it. */
export function slashed(file: string, separator: string = path.sep): string {
  return file.replaceAll(separator, "/");
}

function rulesAt(folder: string, text: string): CompiledIgnoreFile {
  return compileIgnoreFile({ folder: slashed(folder), text });
}

/** The folder with `.git` in it, here or above. */
export async function findRepository(
  folder: string,
): Promise<string | undefined> {
  for (let here = folder; ; here = path.dirname(here)) {
    if (await exists(path.join(here, ".git"))) return here;
    if (here === path.dirname(here)) return undefined;
  }
}

/** Of a worktree or a submodule `.git` is a file that names the folder; a worktree shares its rules. */
async function findGitFolder(git: string): Promise<string> {
  const pointer = /^gitdir: (.+)$/m.exec((await readText(git)) ?? "")?.[1];
  if (pointer === undefined) return git;
  const folder = path.resolve(path.dirname(git), pointer.trim());
  const common = await readText(path.join(folder, "commondir"));
  return common ? path.resolve(folder, common.trim()) : folder;
}

/** From `top` down to the folder above `folder`. */
function foldersBetween(top: string, folder: string): string[] {
  const folders: string[] = [];
  for (let here = folder; here !== top;) {
    here = path.dirname(here);
    folders.unshift(here);
  }
  return folders;
}

/** What the user ignores in all repositories. */
async function readUserRules(): Promise<string | undefined> {
  const settings =
    process.env["XDG_CONFIG_HOME"] || path.join(homedir(), ".config");
  const configs = [
    path.join(homedir(), ".gitconfig"),
    path.join(settings, "git", "config"),
  ];
  for (const config of configs) {
    const file = findExcludesFile((await readText(config)) ?? "");
    if (file !== undefined) {
      return readText(file.replace(/^~(?=\/)/, homedir()));
    }
  }
  return readText(path.join(settings, "git", "ignore"));
}

/** `core.excludesFile` of a git configuration. */
export function findExcludesFile(config: string): string | undefined {
  let section = "";
  let found: string | undefined;
  for (const line of config.split("\n")) {
    section =
      /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase() ?? section;
    const value = /^\s*excludesfile\s*=\s*"?([^"\r]*?)"?\s*$/i.exec(line)?.[1];
    if (section === "core" && value) found = value;
  }
  return found;
}

/** Undefined where no ordinary file is; of one that is too long for rules only that is known. */
async function readText(file: string): Promise<string | undefined> {
  try {
    const status = await stat(file);
    if (!status.isFile()) return undefined;
    if (status.size > MAX_RULES_CHARACTERS) return IGNORE_ALL;
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch {
    return false;
  }
}
