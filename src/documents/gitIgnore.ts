// Asks git itself which files it ignores. One process for each repository reads paths for as long as it is open, so
// that a walk through a thousand folders starts two programs and not a thousand.
// A repository may come from a stranger: nothing that its configuration names is started, no hook runs, no index is
// written and nothing is fetched. Whether a workspace is trusted is for the caller to know.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** Git answers in milliseconds; a repository on a sleeping network drive must not hold a suggestion for ever. */
const PATIENCE_MS = 10_000;
/** A list of tracked files that is longer than this is no list of a person's repository. */
const MAX_LIST_CHARACTERS = 256 * 1024 * 1024;
/** What git says of an error is cut there. */
const MAX_COMPLAINT_CHARACTERS = 300;

/** What no configuration of a repository can change: each could start a program, write a file or open a connection. */
const SAFE_OPTIONS = [
  "--no-pager",
  "--no-optional-locks",
  "-c",
  "core.fsmonitor=false",
  "-c",
  `core.hooksPath=${process.platform === "win32" ? "NUL" : "/dev/null"}`,
  "-c",
  "protocol.allow=never",
];

/** The variables by which a person says where git's own configuration lies; all others could name another repository. */
const KEPT_VARIABLES = new Set([
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_EXEC_PATH",
]);

/** Which git is started, and how long it may take. */
export interface GitIgnoreOptions {
  /** The program's whole path; without one nothing is asked. */
  program?: string | undefined;
  patienceMs?: number;
}

/** Git's answers for a while: `dispose` ends its processes. */
export class GitIgnore {
  private readonly open = new Map<string, OpenRepository>();

  constructor(
    private readonly options: GitIgnoreOptions = { program: findGit() },
  ) {}

  /**
   * Which of these paths git ignores. They are relative to `top`, the folder that `.git` lies in, with slashes, and lie
   * in no other repository below it. Rejects where git is not there, refuses the repository or is too slow; a
   * repository that has been refused once is not asked again.
   */
  readonly ask = async (
    top: string,
    paths: readonly string[],
  ): Promise<ReadonlySet<string>> => {
    const { program, patienceMs = PATIENCE_MS } = this.options;
    if (program === undefined) {
      throw new Error(`Cannot ask git about ${top}: no git was found`);
    }
    let repository = this.open.get(top);
    if (!repository) {
      repository = new OpenRepository({ program, top, patienceMs });
      this.open.set(top, repository);
    }
    return repository.ignoredOf(paths);
  };

  dispose(): void {
    for (const repository of this.open.values()) repository.dispose();
    this.open.clear();
  }
}

interface RepositoryOptions {
  program: string;
  top: string;
  patienceMs: number;
}

/** A path that waits for its answer. */
interface Question {
  resolve(isMatched: boolean): void;
  reject(error: Error): void;
}

