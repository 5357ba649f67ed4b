// Where the command line finds the embedded model and keeps what it derives.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

export const EMBEDDED_MODEL = "smollm2-135m-instruct";

/** The folder of the embedded model, beside the bundle's folder `dist`. */
export function defaultModelFolder(): string {
  return path.resolve(__dirname, "..", "models", EMBEDDED_MODEL);
}

/** English prose that figures of an import are measured on; beside `dist`, or beside `src` where that runs. */
export function sampleTextFile(): string {
  const places = ["..", "../.."].map((up) =>
    path.resolve(__dirname, up, "media", "general-prose.txt"),
  );
  return places.find((file) => existsSync(file)) ?? places[0]!;
}

/** Where forms of the weights that are derived on first load are kept. */
export function defaultCacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return path.join(base, "inkling");
}

/** Where the extension keeps them in editors of this user; many of these are not there. */
export function editorCacheFolders(): string[] {
  const home = homedir();
  const settings =
    process.platform === "win32"
      ? (process.env.APPDATA ?? path.join(home, "AppData", "Roaming"))
      : process.platform === "darwin"
        ? path.join(home, "Library", "Application Support")
        : (process.env.XDG_CONFIG_HOME ?? path.join(home, ".config"));
  const users = [
    ...["Code", "Code - Insiders", "VSCodium"].map((editor) =>
      path.join(settings, editor),
    ),
    path.join(home, ".vscode-server", "data"),
    path.join(home, ".local", "share", "code-server"),
  ];
  return users.map((folder) =>
    path.join(folder, "User", "globalStorage", "inkling.inkling", "derived"),
  );
}
