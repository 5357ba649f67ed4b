// What panel/ knows, in codes that are turned into sentences here: the state of the page with codes in place of words,
// and what VS Code's dialogs are asked for.

import type { AdapterFault } from "../adapters/adapterFolders";
import type { WriteFault } from "../common/fault";
import type { Shortage } from "../documents/chooseDocuments";
import type { SecretSign } from "../documents/readDocument";
import type {
  PanelAdapter,
  PanelAnswer,
  PanelDocument,
  PanelDocuments,
  PanelExamples,
  PanelRun,
  PanelSettings,
  PanelState,
} from "../protocol/panel";
import type {
  ExampleError,
  LeftOutReason,
  SettingField,
  Skipped,
  TrainingOutcome,
} from "../protocol/training";
import type { SettingFault } from "../settings/trainingSettings";

/** Why nothing can be trained in a window. */
export type Obstacle = "no-folder" | "untrusted" | "virtual" | "no-storage";

/** Why training cannot begin with what is chosen. */
export type BlockedReason =
  | { code: "collecting" | "no-examples" | "wrong-setting" }
  | { code: "too-few-examples"; rows: number; needed: number }
  | ({ code: "too-little-text" } & Shortage);

/** Why a document is left out, or is in against a reason. */
export type OutReason =
  | { code: "by-hand" }
  /** It is in: a person has allowed what looks like a secret in it. */
  | { code: "allowed-by-hand" }
  | { code: LeftOutReason; duplicateOf?: string | undefined };

/** Something to know and to act on. */
export type Notice =
  | { code: Obstacle }
  /** Another window trains: this one begins when it is done, or does not do what was asked for. */
  | { code: "locked" | "elsewhere"; title: string }
  /** How a run ended, where that is news. */
  | { code: "diverged" }
  | { code: "early-stop"; bestStep: number }
  /** What training came to grief over. */
  | { code: "training-cannot-write"; fault: WriteFault }
  | { code: "training-failed"; message: string }
  | { code: "trainer-lost"; end: string }
  /** Anything else that could not be done. */
  | { code: "cannot-write"; fault: WriteFault }
  | { code: "failed"; message: string }
  | { code: "exported"; to: string }
  | { code: "imported"; name: string };

/** What is known of a run beside what it is doing. */
export type RunRecord = Omit<PanelRun, "skipped" | "state"> & {
  skipped: Skipped[];
};

/** A document of the list. */
export type ListedDocument = Omit<PanelDocument, "reason"> & {
  reason: OutReason | undefined;
};

/** An adapter of the list. */
export type ListedAdapter = Omit<PanelAdapter, "fault"> & {
  fault: AdapterFault | { code: "refused"; message: string } | undefined;
};

/** The parts of the page's state that the host keeps in codes. */
export interface CodedParts {
  documents: Omit<PanelDocuments, "documents"> & {
    documents: ListedDocument[];
  };
  examples:
    (Omit<PanelExamples, "errors"> & { errors: ExampleError[] }) | undefined;
  settings: Omit<PanelSettings, "errors"> & {
    errors: Partial<Record<SettingField, SettingFault>>;
  };
  blockedReason: BlockedReason | undefined;
  run: (RunRecord & Pick<PanelRun, "state">) | undefined;
  answer: Omit<PanelAnswer, "recommendation"> | undefined;
  adapters: ListedAdapter[];
  notice: Notice | undefined;
}

/** Everything that the host knows: what the page draws, before it is put into words. */
export type FineTuningState = Omit<PanelState, keyof CodedParts> & CodedParts;

/** A question with one answer that does something. */
export type Question =
  /** Before an adapter is switched on that was not shown to help. */
  | { code: "insist"; name: string; outcome: TrainingOutcome | undefined }
  /** Before a document is trained on in which something looks like a secret. */
  | { code: "train-anyway"; name: string; secret: SecretSign }
  | { code: "delete" | "discard"; name: string };

/** Whether an adapter goes out or comes in. */
export type Transfer = "export" | "import";
