// Why a file is left out of what is read or learned from, in a few words.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { LeftOutReason } from "../protocol/training";

/** Without a full stop. */
export function leftOutWords(reason: LeftOutReason | "no room"): string {
  switch (reason) {
    case "excluded":
      return vscode.l10n.t("excluded by a pattern");
    case "ignored by git":
      return vscode.l10n.t("ignored by git");
    case "secret":
      return vscode.l10n.t("may hold a secret");
    case "generated":
      return vscode.l10n.t("generated");
    case "duplicate":
      return vscode.l10n.t("a copy of another document");
    case "binary":
      return vscode.l10n.t("not a text");
    case "too large":
      return vscode.l10n.t("too large");
    case "too short":
      return vscode.l10n.t("too short");
    case "link":
      return vscode.l10n.t("a link");
    case "not readable":
      return vscode.l10n.t("cannot be read");
    case "not matched":
      return vscode.l10n.t("not asked for");
    case "no room":
      return vscode.l10n.t("no room (inkling.memory)");
    default:
      return assertNever(reason);
  }
}
