// The contract between a host (the extension, the command line) and the trainer process, as plain data.
// Paths are absolute. No message carries text of a document, except samples that the panel shows.

/** Which weights learn: small matrices beside the linear layers, or all of them. */
export type TrainingMethod = "lora" | "full";

/** The linear layers that a LoRA adapter may stand beside, by PEFT's names. */
export type Projection = "q" | "k" | "v" | "o" | "gate" | "up" | "down";

/** How training goes; every number is checked by whoever reads it from a person. */
export interface TrainingSettings {
  method: TrainingMethod;
  rank: number;
  /** The adapter's output is scaled by `alpha / rank` (arXiv:2106.09685, section 4.1). */
  alpha: number;
  projections: Projection[];
  /** Only the last so many layers get an adapter; 0 is all. */
  lastLayers: number;
  learningRate: number;
  weightDecay: number;
  /** Largest norm of all gradients together; longer ones are shortened to it. */
  maxGradientNorm: number;
  warmupSteps: number;
  /** Passes over the training text; the schedule's length follows from it. */
  epochs: number;
  /** All of a run, from preparing to measuring, ends within so many minutes; undefined is no limit. */
  maxMinutes: number | undefined;
  /** Tokens of one block. */
  blockTokens: number;
  /** Blocks whose gradients are added up before a step. */
  gradientAccumulationSteps: number;
  seed: number;
  threads: number;
}

/** A document to learn from or to hold out. */
export interface DocumentReference {
  /** Where it is read from. */
  file: string;
  /** How it is called in manifests and reports: relative to the workspace, with forward slashes. */
  name: string;
  /** A person has allowed what looks like a secret in it, for the content that has this SHA-256 and for no other. */
  allowedSecret?: string | undefined;
}

/** What to train on: whole documents, or rows of prompt and completion. */
export type TrainingSource =
  | {
      kind: "documents";
      training: DocumentReference[];
      heldOut: DocumentReference[];
    }
  | { kind: "examples"; file: string };

/** One training run. */
export interface TrainingRequest {
  source: TrainingSource;
  modelFolder: string;
  /** Where forms of the weights that are derived from the model are kept. */
  cacheFolder: string;
  /** The adapter's folder; the checkpoint lies in it until training ends. */
  outFolder: string;
  /** General prose against which forgetting is measured. */
  generalFile: string | undefined;
  settings: TrainingSettings;
  /** Go on from the checkpoint in `outFolder`. */
  resume: boolean;
  /** Looks at held-out text without a gain after which training ends, where it is not the usual number. */
  patience?: number;
  /** Leaves out the evaluation, for experiments: bits per character then come from the training graph. */
  skipsEvaluation?: boolean;
}

/** What a run would cost, from a trial of a few steps. */
export interface TrainingEstimate {
  trainingTokens: number;
  heldOutTokens: number;
  tokensPerSecond: number;
  /** Of everything, from preparing to measuring. */
  seconds: number;
  peakMemoryMb: number;
}

export type TrainingPhase =
  "preparing" | "measuring-before" | "training" | "measuring-after" | "done";

/** What is known of a run after a step; losses are nats per token. */
export interface TrainingProgress {
  phase: TrainingPhase;
  /** Of the whole run by time, 0 to 1; it never falls. */
  fraction: number;
  /** Since the run's beginning, without pauses. */
  elapsedSeconds: number;
  step: number;
  /** 0 before their number is known. */
  steps: number;
  tokensPerSecond: number;
  trainingLoss: number | undefined;
  /** Of the last look at the held-out text, with its step. */
  heldOutLoss: { step: number; loss: number } | undefined;
  /** Until the answer; undefined before anything is known of it. */
  secondsLeft: number | undefined;
  residentMb: number;
}

/** Continuation of a held-out place by the model as it was and as it is now. */
export interface TrainingSample {
  step: number;
  document: string;
  prompt: string;
  expected: string;
  before: string;
  now: string;
}

/** A figure before and after training; the interval is of the difference, paired by document (95%). */
export interface BeforeAfter {
  before: number;
  after: number;
  low: number;
  high: number;
}

/** The evaluation of an adapter, on held-out documents and with the graphs that ship. */
export interface EvaluationReport {
  documents: number;
  /** Whether the intervals resample documents, or paragraphs where there are fewer than 20. */
  resampled: "documents" | "paragraphs";
  bitsPerCharacter: BeforeAfter;
  saved1Word: BeforeAfter;
  precision: BeforeAfter;
  wrongShowRate: BeforeAfter;
  /** Saved@1 (word) of the workspace's word cache and n-gram model on the same text. */
  rivals: { wordCache: number; ngram: number };
  /** Bits per character on general prose; undefined where none was given. */
  general: { before: number; after: number } | undefined;
  passages: {
    document: string;
    before: string;
    expected: string;
    shownBefore: string;
    shownAfter: string;
    /** Whether the first word of what was shown is what came next; absent where nothing was, and in older reports. */
    isRightBefore?: boolean;
    isRightAfter?: boolean;
  }[];
}

/** The labels of a task of classification, and how a text is asked for one. */
export interface LabelledRows {
  /** As they stand in the rows; people read them without white space at both ends. The most frequent one is first. */
  completions: string[];
  /** What stands before and behind the text in every prompt; often nothing. */
  before: string;
  after: string;
}

/** How probable a label is; those of a text sum to 1. */
export interface LabelProbability {
  label: string;
  probability: number;
}

