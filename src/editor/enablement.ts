// Where Inkling is on, as pure functions over the setting `inkling.enable`.

import type { EnableMap } from "./settingValues";

/**
 * Documents that are not written in but filled in or read: input fields, output, old versions.
 * Naming the document's language in `inkling.enable` turns Inkling on there all the same.
 */
const UNSUITABLE_SCHEMES = new Set([
  "comment",
  "chatSessionInput",
  "debug",
  "git",
  "inkling",
  "output",
  "search-editor",
  "walkThrough",
  "walkThroughSnippet",
]);

/** Schemes of VS Code's own whose documents are ordinary files. */
const ORDINARY_VSCODE_SCHEMES = new Set([
  "vscode-local",
  "vscode-notebook-cell",
  "vscode-remote",
  "vscode-userdata",
  "vscode-vfs",
]);

/** Whether a language is on; one that is not named follows "*". */
export function isOnFor(languageId: string, enable: EnableMap): boolean {
  return enable[languageId] ?? isOnEverywhere(enable);
}

/** Whether languages that are not named are on. */
export function isOnEverywhere(enable: EnableMap): boolean {
  return enable["*"] ?? true;
}

/** Whether documents of a scheme are written in. */
export function isSuitableScheme(scheme: string): boolean {
  if (UNSUITABLE_SCHEMES.has(scheme)) return false;
  return !scheme.startsWith("vscode-") || ORDINARY_VSCODE_SCHEMES.has(scheme);
}

/** One scope's own value with a language turned on or off. */
export function withLanguage(
  own: EnableMap,
  { languageId, isOn }: { languageId: string; isOn: boolean },
): EnableMap {
  return { ...own, [languageId]: isOn };
}

/**
 * One scope's own value with everything turned on or off. Off takes away the languages that were named as on, since
 * they would stay on; on leaves those off that were turned off by name.
 */
export function withEverywhere(own: EnableMap, isOn: boolean): EnableMap {
  const named = Object.entries(own).filter(
    ([languageId, isLanguageOn]) =>
      languageId !== "*" && (isOn || !isLanguageOn),
  );
  return { "*": isOn, ...Object.fromEntries(named) };
}
