// Finds a desktop VS Code for `npm start` and for the tests: an installed one, else one that can be downloaded.
// Neither is used without a display, and INKLING_VSCODE=server turns both off.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { findOnPath, progress } from "./terminal";
import { cacheFolder } from "./vscodeServer";

const downloadPatienceMs = 20_000;

/** Path of VS Code's program, or nothing where only code-server will do. */
export async function findDesktopVsCode(): Promise<string | undefined> {
  const wanted = process.env["INKLING_VSCODE"];
  if (wanted === "server") return undefined;
  if (wanted !== "desktop" && !hasDisplay()) return undefined;
  return findInstalled() ?? (await download());
}

/** Whether a window would be seen. */
export function hasDisplay(): boolean {
  if (process.platform !== "linux") return true;
  return Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
}

/** `code` on the PATH is a script in bin/; the program lies at a known place beside it. */
function findInstalled(): string | undefined {
  const script = findOnPath(["code", "code.cmd"]);
  if (script === undefined) return undefined;
  const bin = path.dirname(realpathSync(script));
  const programs = {
    linux: path.join(bin, "../code"),
    win32: path.join(bin, "../Code.exe"),
    darwin: path.join(bin, "../../../MacOS/Electron"),
  };
  const program = programs[process.platform as keyof typeof programs];
  return program !== undefined && existsSync(program) ? program : undefined;
}

/** Gives up soon where nothing answers: code-server is the next choice, so a missing network is no failure. */
async function download(): Promise<string | undefined> {
  try {
    return await downloadAndUnzipVSCode({
      cachePath: path.join(cacheFolder, "vscode-desktop"),
      timeout: downloadPatienceMs,
    });
  } catch (error) {
    progress(`VS Code cannot be downloaded here: ${String(error)}`);
    return undefined;
  }
}
