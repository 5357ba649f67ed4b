// The contract between the extension host and the fine-tuning panel's page, as plain data.
// The host owns `PanelState` and sends the parts of it that changed; the page draws it and answers with `PanelAction`s.
// Nothing here is in a person's language but what the host has put into words already.

import type {
  ExamplesReport,
  SettingField,
  TrainingChoice,
  TrainingEstimate,
  TrainingForecast,
  TrainingProgress,
  EvaluationReport,
  TrainingSample,
  Verdict,
} from "./training";
import type { ActiveRunState } from "../common/runState";
import type { StateChange } from "../common/stateChange";

/** Where a person stands while there is no run; an answer is shown beside whatever comes next. */
export type PanelPhase =
  /** Nothing can be trained here; the notice says why. */
  "blocked" | "choosing" | "estimating";

/** What becomes of a document. */
export type DocumentRole = "training" | "held-out" | "out";

/** A document of the tree. */
export interface PanelDocument {
  /** Relative to the workspace, with forward slashes. */
  name: string;
  tokens: number;
  role: DocumentRole;
  /** Why it is left out, in words, or that a person has allowed it; else empty. */
  reason: string;
  /** Whether a person may take it in; never for what git ignores or what looks like a secret. */
  isChoosable: boolean;
  /** Whether a person may take it in once asked: what looks like a secret is all that is against it. */
  canTrainAnyway: boolean;
}

/** The documents of the workspace and the rules by which they were found. */
export interface PanelDocuments {
  isCollecting: boolean;
  documents: PanelDocument[];
  /** Left-out files beyond the listed ones, in a workspace of many. */
  unlisted: number;
  /** Git could not be asked what it ignores: what only git knows may be among the documents. */
  isGitUnasked: boolean;
  include: string;
  exclude: string;
  withComments: boolean;
}

/** A row of a labelled file as it is shown. */
export interface ExampleRow {
  prompt: string;
  completion: string;
}

/** A labelled file that was chosen. */
export interface PanelExamples {
  name: string;
  rows: number;
  firstRows: ExampleRow[];
  /** In words, by line. */
  errors: { line: number; text: string }[];
}

/** The settings as typed, with what is wrong in words. */
export interface PanelSettings {
  values: Record<SettingField, string>;
  errors: Partial<Record<SettingField, string>>;
}

/** A point of a curve: a step and nats per token. */
export interface LossPoint {
  step: number;
  loss: number;
}

/** A run under way. */
export interface PanelRun {
  adapterId: string;
  name: string;
  state: ActiveRunState;
  progress: TrainingProgress | undefined;
  trainingLosses: LossPoint[];
  heldOutLosses: LossPoint[];
  samples: TrainingSample[];
  skipped: { name: string; reason: string }[];
}

/** What a finished run says. */
export interface PanelAnswer {
  adapterId: string;
  name: string;
  verdict: Verdict;
  /** Switch on or do not, and why, in one sentence. */
  recommendation: string;
  proof: EvaluationReport | undefined;
  examples: ExamplesReport | undefined;
}

/** An adapter of this workspace. */
export interface PanelAdapter {
  id: string;
  name: string;
  base: string;
  /** ISO 8601; empty for an adapter that was not made here. */
  createdAt: string;
  isActive: boolean;
  verdict: Verdict;
  documents: { name: string; isHeldOut: boolean }[];
  proof: EvaluationReport | undefined;
  examples: ExamplesReport | undefined;
  /** Why it cannot be used, in words; empty for one that can. */
  fault: string;
}

/** Something to know and what to do next. */
export interface PanelNotice {
  severity: "info" | "warning" | "error";
  text: string;
  actions: { label: string; action: PanelAction }[];
}

/** Everything that the page draws. */
export interface PanelState {
  phase: PanelPhase;
  workspace: string;
  source: "documents" | "examples";
  documents: PanelDocuments;
  examples: PanelExamples | undefined;
  settings: PanelSettings;
  /** What each choice will take, and the numbers in the fields; empty before the text is known. */
  forecasts: Partial<Record<TrainingChoice | "own", TrainingForecast>>;
  estimate: TrainingEstimate | undefined;
  /** Why training cannot begin with what is chosen, in words; undefined when it can. */
  blockedReason: string | undefined;
  run: PanelRun | undefined;
  answer: PanelAnswer | undefined;
  adapters: PanelAdapter[];
  /** What the weights that training has prepared take on the disk; 0 when there are none. */
  preparedMb: number;
  notice: PanelNotice | undefined;
}

/** What a person does in the page. */
export type PanelAction =
  | { kind: "collect" }
  | { kind: "filter"; include: string; exclude: string; withComments: boolean }
  /** "in" takes back a "leave out" and lets the split decide again. */
  | { kind: "assign"; names: string[]; role: DocumentRole | "in" }
  /** Asks about a document in which something looks like a secret. */
  | { kind: "trainAnyway"; name: string }
  | { kind: "preview"; name: string }
  | { kind: "source"; source: "documents" | "examples" }
  | { kind: "chooseExamples" }
  | { kind: "setting"; field: SettingField; text: string }
  | { kind: "choice"; choice: TrainingChoice }
  | { kind: "defaultSettings" }
  | { kind: "estimate" }
  | { kind: "start" }
  /** Starts with the next choice; from numbers of one's own with three times the minutes, else twice the epochs. */
  | { kind: "trainLonger" }
  | { kind: "cancel" }
  | { kind: "pause" }
  | { kind: "resume" }
  | { kind: "stop"; keep: boolean }
  | { kind: "switchOn"; id: string }
  | { kind: "switchOff" }
  | { kind: "showAnswer"; id: string }
  | { kind: "closeAnswer" }
  | { kind: "rename"; id: string }
  | { kind: "export"; id: string }
  | { kind: "import" }
  | { kind: "delete"; id: string }
  | { kind: "removePrepared" }
  | { kind: "dismissNotice" }
  | { kind: "manageTrust" }
  | { kind: "openFolder" }
  | { kind: "showLog" };

/** What the host serves; `Words` are the page's own sentences by their names. */
export interface PanelHostContract<Words> {
  requests: {
    /** Asked once by a page that has come up. */
    open: [null, { state: PanelState; words: Words }];
    act: [PanelAction, null];
  };
  events: {
    changed: StateChange<PanelState>;
  };
}

/** The page serves nothing. */
export interface PanelPageContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}
