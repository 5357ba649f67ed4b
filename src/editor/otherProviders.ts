// Other extensions that show ghost text. VS Code shows one suggestion at a time, so two of them get into each other's way.

import * as vscode from "vscode";

/** Extensions that provide inline completions, by id. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "amazonwebservices.amazon-q-vscode": "Amazon Q",
  "blackboxapp.blackbox": "Blackbox",
  "codeium.codeium": "Codeium",
  "continue.continue": "Continue",
  "ggml-org.llama-vscode": "llama.vscode",
  "github.copilot": "GitHub Copilot",
  "github.copilot-chat": "GitHub Copilot Chat",
  "google.geminicodeassist": "Gemini Code Assist",
  "huggingface.huggingface-vscode": "llm-vscode",
  "kilocode.kilo-code": "Kilo Code",
  "rjmacarthy.twinny": "twinny",
  "smallcloud.codify": "Refact",
  "sourcegraph.cody-ai": "Cody",
  "supermaven.supermaven": "Supermaven",
  "tabbyml.vscode-tabby": "Tabby",
  "tabnine.tabnine-vscode": "Tabnine",
  "visualstudioexptteam.vscodeintellicode-completions":
    "IntelliCode Completions",
};

/** Where an extension is switched off by a setting, by its id: a switch, or one for each language. */
const SWITCHES: Readonly<Record<string, string>> = {
  "codeium.codeium": "codeium.enableConfig",
  "continue.continue": "continue.enableTabAutocomplete",
  "ggml-org.llama-vscode": "llama-vscode.enabled",
  "github.copilot": "github.copilot.enable",
  "github.copilot-chat": "github.copilot.enable",
};

/** The names of those that run in this window and are not switched off for a language. */
export function activeProviders(languageId: string): string[] {
  return Object.entries(PROVIDERS)
    .filter(([id]) => vscode.extensions.getExtension(id)?.isActive)
    .filter(([id]) => !isSwitchedOff(SWITCHES[id], languageId))
    .map(([, name]) => name);
}

function isSwitchedOff(key: string | undefined, languageId: string): boolean {
  if (key === undefined) return false;
  const value: unknown = vscode.workspace.getConfiguration().get(key);
  if (typeof value !== "object" || value === null) return value === false;
  const byLanguage = value as Record<string, unknown>;
  return (byLanguage[languageId] ?? byLanguage["*"]) === false;
}
