// Who says what is ignored in a folder: git itself, where a repository is there and git can be asked, or else the rules
// that are read here from git's files. Of several repositories within each other the innermost decides, as with git.
// Knows no process: how git is asked is handed in.

import { realpath } from "node:fs/promises";
import path from "node:path";
import { findRepository, gitRulesAbove, gitRulesIn, slashed } from "./gitRules";
import { isIgnoredHere, type CompiledIgnoreFile } from "./ignoreRules";

/**
 * Answers which of these paths git ignores in the repository whose `.git` lies in `top`; they are relative to it, with
 * slashes. Rejects where git cannot tell.
 */
export type AskGit = (
  top: string,
  paths: readonly string[],
) => Promise<ReadonlySet<string>>;

/** What decides in one folder. */
export interface IgnoreScope {
  folder: string;
  /** The folder of the repository around it. */
  top: string | undefined;
  /** The rules above the folder; they are read where git does not answer. */
  rulesAbove: readonly CompiledIgnoreFile[] | undefined;
}

/** A file, or a folder, by its name in the folder. */
export interface NamedEntry {
  name: string;
  isFolder: boolean;
}

/** Answers for folders from the top down. */
export class Ignoring {
  private readonly unasked = new Set<string>();

  constructor(private readonly askGit: AskGit | undefined) {}

  /** The repositories that git did not answer for: what only git knows of them is not known. */
  get unaskedRepositories(): readonly string[] {
    return [...this.unasked];
  }

  async scopeOf(folder: string): Promise<IgnoreScope> {
    const top = await findRepository(folder);
    return { folder, top, rulesAbove: undefined };
  }

  /** Whether the folder itself, or one around it in its repository, is ignored. */
  async isIgnored({ folder, top }: IgnoreScope): Promise<boolean> {
    if (top !== undefined && top !== folder) {
      const name = slashed(path.relative(top, folder));
      const ignored = await this.ask(top, [name]);
      if (ignored) return ignored.has(name);
    }
    const rules = await gitRulesAbove(folder);
    const parts = slashed(folder).split("/");
    return parts.some((_, index) =>
      isIgnoredHere(rules, `${parts.slice(0, index + 1).join("/")}/`),
    );
  }

  /** Which entries of the folder are ignored, and the scope of its folders that are no repositories of their own. */
  async look(
    scope: IgnoreScope,
    entries: readonly NamedEntry[],
  ): Promise<{
    ignored: ReadonlySet<string>;
    below: Omit<IgnoreScope, "folder">;
  }> {
    const { folder, top } = scope;
    const below = { top, rulesAbove: undefined };
    const prefix = top === undefined ? "" : slashed(path.relative(top, folder));
    const start = prefix === "" ? "" : `${prefix}/`;
    const asked =
      top !== undefined &&
      (await this.ask(
        top,
        entries.map(({ name }) => start + name),
      ));
    if (asked) {
      const names = [...asked].map((each) => each.slice(start.length));
      return { ignored: new Set(names), below };
    }
    const rules = [
      ...(scope.rulesAbove ?? (await gitRulesAbove(folder))),
      ...(await gitRulesIn(folder)),
    ];
    const ignored = entries.filter(({ name, isFolder }) =>
      isIgnoredHere(
        rules,
        slashed(path.join(folder, name)) + (isFolder ? "/" : ""),
      ),
    );
    return {
      ignored: new Set(ignored.map(({ name }) => name)),
      below: { top, rulesAbove: rules },
    };
  }

  /**
   * Whether one file is ignored, under its name and, where that is a link, under what it points to. Undefined where no
   * repository is around it.
   */
  async isFileIgnored(file: string): Promise<boolean | undefined> {
    const folder = await realPath(path.dirname(file));
    const names = [
      path.join(folder, path.basename(file)),
      await realPath(file),
    ];
    const verdicts = await Promise.all(
      [...new Set(names)].map((each) => this.judgeFile(each)),
    );
    const known = verdicts.filter((verdict) => verdict !== undefined);
    return known.length > 0 ? known.includes(true) : undefined;
  }

  private async judgeFile(file: string): Promise<boolean | undefined> {
    const scope = await this.scopeOf(path.dirname(file));
    if (scope.top === undefined) return undefined;
    const name = path.basename(file);
    const { ignored } = await this.look(scope, [{ name, isFolder: false }]);
    // The rules that are read here speak of an entry alone; git thinks of the folders too.
    return ignored.has(name) || this.isIgnored(scope);
  }

  private async ask(
    top: string,
    paths: readonly string[],
  ): Promise<ReadonlySet<string> | undefined> {
    if (paths.length === 0) return new Set();
    if (this.unasked.has(top)) return undefined;
    try {
      if (this.askGit) return await this.askGit(top, paths);
    } catch {
      // The repository is named by `unaskedRepositories`.
    }
    this.unasked.add(top);
    return undefined;
  }
}

/** A file that is not there yet has the name that it has. */
async function realPath(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}
