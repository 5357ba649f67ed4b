// What VS Code's own dialogs say when the panel asks something: questions, titles, buttons, kinds of files.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { SecretSign } from "../documents/readDocument";
import type { Question, Transfer } from "./panelCodes";
import { recommendation } from "./recommendation";

/** A question with what is to know of it and the button that does it. */
export function questionWords(question: Question): {
  message: string;
  detail: string;
  yes: string;
} {
  const { code, name } = question;
  switch (code) {
    case "insist":
      return {
        message: vscode.l10n.t('Switch on "{0}" anyway?', name),
        detail: question.outcome
          ? recommendation(question.outcome)
          : vscode.l10n.t("Whether it helps was not measured."),
        yes: vscode.l10n.t("Switch On Anyway"),
      };
    case "train-anyway":
      return {
        message: vscode.l10n.t('Train on "{0}" anyway?', name),
        detail: vscode.l10n.t(
          "{0} A model that was trained on this document can write it out again. If the document changes, you are asked again.",
          secretSentence(question.secret),
        ),
        yes: vscode.l10n.t("Train Anyway"),
      };
    case "delete":
      return {
        message: vscode.l10n.t('Delete "{0}"?', name),
        detail: vscode.l10n.t(
          "This removes the adapter and everything made from your documents for it. It cannot be undone.",
        ),
        yes: vscode.l10n.t("Delete"),
      };
    case "discard":
      return {
        message: vscode.l10n.t('Discard the training of "{0}"?', name),
        detail: vscode.l10n.t(
          "This removes what has been learned so far. It cannot be undone.",
        ),
        yes: vscode.l10n.t("Discard"),
      };
    default:
      return assertNever(code);
  }
}

/** What was found and where, and nothing of the secret itself. */
function secretSentence(secret: SecretSign): string {
  if (secret.kind === "name") {
    return vscode.l10n.t("Its name is one for files of keys or passwords.");
  }
  return vscode.l10n.t(
    "Line {0} may hold {1}. There may be more in other lines.",
    secret.line,
    secretKindWords(secret.kind),
  );
}

function secretKindWords(kind: Exclude<SecretSign["kind"], "name">): string {
  switch (kind) {
    case "private key":
      return vscode.l10n.t("a private key");
    case "token":
      return vscode.l10n.t("a token for a service");
    case "random key":
    case "named key":
      return vscode.l10n.t("a key");
    case "password":
      return vscode.l10n.t("a password");
    case "address":
      return vscode.l10n.t("an address with a password");
    case "authorization":
      return vscode.l10n.t("a key or password for signing in");
    case "seed words":
      return vscode.l10n.t("the seed words of a wallet");
    case "recovery codes":
      return vscode.l10n.t("recovery codes");
    default:
      return assertNever(kind);
  }
}

/** Asks for a name. */
export function renamePrompt(): string {
  return vscode.l10n.t("New name of the adapter");
}

/** Asks in which form an adapter goes out or comes in. */
export function formWords(transfer: Transfer) {
  const file = { label: vscode.l10n.t("One File"), form: "file" as const };
  const folder = { label: vscode.l10n.t("A Folder"), form: "folder" as const };
  return transfer === "export"
    ? {
        title: vscode.l10n.t("Export the Adapter As"),
        forms: [
          {
            ...file,
            detail: vscode.l10n.t("To share; Inkling can import it elsewhere."),
          },
          {
            ...folder,
            detail: vscode.l10n.t("For Python's peft, and for Inkling."),
          },
        ],
      }
    : {
        title: vscode.l10n.t("Import an Adapter From"),
        forms: [
          { ...file, detail: vscode.l10n.t("Exported by Inkling.") },
          {
            ...folder,
            detail: vscode.l10n.t("Written by Inkling or Python's peft."),
          },
        ],
      };
}

/** The button of the dialog that asks for an adapter's folder. */
export function folderLabel(transfer: Transfer): string {
  return transfer === "export"
    ? vscode.l10n.t("Export into This Folder")
    : vscode.l10n.t("Import This Folder");
}

/** The button of the dialog that asks for a file, and the kinds of files that it shows. */
export function fileWords(purpose: Transfer | "examples"): {
  label: string;
  filters: Record<string, string[]>;
} {
  if (purpose === "examples") {
    return {
      label: vscode.l10n.t("Learn from This File"),
      filters: {
        [vscode.l10n.t("Examples")]: ["jsonl", "ndjson", "json", "csv", "tsv"],
      },
    };
  }
  return {
    label:
      purpose === "export"
        ? vscode.l10n.t("Export to This File")
        : vscode.l10n.t("Import This File"),
    filters: { [vscode.l10n.t("Adapters")]: ["safetensors"] },
  };
}
