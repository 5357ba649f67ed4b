// What the host says in the panel, in the person's language: why something cannot be, what happened, what to do next.

import * as vscode from "vscode";
import { TrainerLostError } from "../client/trainerClient";
import { assertNever } from "../common/assertNever";
import { faultOf } from "../common/fault";
import type { Shortage } from "../documents/chooseDocuments";
import type { ExampleError } from "../documents/examples";
import type { LeftOutReason } from "../documents/readDocument";
import type {
  ExamplesReport,
  TrainingOutcome,
  Verdict,
} from "../protocol/training";
import type { SettingFault, SettingRange } from "../settings/trainingSettings";
import type { AdapterFault } from "../adapters/adapterFolders";

export * from "./panelDialogs";

/** Why nothing can be trained in a window. */
export type Obstacle = "no-folder" | "untrusted" | "virtual" | "no-storage";

/** Why nothing can be trained here, and what to do. */
export function obstacleSentence(obstacle: Obstacle): string {
  switch (obstacle) {
    case "no-folder":
      return vscode.l10n.t(
        "No folder is open. Open the folder whose text Inkling should learn.",
      );
    case "untrusted":
      return vscode.l10n.t(
        "This workspace is not trusted, so nothing is learned from it. Trust it to go on.",
      );
    case "virtual":
      return vscode.l10n.t(
        "The files of this workspace are not on a disk, and training reads them from one. Open a folder of this machine or of a remote one.",
      );
    case "no-storage":
      return vscode.l10n.t(
        "VS Code keeps no storage for this window, so an adapter would have no place. Open a folder.",
      );
    default:
      return assertNever(obstacle);
  }
}

/** Why a file is left out, in a few words. */
export function reasonWords(
  reason: LeftOutReason,
  {
    duplicateOf,
    isByHand,
  }: { duplicateOf?: string | undefined; isByHand: boolean },
): string {
  if (isByHand) return vscode.l10n.t("left out by you");
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
      return duplicateOf === undefined
        ? vscode.l10n.t("a copy of another document")
        : vscode.l10n.t("a copy of {0}", duplicateOf);
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
    default:
      return assertNever(reason);
  }
}

/** Too little text, how much there is and how much is needed. */
export function shortageSentence(shortage: Shortage): string {
  if (shortage.trainingTokens === 0) {
    return vscode.l10n.t(
      "There are no documents to learn from. Include more files, or write some: at least about {0} tokens are needed, which is four pages.",
      shortage.neededTrainingTokens.toLocaleString(vscode.env.language),
    );
  }
  if (shortage.trainingTokens < shortage.neededTrainingTokens) {
    return vscode.l10n.t(
      "There is too little text: about {0} tokens to learn from, where {1} are needed. Include more files.",
      shortage.trainingTokens.toLocaleString(vscode.env.language),
      shortage.neededTrainingTokens.toLocaleString(vscode.env.language),
    );
  }
  return vscode.l10n.t(
    "No document is held out, so nobody could say whether training helped. Hold out at least {0}.",
    shortage.neededHeldOutDocuments,
  );
}

/** Said before a file of examples is chosen. */
export function noExamplesSentence(): string {
  return vscode.l10n.t("Choose a file with labelled examples.");
}

/** Too few labelled examples. */
export function tooFewExamples({
  rows,
  needed,
}: {
  rows: number;
  needed: number;
}): string {
  return vscode.l10n.t(
    "The file holds {0} usable examples, and about {1} with different prompts are needed: some of them are held out for the proof.",
    rows,
    needed,
  );
}

/** What is wrong with a line of examples, and that it is passed over. */
export function exampleFaultSentence({
  fault,
  firstLine = 0,
}: ExampleError): string {
  switch (fault) {
    case "not JSON":
      return vscode.l10n.t("it is not JSON");
    case "not an object":
      return vscode.l10n.t("it is not an object");
    case "no prompt":
      return vscode.l10n.t('it has no text called "prompt"');
    case "no completion":
      return vscode.l10n.t('it has no text called "completion"');
    case "empty prompt":
      return vscode.l10n.t("its prompt is empty");
    case "empty completion":
      return vscode.l10n.t("its completion is empty");
    case "duplicate":
      return vscode.l10n.t("it is the same as line {0}", firstLine);
    default:
      return assertNever(fault);
  }
}

/** Said while documents are looked for. */
export function collectingSentence(): string {
  return vscode.l10n.t("Looking through the workspace…");
}

/** Said when a setting is wrong. */
export function settingsHindrance(): string {
  return vscode.l10n.t("A setting is not right: see below.");
}

/** What is wrong with a setting. */
export function settingFaultSentence(
  fault: SettingFault,
  { min, max }: SettingRange,
): string {
  switch (fault) {
    case "not-a-number":
      return vscode.l10n.t("Write a number from {0} to {1}.", min, max);
    case "not-whole":
      return vscode.l10n.t("Write a whole number from {0} to {1}.", min, max);
    case "out-of-range":
      return vscode.l10n.t("It must lie between {0} and {1}.", min, max);
    default:
      return assertNever(fault);
  }
}

