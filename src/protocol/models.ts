// The contracts of the two processes that deal with models of a user's own: the importer looks for them, imports them
// and tries them, and the fetcher, which alone uses the network, fetches them. Each process does one thing and ends.

import type { FaultCode } from "../common/fault";

/** Which program has put a model where it was found. */
export type ModelOrigin = "hub-cache" | "lm-studio" | "ollama" | "llama.cpp";

/** A folder in which another program keeps models. */
export interface ModelPlace {
  origin: ModelOrigin;
  folder: string;
}

/** A model on the disk, as far as its headers tell. */
export interface FoundModel {
  name: string;
  path: string;
  /** Undefined for one that a person has pointed at. */
  origin: ModelOrigin | undefined;
  kind: "gguf" | "folder";
  /** Of its weights. */
  sizeBytes: number;
  /** It is in Inkling's own form: it can be loaded where it lies, and is not imported. */
  isImported: boolean;
  /** Why it cannot be read; undefined where nothing is known against it. */
  fault: string | undefined;
  /** The same as a code, where there is one. */
  faultCode?: FaultCode;
}

/** What to import. */
export interface ImportRequest {
  source: string;
  name: string;
  /** Of what was fetched: names the very bytes, wherever they lie. */
  identity?: string | undefined;
  modelsFolder: string;
  /** Where forms of the weights that are derived on the way are kept. */
  derivedFolder: string;
  threads: number;
}

/** How far an import is; waiting for another window and measuring have no fraction that would be known. */
export type ImportProgress =
  { phase: "waiting" | "measuring" } | { phase: "weights"; fraction: number };

/** What to try a model on. */
export interface TrialRequest {
  modelFolder: string;
  derivedFolder: string;
  threads: number;
  /** The text that is continued, and whose bits are counted. */
  text: string;
}

/** What a trial has shown. */
export interface TrialFigures {
  name: string;
  loadMs: number;
  /** Of ten tokens after the text; undefined where the model ended at once. */
  tokensPerSecond: number | undefined;
  /** By how much the process has grown. */
  residentBytes: number;
  /** Undefined for a text of less than two tokens. */
  bitsPerCharacter: number | undefined;
  /** What it wrote. */
  sample: string;
}

export interface ImporterContract {
  requests: {
    /** Looks into these folders; models come as events, and the answer when all were looked at. */
    findModels: [{ places: ModelPlace[] }, null];
    inspectModel: [{ path: string }, FoundModel];
    importModel: [ImportRequest, { directory: string }];
    tryModel: [TrialRequest, TrialFigures];
  };
  events: {
    modelFound: FoundModel;
    importProgress: ImportProgress;
  };
}

/** What a person wants to fetch. */
export type FetchSource =
  /** A model at the hub by its name OWNER/NAME; `file` is one of several GGUF files there. */
  | { kind: "hub"; name: string; file?: string }
  /** A GGUF file at any address. */
  | { kind: "address"; address: string };

/** How the network is reached, as the editor's settings say it; the environment's variables come second. */
export interface NetworkSettings {
  /** The hub or a mirror with the same paths. */
  hubAddress: string;
  proxy: string;
  noProxy: readonly string[];
}

/** What a fetch would bring. */
export interface FetchPlan {
  name: string;
  /** Names the very bytes: place, name and revision. */
  identity: string;
  kind: "gguf" | "folder";
  /** As its author says. */
  licence: string | undefined;
  /** Undefined where nobody says. */
  sizeBytes: number | undefined;
  /** Where one of several files has to be chosen first: which there are. */
  choices: { name: string; sizeBytes: number | undefined }[];
}

export interface FetchRequest extends NetworkSettings {
  source: FetchSource;
  /** Below which the model gets a folder of its own. */
  folder: string;
}

/** A model on the disk as it came. */
export interface FetchedModel {
  name: string;
  identity: string;
  /** All that was fetched; to be deleted when it is imported. */
  folder: string;
  /** What is to be imported. */
  path: string;
}

export interface FetchProgress {
  doneBytes: number;
  totalBytes: number | undefined;
}

export interface FetcherContract {
  requests: {
    /** What a typed text means; nothing is asked of the network. */
    readSource: [{ text: string; hubAddress: string }, FetchSource];
    planFetch: [NetworkSettings & { source: FetchSource }, FetchPlan];
    fetchModel: [FetchRequest, FetchedModel];
  };
  events: { fetchProgress: FetchProgress };
}
