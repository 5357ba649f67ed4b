// What is wrong with `inkling.prompts`, in one sentence: what it is, and what was expected.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { EntryFault, PromptFault } from "../writing/ownTasks";
import { listOf } from "./joining";

/** Without a full stop. */
export function promptFaultSentence(fault: PromptFault): string {
  switch (fault.code) {
    case "not-a-list":
      return vscode.l10n.t(
        "Cannot use the setting inkling.prompts: it is {0}, expected a list of prompts",
        fault.found,
      );
    case "too-many":
      return vscode.l10n.t(
        "Cannot use all entries of the setting inkling.prompts: there are {0}, expected at most {1}",
        fault.count,
        fault.max,
      );
    case "entry":
      return vscode.l10n.t(
        "Cannot use entry {0} of the setting inkling.prompts: {1}",
        fault.number,
        entryFaultWords(fault.fault),
      );
    default:
      return assertNever(fault);
  }
}

function entryFaultWords(fault: EntryFault): string {
  switch (fault.code) {
    case "not-an-object":
      return vscode.l10n.t(
        "it is {0}, expected an object with name and prompt",
        fault.found,
      );
    case "name-no-text":
      return vscode.l10n.t("its name is {0}, expected a text", fault.found);
    case "prompt-no-text":
      return vscode.l10n.t("its prompt is {0}, expected a text", fault.found);
    case "long-name":
      return vscode.l10n.t(
        "its name has {0} characters, expected at most {1}",
        fault.characters,
        fault.max,
      );
    case "long-prompt":
      return vscode.l10n.t(
        "its prompt has {0} characters, expected at most {1}",
        fault.characters,
        fault.max,
      );
    case "name-taken":
      return vscode.l10n.t(
        'its name "{0}" is taken by an entry above, expected another',
        fault.name,
      );
    case "unknown-variable":
      return vscode.l10n.t(
        "its prompt names {0}, expected one of {1}",
        fault.name,
        listOf(fault.known),
      );
    case "unknown-target":
      return vscode.l10n.t(
        "its target is {0}, expected one of {1}",
        fault.found,
        listOf(fault.known),
      );
    default:
      return assertNever(fault);
  }
}
