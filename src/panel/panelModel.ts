// The panel's state and who is told of its changes. Pages come and go; this stays as long as the window.

import { faultOf } from "../common/fault";
import { isWriteFault } from "../common/writeFault";
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE } from "../documents/documentKinds";
import { defaultTrainingSettings } from "../settings/defaultTrainingSettings";
import type { PanelState } from "../protocol/panel";
import { trainingChoices } from "../settings/trainingChoices";
import { settingFields } from "../settings/trainingSettings";
import type { SettingField } from "../protocol/training";
import type { FineTuningState, Notice } from "../words/panelCodes";
import type { SavedPanel } from "./panelStore";

/** Called with the parts of the state that changed. */
export type StateListener = (part: Partial<FineTuningState>) => void;

/** Holds the state. */
export class PanelModel {
  private readonly listeners = new Set<StateListener>();
  private current: FineTuningState;

  constructor(first: FineTuningState) {
    this.current = first;
  }

  get state(): Readonly<FineTuningState> {
    return this.current;
  }

  /** Replaces some parts and tells of them. */
  change(part: Partial<FineTuningState>): void {
    this.current = { ...this.current, ...part };
    for (const listener of [...this.listeners]) listener(part);
  }

  /** Says something; the last word stands until it is dismissed. */
  tell(notice: Notice): void {
    this.change({ notice });
  }

  /** Says what could not be done. */
  tellFailure(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const fault = faultOf(error);
    if (isWriteFault(fault)) this.tell({ code: "cannot-write", fault });
    else this.tell({ code: "failed", message });
  }

  /** Calls `listener` until it is disposed. */
  onDidChange(listener: StateListener): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }
}

/** The patterns of a workspace in which nothing was chosen. */
export const DEFAULT_PATTERNS = {
  include: DEFAULT_INCLUDE.join(", "),
  exclude: DEFAULT_EXCLUDE.join(", "),
};

/** The state that a window begins with: nothing is to be said in it yet, so that it reads the same in words. */
export function firstState({
  workspace,
  saved,
}: {
  workspace: string;
  saved: SavedPanel;
}): FineTuningState & PanelState {
  return {
    phase: "choosing",
    workspace,
    source: saved.source ?? "documents",
    documents: {
      isCollecting: false,
      documents: [],
      unlisted: 0,
      isGitUnasked: false,
      include: saved.include ?? DEFAULT_PATTERNS.include,
      exclude: saved.exclude ?? DEFAULT_PATTERNS.exclude,
      withComments: saved.withComments ?? false,
    },
    examples: undefined,
    settings: {
      values: { ...defaultSettingTexts(), ...saved.settings },
      errors: {},
    },
    forecasts: {},
    estimate: undefined,
    blockedReason: undefined,
    run: undefined,
    answer: undefined,
    adapters: [],
    preparedMb: 0,
    notice: undefined,
  };
}

/** The default settings as a person would type them: those of a good run. */
export function defaultSettingTexts(): Record<SettingField, string> {
  const defaults = defaultTrainingSettings(1);
  const texts = settingFields.map((field) => [
    field,
    String(defaults[field] ?? ""),
  ]);
  return {
    ...(Object.fromEntries(texts) as Record<SettingField, string>),
    ...trainingChoices.good,
  };
}