/** Switch on or do not, and why. */
export function recommendation(outcome: TrainingOutcome): string {
  const { verdict, proof, examples } = outcome;
  if (examples) return recommendationOnExamples(verdict, examples);
  if (!proof || verdict === "not-measured") {
    return vscode.l10n.t(
      "Leave it off: nothing was measured, so nobody knows whether it helps.",
    );
  }
  const { before, after } = proof.saved1Word;
  switch (verdict) {
    case "helps":
      return vscode.l10n.t(
        "Switch it on: on text that it has not seen it saves {0} of the keystrokes, where the model without it saves {1}.",
        percent(after),
        percent(before),
      );
    case "forgets":
      return vscode.l10n.t(
        "Leave it off: it has become worse at general prose than is worth the gain here.",
      );
    case "no-gain":
      return vscode.l10n.t(
        "Leave it off: on text that it has not seen it saves {0} of the keystrokes and the model without it {1}, a difference that may be chance.",
        percent(after),
        percent(before),
      );
    default:
      return assertNever(verdict);
  }
}

function recommendationOnExamples(
  verdict: Verdict,
  { accuracy: { before, after } }: ExamplesReport,
): string {
  const [without, withIt] = [percent(before), percent(after)];
  if (verdict === "helps") {
    return vscode.l10n.t(
      "Switch it on: it answers {0} of the held-out rows exactly, and the model without it {1}.",
      withIt,
      without,
    );
  }
  if (verdict === "forgets") {
    return vscode.l10n.t(
      "Leave it off: it answers {0} of the held-out rows exactly, and the model without it {1}, but it has become worse at general prose.",
      withIt,
      without,
    );
  }
  return vscode.l10n.t(
    "Leave it off: it answers {0} of the held-out rows exactly, and the model without it {1}, which may be chance.",
    withIt,
    without,
  );
}

/** How a run ended, where that is news; empty for one that just finished. */
export function endingSentence(outcome: TrainingOutcome): string {
  switch (outcome.ended) {
    case "diverged":
      return vscode.l10n.t(
        "The loss stopped being a number, so training ended and the best weights before that were kept. A lower learning rate helps.",
      );
    case "early-stop":
      return vscode.l10n.t(
        "Training ended early: the held-out text got no better. The best weights, of step {0}, were kept.",
        outcome.bestStep,
      );
    case "finished":
    case "time-limit":
    case "stopped":
      return "";
    default:
      return assertNever(outcome.ended);
  }
}

/** What is wrong with an adapter in the list. */
export function adapterFaultSentence(fault: AdapterFault): string {
  switch (fault.code) {
    case "missing-file":
      return vscode.l10n.t(
        "It cannot be used: {0} is missing. Delete it, or import it again.",
        fault.file,
      );
    case "damaged-file":
      return vscode.l10n.t(
        "It cannot be used: {0} is damaged. Delete it, or import it again.",
        fault.file,
      );
    default:
      return assertNever(fault);
  }
}

/** What training came to grief over, and what to do next. */
export function troubleSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (faultOf(error).code === "disk-full") {
    return vscode.l10n.t(
      "The disk is full ({0}). Free some space, then resume: what was learned up to the last checkpoint is there.",
      message,
    );
  }
  if (error instanceof TrainerLostError) {
    const { signal, code } = error.end;
    return vscode.l10n.t(
      "The trainer was ended from outside ({0}), most likely for want of memory. Close other programs, then resume: what was learned up to the last checkpoint is there. If it happens again, discard it and choose a smaller length.",
      signal ?? String(code),
    );
  }
  return vscode.l10n.t("Training stopped: {0}", message);
}

/** What could not be done, for anything but training. */
export function failureSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Another window trains. */
export function lockedSentence(title: string): string {
  return vscode.l10n.t(
    "Another window ({0}) trains this workspace. Training begins here when it is done there.",
    title,
  );
}

/** Another window trains, so that what is asked for here must wait. */
export function elsewhereSentence(title: string): string {
  return vscode.l10n.t(
    "Another window ({0}) trains this workspace. Stop it there, or wait until it is done.",
    title,
  );
}

/** Labels of the notices' buttons. */
export function actionLabels() {
  return {
    trust: vscode.l10n.t("Manage Trust"),
    openFolder: vscode.l10n.t("Open Folder"),
    showLog: vscode.l10n.t("Show Log"),
  };
}

/** The name of a new adapter. */
export function adapterName(workspace: string, date: Date): string {
  return vscode.l10n.t(
    "{0}, {1}",
    workspace,
    date.toLocaleDateString(vscode.env.language, { dateStyle: "medium" }),
  );
}

function percent(fraction: number): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${(fraction * 100).toLocaleString(vscode.env.language, digits)}\u00a0%`;
}

/** Where an adapter was copied to. */
export function exportedSentence(folder: string): string {
  return vscode.l10n.t("Exported to {0}", folder);
}

/** An adapter was copied in. */
export function importedSentence(name: string): string {
  return vscode.l10n.t(
    '"{0}" was imported. Whether it fits the model shows when it is switched on.',
    name,
  );
}
