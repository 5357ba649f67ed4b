// Counts what a person types where Inkling is on: keystrokes saved are a share of that and of what was accepted.

import * as vscode from "vscode";
import type { Counters } from "../counters/counters";
import { typedCharacters } from "./typedCharacters";
import { activeDocument, type WhereOn } from "./whereOn";

/** Typing alone is written to the disk this seldom: the rest goes with the next suggestion. */
const SAVE_AFTER_CHARACTERS = 50;

/** Counts characters of the document in front. */
export class TypingCount {
  private unsaved = 0;

  constructor(
    private readonly options: {
      counters: Counters;
      whereOn: WhereOn;
      log: vscode.LogOutputChannel;
    },
  ) {}

  /** Undo, other documents and what programs write are no typing. */
  documentChanged({
    document,
    contentChanges,
    reason,
  }: vscode.TextDocumentChangeEvent): void {
    if (reason !== undefined || document !== activeDocument()) return;
    const characters = typedCharacters(contentChanges);
    const { counters, whereOn, log } = this.options;
    if (characters === 0 || whereOn.whyOff(document)) return;
    counters.countTyped(characters);
    this.unsaved += characters;
    if (this.unsaved < SAVE_AFTER_CHARACTERS) return;
    this.unsaved = 0;
    counters
      .save()
      .catch((error: unknown) =>
        log.warn(`Cannot keep the counters: ${String(error)}`),
      );
  }
}
