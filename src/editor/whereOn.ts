// Whether Inkling writes in a document, and if not, why not.

import * as vscode from "vscode";
import type { EditorSilence } from "../words/editorCodes";
import type { Exclusion } from "./exclusion";
import { isOnFor, isSuitableScheme } from "./enablement";
import type { Settings } from "./settings";
import type { Snooze } from "./snooze";

/** Knows in which documents Inkling is on. */
export class WhereOn {
  constructor(
    private readonly settings: Settings,
    private readonly snooze: Snooze,
    private readonly exclusion: Exclusion,
  ) {}

  /** Undefined where Inkling is on; git is asked first whether it ignores the file. */
  async check(
    document: vscode.TextDocument,
  ): Promise<EditorSilence | undefined> {
    const known = this.whyOff(document);
    if (known) return known;
    const by = await this.exclusion.check(document);
    return by && { code: "excluded", by };
  }

  /** The same as far as it is known without waiting. */
  whyOff(document: vscode.TextDocument): EditorSilence | undefined {
    const { languageId, uri } = document;
    const { enable } = this.settings.read(document);
    if (!isOnFor(languageId, enable)) return { code: "off", languageId };
    if (!isSuitableScheme(uri.scheme) && enable[languageId] !== true) {
      return { code: "unsuitable-document", scheme: uri.scheme };
    }
    const by = this.exclusion.known(document);
    if (by) return { code: "excluded", by };
    const { until } = this.snooze;
    if (until) return { code: "snoozed", untilMs: until.getTime() };
    const areInlineSuggestionsOn = vscode.workspace
      .getConfiguration("editor.inlineSuggest", document)
      .get<boolean>("enabled", true);
    return areInlineSuggestionsOn
      ? undefined
      : { code: "inline-suggestions-off" };
  }
}

/** The document in front; not the output panel, which VS Code takes for an editor as soon as it is clicked. */
export function activeDocument(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.scheme === "output" ? undefined : document;
}