/** `git check-ignore` on one repository. It is asked without its index, which it would search for every path anew. */
class OpenRepository {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: Question[] = [];
  private fields: string[] = [];
  private rest = "";
  private complaint = "";
  private failure: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private tracked: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly options: RepositoryOptions) {
    this.child = startGit(options, [
      "check-ignore",
      "--no-index",
      "--stdin",
      "-z",
      "--verbose",
      "--non-matching",
    ]);
    this.child.stdout.on("data", (text: string) => this.read(text));
    this.child.stderr.on("data", (text: string) => {
      this.complaint = (this.complaint + text).slice(
        0,
        MAX_COMPLAINT_CHARACTERS,
      );
    });
    this.child.on("error", (error) => this.fail(error.message));
    this.child.on("close", () =>
      this.fail(this.complaint.trim() || "it ended"),
    );
  }

  async ignoredOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const matched = await Promise.all(paths.map((each) => this.matches(each)));
    const found = new Set(paths.filter((_, index) => matched[index]));
    if (found.size === 0) return found;
    // A file that git has in its keeping is ignored by no rule, and neither is a folder with such a file in it.
    this.tracked ??= listTracked(this.options);
    const tracked = await this.tracked;
    for (const each of found) if (tracked.has(each)) found.delete(each);
    return found;
  }

  dispose(): void {
    this.fail("it is not asked any more");
    this.child.kill();
  }

  private matches(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.waiting.push({ resolve, reject });
      // So begun it is a path, also where a colon comes next.
      this.child.stdin.write(`./${name}\0`);
      this.timer ??= this.startTimer();
    });
  }

  private startTimer(): NodeJS.Timeout {
    const { patienceMs } = this.options;
    return setTimeout(() => {
      this.fail(`no answer within ${patienceMs} ms`);
      this.child.kill("SIGKILL");
    }, patienceMs);
  }

  /** An answer has four fields, in the order of the questions: where the rule stands, its line, the rule, the path. */
  private read(text: string): void {
    const fields = (this.rest + text).split("\0");
    this.rest = fields.pop() ?? "";
    this.fields.push(...fields);
    const numAnswers = Math.floor(this.fields.length / 4);
    if (numAnswers === 0) return;
    for (let answer = 0; answer < numAnswers; answer++) {
      const rule = this.fields[4 * answer + 2] ?? "";
      this.waiting.shift()?.resolve(rule !== "" && !rule.startsWith("!"));
    }
    this.fields = this.fields.slice(4 * numAnswers);
    clearTimeout(this.timer);
    this.timer = this.waiting.length > 0 ? this.startTimer() : undefined;
  }

  private fail(why: string): void {
    clearTimeout(this.timer);
    this.failure ??= new Error(
      `Cannot ask git about ${this.options.top}: ${why}`,
    );
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}

/** The files that a repository has in its index, and all folders that they lie in. */
function listTracked(options: RepositoryOptions): Promise<ReadonlySet<string>> {
  const { top, patienceMs } = options;
  return new Promise((resolve, reject) => {
    const child = startGit(options, ["ls-files", "--cached", "-z"]);
    const refuse = (why: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`Cannot ask git what it tracks in ${top}: ${why}`));
    };
    const timer = setTimeout(
      () => refuse(`no answer within ${patienceMs} ms`),
      patienceMs,
    );
    let list = "";
    child.stdin.end();
    child.stdout.on("data", (text: string) => {
      list += text;
      if (list.length > MAX_LIST_CHARACTERS) refuse("the list has no end");
    });
    child.on("error", (error) => refuse(error.message));
    child.on("close", (code) => {
      if (code !== 0) return refuse(`it ended with code ${code}`);
      clearTimeout(timer);
      resolve(withFolders(list.split("\0")));
    });
  });
}

function withFolders(files: readonly string[]): Set<string> {
  const all = new Set<string>();
  for (const file of files) {
    for (let each = file; each !== "" && !all.has(each);) {
      all.add(each);
      each = each.slice(0, Math.max(0, each.lastIndexOf("/")));
    }
  }
  return all;
}

function startGit(
  { program, top }: RepositoryOptions,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const child = spawn(program, ["-C", top, ...SAFE_OPTIONS, ...args], {
    env: environment(),
    windowsHide: true,
  });
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  // It may have ended while it is written to; its end says why.
  child.stdin.on("error", () => {});
  return child;
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("GIT_") || KEPT_VARIABLES.has(name),
  );
  return {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

/** Of macOS: `/usr/bin/git` opens a window that offers developer tools where there are none; these do not. */
const GIT_OF_MACOS = [
  "/Library/Developer/CommandLineTools/usr/bin",
  "/Applications/Xcode.app/Contents/Developer/usr/bin",
];

/**
 * Where git lies by the PATH. It is looked for here and not by the system, which on Windows would take a `git.exe` of
 * the folder that is worked in.
 */
export function findGit(
  searchPath = process.env["PATH"] ?? "",
  platform: NodeJS.Platform = process.platform,
  isThere: (file: string) => boolean = isProgram,
): string | undefined {
  const { delimiter, isAbsolute, join } =
    platform === "win32" ? path.win32 : path.posix;
  const folders = searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder));
  const candidates =
    platform === "darwin"
      ? [...folders.filter((each) => each !== "/usr/bin"), ...GIT_OF_MACOS]
      : folders;
  const name = platform === "win32" ? "git.exe" : "git";
  return candidates.map((folder) => join(folder, name)).find(isThere);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
