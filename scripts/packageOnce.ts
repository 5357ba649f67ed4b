// Packages for this machine unless the package that is there was made of the very same files.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { ownTarget, packageFile } from "./package";
import { projectFolder, runOrThrow } from "./terminal";
import { cacheFolder } from "./vscodeServer";

/** What a package is made of: nothing else changes it. */
const SOURCES = [
  ".vscodeignore",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "THIRD_PARTY_NOTICES.md",
  "bin",
  "esbuild.js",
  "l10n",
  "media",
  "models",
  "package-lock.json",
  "package.json",
  "package.nls.json",
  "scripts/package.ts",
  "src",
  "tsconfig.json",
];

/** The path of the package and whether it had to be made. */
export async function packageOnce(): Promise<{ vsix: string; isNew: boolean }> {
  const vsix = packageFile(ownTarget);
  const stamp = path.join(cacheFolder, `package-${ownTarget}`);
  const wanted = fingerprint(projectFolder, SOURCES);
  const isThere = () =>
    existsSync(vsix) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === `${wanted}\n${fingerprint(vsix, [""])}\n`;
  if (isThere()) return { vsix, isNew: false };
  mkdirSync(cacheFolder, { recursive: true });
  const tsx = path.join(projectFolder, "node_modules/tsx/dist/cli.mjs");
  await runOrThrow([process.execPath, tsx, "scripts/package.ts"], {
    logFile: path.join(cacheFolder, "package.log"),
  });
  writeFileSync(stamp, `${wanted}\n${fingerprint(vsix, [""])}\n`);
  return { vsix, isNew: true };
}

/** A hash over paths, sizes and times of change: another for any file that was written, added or removed. */
export function fingerprint(folder: string, names: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (name: string): void => {
    const file = path.join(folder, name);
    const status = statSync(file, { throwIfNoEntry: false });
    if (!status) return;
    if (status.isDirectory()) {
      for (const child of readdirSync(file).sort()) add(path.join(name, child));
    } else {
      hash.update(`${name}\0${status.size}\0${status.mtimeMs}\0`);
    }
  };
  for (const name of names) add(name);
  return hash.digest("hex");
}
