// Where models of a user's own are kept that Inkling has imported: one folder for all editors and the command line,
// since the storage that an editor gives to an extension is another one in each editor and unknown to a terminal.

import { homedir } from "node:os";
import path from "node:path";

/** What the place depends on; handed in by tests. */
export interface Machine {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** The machine that this runs on. */
export const thisMachine = (): Machine => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
});

/**
 * The folder of imported models: `INKLING_MODELS` where it is set, else where the system keeps data of programs that is
 * large and is no cache: nobody's cleaning takes it away.
 */
export function defaultModelsFolder(machine: Machine = thisMachine()): string {
  const own = machine.env["INKLING_MODELS"];
  if (own) return path.resolve(own);
  return path.join(dataFolder(machine), "inkling", "models");
}

/** XDG Base Directory Specification; on Windows the part of a profile that does not roam. */
function dataFolder({ platform, env, home }: Machine): string {
  if (platform === "win32") {
    return env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local");
  }
  return platform === "darwin"
    ? path.join(home, "Library", "Application Support")
    : (env["XDG_DATA_HOME"] ?? path.join(home, ".local", "share"));
}
