// What a completer is asked and what it decides, as plain data.
// A decision always says why: the editor puts these codes and numbers into words.

import type {
  GeneratedToken,
  SamplingOptions,
  StopAt,
} from "../protocol/generation";

/** A point on the curve of precision against coverage. */
export type GateMode = "quiet" | "balanced" | "eager";

/** What a suggestion must reach to be shown, and each of its words to be part of it. */
export interface GateSettings {
  /** Probability that the first word is right. */
  minFirstWord: number;
  /** Probability that everything up to and with a further word is right. */
  minRunning: number;
  /** Characters that a suggestion must have, as `countedLength` counts them. */
  minCharacters: number;
}

/** What the user has set. */
export interface CompletionSettings {
  maxTokens: number;
  stopAt: StopAt;
  contextTokens: number;
  sampling: SamplingOptions;
  mode: GateMode;
}

/** The document around the cursor, with its own line endings. */
export interface CompletionContext {
  /** The document's URI, or whatever else is unique to it. */
  documentKey: string;
  /** Path within the workspace, if there is one. */
  path: string | undefined;
  languageId: string;
  textBefore: string;
  textAfter: string;
  /** The item that is selected in the suggest widget, and how many characters left of the cursor it would replace. */
  selectedCompletion: { text: string; replacedCharacters: number } | undefined;
  trigger: "automatic" | "manual";
  settings: CompletionSettings;
}

/** Text to offer at the cursor. */
export interface Suggestion {
  /** Goes in at the cursor. */
  text: string;
  /** Characters right of the cursor, on its line, that the text replaces. */
  replacedAfter: number;
  /** The model's tokens; they may reach further than `text`, and the first may begin left of the cursor. */
  tokens: GeneratedToken[];
}

/** Why nothing is shown. */
export type SilenceReason =
  | { code: "no-context" }
  | { code: "cancelled" }
  | { code: "nothing-generated" }
  | { code: "unsure"; confidence: number; threshold: number }
  | {
      code: "rejected-here";
      rejections: number;
      confidence: number;
      threshold: number;
    }
  /** This very text was dismissed at this very place. */
  | { code: "dismissed-here" }
  | { code: "too-short"; characters: number; threshold: number }
  | { code: "whitespace-only" }
  | { code: "indentation" }
  | { code: "repetition" }
  | { code: "copy-of-following-text" }
  /** The cursor is inside a word. */
  | { code: "mid-word-after-cursor" }
  /** A word begins right behind the cursor, or goes on there in a script that shows no borders of words. */
  | { code: "word-after-cursor" }
  /** Words follow on the line, and what the model wrote does not lead up to them. */
  | { code: "text-after-cursor" }
  | { code: "suggest-widget" }
  /** The model knows the language of the text badly: as BCP 47 has it, or the name of its script. */
  | { code: "unknown-language"; language: string };

/** What to do at a cursor. Suggestions differ from each other; only a manual trigger gives more than one. */
export type Decision =
  | {
      kind: "show";
      suggestions: Suggestion[];
      confidence: number;
      /** What was asked for. */
      gate: GateSettings;
      /** Set before words on the line, where the confidence is that of the whole suggestion and not of its first word. */
      isMidLine?: true;
    }
  | {
      kind: "silent";
      reason: SilenceReason;
      confidence?: number;
      /** What the model wrote, up to and with the token that it was too unsure of. */
      withheld?: GeneratedToken[];
    };
