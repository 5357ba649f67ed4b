// The settings about models of a user's own. All are of the machine: no workspace can change them.

import path from "node:path";
import * as vscode from "vscode";
import { defaultModelsFolder } from "../../models/modelsFolder";
import { withHome } from "../settingValues";

/** Where imported models lie: `inkling.modelsFolder`, or the folder that the command line knows too. */
export function modelsFolder(): string {
  const folder = withHome(ofMachine("modelsFolder", ""));
  return path.isAbsolute(folder) ? path.normalize(folder) : defaultModelsFolder();
}

function ofMachine<T extends string | boolean>(key: string, fallback: T): T {
  const value = vscode.workspace
    .getConfiguration("inkling")
    .get<unknown>(key, fallback);
  return typeof value === typeof fallback ? (value as T) : fallback;
}
