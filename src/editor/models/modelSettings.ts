// The settings about models of a user's own. All are of the machine: no workspace can change them.

import path from "node:path";
import * as vscode from "vscode";
import { defaultModelsFolder } from "../../models/modelsFolder";
import type { NetworkSettings } from "../../protocol/models";
import { withHome } from "../settingValues";

/** The hub that is asked where nothing else is set; a mirror is named by the setting or by `HF_ENDPOINT`. */
const DEFAULT_HUB = "https://huggingface.co";

/** Where imported models lie: `inkling.modelsFolder`, or the folder that the command line knows too. */
export function modelsFolder(): string {
  const folder = withHome(ofMachine("modelsFolder", ""));
  return path.isAbsolute(folder) ? path.normalize(folder) : defaultModelsFolder();
}

/** How the network may be used; undefined where it may not: by setting, and in a workspace that is not trusted. */
export function networkSettings(): NetworkSettings | undefined {
  if (!vscode.workspace.isTrusted || !ofMachine("network", true)) {
    return undefined;
  }
  const http = vscode.workspace.getConfiguration("http");
  const isDirect = http.get<unknown>("proxySupport") === "off";
  const proxy = http.get<unknown>("proxy");
  const noProxy = http.get<unknown>("noProxy", []);
  return {
    hubAddress:
      ofMachine("hubAddress", "").trim() ||
      process.env["HF_ENDPOINT"] ||
      DEFAULT_HUB,
    proxy: typeof proxy === "string" ? proxy.trim() : "",
    noProxy: isDirect
      ? ["*"]
      : [noProxy].flat().filter((each) => typeof each === "string"),
  };
}

function ofMachine<T extends string | boolean>(key: string, fallback: T): T {
  const value = vscode.workspace
    .getConfiguration("inkling")
    .get<unknown>(key, fallback);
  return typeof value === typeof fallback ? (value as T) : fallback;
}