/** Accuracy on held-out rows: of the most probable label where the task has labels, else of the exact completion. */
export interface ExamplesReport {
  rows: number;
  accuracy: BeforeAfter;
  /** Absent where the completions are no labels, and in older reports. */
  labels?: ClassificationReport;
}

/** What there is to tell of labels; everything of the same held-out rows. */
export interface ClassificationReport {
  /** As people read them. */
  names: string[];
  /** Rows by the right label, then by the one that was found with the adapter: [labels][labels]. */
  confusions: number[][];
  /** The mean over the labels of F1, in which a rare label counts as much as a frequent one. */
  macroF1: BeforeAfter;
  /** Accuracy of a count of words (naive Bayes) that learned the same rows; the interval is of the adapter minus it. */
  wordCount: { accuracy: number; low: number; high: number };
  /** Accuracy of the label that is most frequent among the rows that were learned, always given. */
  majority: number;
}

/**
 * Why a finished adapter should or should not be used. `unclear`: the test text is surely more probable, and whether that
 * saves keys cannot be told from so little training or text.
 */
export type Verdict =
  "helps" | "unclear" | "no-gain" | "forgets" | "not-measured";

/** What a finished run says. */
export interface TrainingOutcome {
  ended: "finished" | "time-limit" | "early-stop" | "stopped" | "diverged";
  steps: number;
  seconds: number;
  tokensPerSecond: number;
  peakMemoryMb: number;
  bestStep: number;
  verdict: Verdict;
  proof: EvaluationReport | undefined;
  examples: ExamplesReport | undefined;
  /** Bits per character in the float32 training graph, where the evaluation was left out or there can be none. */
  trainingGraph?: TrainingGraphBits | undefined;
}

/** Bits per character before and after, computed by the training graph block by block. */
export interface TrainingGraphBits {
  heldOut: { before: number; after: number };
  general: { before: number; after: number } | undefined;
}

/** `inkling_manifest.json` in an adapter's folder: what it is and where it came from. */
export interface AdapterManifest {
  version: 1;
  name: string;
  /** ISO 8601. */
  createdAt: string;
  base: { name: string; sha256: string };
  /** Paths and hashes of what was learned from, never text. */
  documents: { name: string; sha256: string; heldOut: boolean }[];
  /** The labels of a task of classification: what can be told of a text. */
  labels?: LabelledRows;
  settings: TrainingSettings;
  losses: {
    step: number;
    training: number | undefined;
    heldOut: number | undefined;
  }[];
  outcome: TrainingOutcome;
}

/** Why a file is not learned from. */
export type LeftOutReason =
  | "not matched"
  | "excluded"
  | "ignored by git"
  | "secret"
  | "generated"
  | "duplicate"
  | "binary"
  | "too large"
  | "too short"
  | "link"
  | "not readable";

/** What is wrong with a row of labelled examples, or with all of a file. */
export type ExampleFault =
  /** It is a table, and none of its columns is called as a question or as an answer is. */
  | "columns"
  /** It is a table with a quoted column that does not end. */
  | "open quote"
  /** A row of a table that has more or fewer columns than the head. */
  | "other columns"
  /** It has answers that are better and worse, and no one right one. */
  | "preferences"
  | "text alone"
  | "several turns"
  | "not JSON"
  | "not an object"
  | "no prompt"
  | "no completion"
  | "empty prompt"
  | "empty completion"
  | "duplicate"
  | "longer than a block";

/** A line that is not used, from 1. */
export interface ExampleError {
  line: number;
  fault: ExampleFault;
  /** The earlier line that says the same. */
  firstLine?: number;
  /** Those that a table has. */
  columns?: string;
}

/** What a run passes over: a whole file, or lines of one. */
export type Skipped =
  | { name: string; reason: LeftOutReason }
  | { name: string; lines: ExampleError[] };

export interface TrainerContract {
  requests: {
    /** Counts tokens and runs a few steps; keeps nothing. */
    estimate: [TrainingRequest, TrainingEstimate];
    /** Trains, proves and writes the adapter; rejects with a message when it cannot. */
    train: [TrainingRequest, TrainingOutcome];
    /** Waits between micro-steps until `resume`; where the system can stop a process, the client does that instead. */
    pause: [null, null];
    resume: [null, null];
    /** The system had stopped the process for so long. */
    noteStopped: [{ seconds: number }, null];
    /** Ends a run at a checkpoint. `keep` writes the best adapter so far and proves it; else everything goes. */
    stop: [{ keep: boolean }, null];
  };
  events: {
    progress: TrainingProgress;
    sample: TrainingSample;
    skipped: Skipped;
  };
}

/** The host serves nothing; the trainer ends by itself when the channel closes. */
export interface TrainerHostContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

/** What can be changed in the panel. */
export type SettingField =
  | "rank"
  | "epochs"
  | "maxMinutes"
  | "learningRate"
  | "lastLayers"
  | "blockTokens";

/** How much a person wants of a run, in place of numbers. */
export type TrainingChoice = "quick" | "good" | "thorough";

/** How fast a machine trains with some settings, as measured. */
export interface TrainingSpeed {
  tokensPerSecond: number;
  /** Until the first step. */
  preparingSeconds: number;
}

/** What a run will take. */
export interface TrainingForecast {
  /** Of everything; undefined where nothing is known of it. */
  seconds: number | undefined;
  /** It may end before that. */
  isAtMost: boolean;
}

/** Who is told of a run while it goes on. */
export interface TrainerListener {
  onProgress(progress: TrainingProgress): void;
  onSample(sample: TrainingSample): void;
  onSkipped(skipped: Skipped): void;
}
