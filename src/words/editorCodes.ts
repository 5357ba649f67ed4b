// What editor/ decides, in codes that are turned into sentences here.

import type { Decision } from "../completion/completer";

/** Why a document is kept out. */
export type ExcludedBy =
  /** By its name, by the name of what it is a link to, by what stands in it. */
  "secret" | "link-to-secret" | "secret-text" | "setting" | "git";

/** Why Inkling is silent in a whole document. */
export type EditorSilence =
  | { code: "off"; languageId: string }
  | { code: "snoozed"; untilMs: number }
  | { code: "unsuitable-document"; scheme: string }
  | { code: "excluded"; by: ExcludedBy }
  | { code: "inline-suggestions-off" };

/** What was decided at a cursor, by completion or before it was asked. */
export type EditorDecision =
  | Decision
  | {
      kind: "silent";
      reason:
        | EditorSilence
        /** The cursor stands where VS Code no longer draws the line. */
        | { code: "long-line" }
        | { code: "error"; message: string };
    };
