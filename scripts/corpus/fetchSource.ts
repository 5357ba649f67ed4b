// Brings the files of a source: from a git directory (cloned where the cache has none) or from a package's archive.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { progress } from "../terminal";
import type { Source } from "./sources";

/** A text file of a source. */
export interface SourceFile {
  path: string;
  text: string;
}

const MAX_BUFFER = 2 ** 30;
const MAX_FILE_BYTES = 2_000_000;

/** The files whose paths `wants` names, in the order of their paths. */
export function readSourceFiles(
  source: Source,
  { cache, wants }: { cache: string; wants: (path: string) => boolean },
): SourceFile[] {
  return source.from === "git"
    ? readGit(gitFolder(source, cache), { source, wants })
    : readPackage(packageFile(source, cache), wants);
}

/** Fetches all packages that the cache lacks by one command. */
export function fetchPackages(sources: readonly Source[], cache: string): void {
  const missing = sources.filter(
    (source) =>
      source.from === "npm" && !existsSync(packageFile(source, cache)),
  );
  if (missing.length === 0) return;
  progress(`fetching ${missing.length} packages`);
  mkdirSync(packageFolder(cache), { recursive: true });
  execFileSync(
    "npm",
    [
      "pack",
      "--silent",
      "--ignore-scripts",
      "--pack-destination",
      packageFolder(cache),
      ...missing.map(({ name, revision }) => `${name}@${revision}`),
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
}

function packageFolder(cache: string): string {
  return path.join(cache, "packages");
}

function packageFile({ name, revision }: Source, cache: string): string {
  const flat = name.replace(/^@/, "").replace("/", "-");
  return path.join(packageFolder(cache), `${flat}-${revision}.tgz`);
}

function readPackage(
  file: string,
  wants: (path: string) => boolean,
): SourceFile[] {
  const entries = execFileSync("tar", ["-tzf", file], { encoding: "utf8" })
    .split("\n")
    .filter((entry) => wants(withoutTop(entry)));
  return entries.sort().map((entry) => ({
    path: withoutTop(entry),
    text: execFileSync("tar", ["-xOzf", file, entry], {
      encoding: "utf8",
      maxBuffer: MAX_BUFFER,
    }),
  }));
}

/** All files of a package lie in one folder. */
function withoutTop(entry: string): string {
  return entry.slice(entry.indexOf("/") + 1);
}

/** The git directory in the cache, in one of the forms that a clone has. */
function gitFolder({ name }: Source, cache: string): string {
  const folder = path.join(cache, name.replace("/", "+"));
  const forms = ["", ".git", "repo", "repo/.git"];
  const found = () =>
    forms
      .map((form) => path.join(folder, form))
      .find((each) => existsSync(path.join(each, "HEAD")));
  const cached = found();
  if (cached !== undefined) return cached;
  progress(`cloning ${name}`);
  execFileSync("git", [
    "clone",
    "--quiet",
    "--bare",
    `https://github.com/${name}.git`,
    folder,
  ]);
  return found()!;
}

function readGit(
  folder: string,
  {
    source: { name, revision },
    wants,
  }: { source: Source; wants: (path: string) => boolean },
): SourceFile[] {
  const git = (args: string[], input?: string) =>
    execFileSync("git", ["--git-dir", folder, ...args], {
      input,
      maxBuffer: MAX_BUFFER,
    });
  const entries = git(["ls-tree", "-r", "-z", revision])
    .toString("utf8")
    .split("\0")
    .map((line) => /^100\d+ blob (\w+)\t([^]+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, id, file]) => ({ id: id!, path: file! }))
    .filter((entry) => wants(entry.path));
  if (entries.length === 0) {
    throw new Error(
      `Cannot read ${name} at ${revision}: none of its files is wanted, expected some`,
    );
  }
  const output = git(
    ["cat-file", "--batch"],
    entries.map(({ id }) => `${id}\n`).join(""),
  );
  return splitBatch(output, entries);
}

/** `git cat-file --batch` writes "id type size", the content and a line feed for each; "id missing" where there is none. */
function splitBatch(
  output: Buffer,
  entries: readonly { path: string }[],
): SourceFile[] {
  const files: SourceFile[] = [];
  let place = 0;
  for (const entry of entries) {
    const lineEnd = output.indexOf(10, place);
    const header = output.toString("utf8", place, lineEnd).split(" ");
    place = lineEnd + 1;
    if (header[1] === "missing") continue;
    const size = Number(header[2]);
    if (size <= MAX_FILE_BYTES) {
      files.push({
        path: entry.path,
        text: output.toString("utf8", place, place + size),
      });
    }
    place += size + 1;
  }
  return files;
}
