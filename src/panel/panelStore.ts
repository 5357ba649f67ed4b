// What the panel remembers of a workspace between windows, in one small file of the workspace's storage: what was
// chosen, and a run that was not done. Written beside its place and renamed, so that it is never half a file.

import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import type { DocumentOverride } from "../documents/chooseDocuments";
import type { SettingField } from "../protocol/training";
import { readSavedRun, type SavedRun } from "./runRecord";

/** Everything that is remembered; what is undefined is as at first. */
export interface SavedPanel {
  include?: string | undefined;
  exclude?: string | undefined;
  withComments?: boolean | undefined;
  overrides?: Record<string, DocumentOverride> | undefined;
  /** By the document's name, the SHA-256 of the content in which a person has allowed what looks like a secret. */
  allowedSecrets?: Record<string, string> | undefined;
  source?: "documents" | "examples" | undefined;
  examplesFile?: string | undefined;
  settings?: Partial<Record<SettingField, string>> | undefined;
  run?: SavedRun | undefined;
}

/** Reads the file at each use, since another window of the same workspace may have written it. */
export class PanelStore {
  private readonly file: string;

  constructor(folder: string) {
    this.file = path.join(folder, "panel.json");
  }

  get saved(): Readonly<SavedPanel> {
    return readSaved(this.file);
  }

  /** Remembers some things; leaves no file when nothing is left to remember. */
  update(part: SavedPanel): void {
    const text = JSON.stringify({ ...this.saved, ...part });
    if (text === "{}") {
      rmSync(this.file, { force: true });
      return;
    }
    writeFileAtomically(this.file, text, { action: "remember choices in" });
  }
}

/** Nothing when there is no file or none that can be read. */
function readSaved(file: string): SavedPanel {
  try {
    const saved: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isObject = typeof saved === "object" && saved !== null;
    if (!isObject || Array.isArray(saved)) return {};
    const { run, ...chosen }: SavedPanel = saved;
    return run ? { ...chosen, run: readSavedRun(run) } : chosen;
  } catch {
    return {};
  }
}
