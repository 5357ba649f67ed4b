// What the panel remembers of a workspace between windows, in one small file of the workspace's storage: what was
// chosen, and a run that was not done. Written beside its place and renamed, so that it is never half a file.

import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { DocumentOverride } from "../documents/chooseDocuments";
import type { LossPoint } from "../protocol/panel";
import type { TrainingRequest, TrainingSample } from "../protocol/training";
import type { SettingField } from "../protocol/trainingSettings";

/** A run that goes on in the next window. */
export interface SavedRun {
  adapterId: string;
  name: string;
  request: TrainingRequest;
  trainingLosses: LossPoint[];
  heldOutLosses: LossPoint[];
  samples: TrainingSample[];
  isPausedByPerson: boolean;
}

/** Everything that is remembered; what is missing is as at first. */
export interface SavedPanel {
  include?: string;
  exclude?: string;
  withComments?: boolean;
  overrides?: Record<string, DocumentOverride>;
  source?: "documents" | "examples";
  examplesFile?: string;
  settings?: Partial<Record<SettingField, string>>;
  run?: SavedRun;
}

/** Reads and writes the file. */
export class PanelStore {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = path.join(folder, "panel.json");
  }

  /** What was saved; nothing when there is no file or none that can be read. */
  load(): SavedPanel {
    try {
      const saved: unknown = JSON.parse(readFileSync(this.file, "utf8"));
      const isObject = typeof saved === "object" && saved !== null;
      return isObject && !Array.isArray(saved) ? (saved as SavedPanel) : {};
    } catch {
      return {};
    }
  }

  /** Leaves no file when there is nothing to remember. */
  save(panel: SavedPanel): void {
    const text = JSON.stringify(panel);
    if (text === "{}") {
      rmSync(this.file, { force: true });
      return;
    }
    mkdirSync(this.folder, { recursive: true });
    const beside = `${this.file}.${process.pid}.tmp`;
    writeFileSync(beside, text);
    renameSync(beside, this.file);
  }
}
