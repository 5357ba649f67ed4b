// The state of the panel's page in the person's language: why something cannot be, what happened, what to do next.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { Shortage } from "../documents/chooseDocuments";
import type { PanelNotice, PanelState } from "../protocol/panel";
import type { ExampleError, SettingField, Skipped } from "../protocol/training";
import { settingRanges, type SettingFault } from "../settings/trainingSettings";
import type {
  BlockedReason,
  CodedParts,
  FineTuningState,
  ListedAdapter,
  Notice,
  OutReason,
} from "./panelCodes";
import { leftOutWords } from "./leftOutWords";
import { recommendation } from "./recommendation";
import { writeFaultSentence } from "./writeFaultWords";

/** Further lines of a file that cannot be learned from are not told one by one. */
const MAX_TOLD_LINES = 50;

/** Each part that is in codes, put into words. */
const inWords: {
  [Part in keyof CodedParts]: (value: CodedParts[Part]) => PanelState[Part];
} = {
  documents: (documents) => ({
    ...documents,
    documents: documents.documents.map((document) => ({
      ...document,
      reason: document.reason ? reasonWords(document.reason) : "",
    })),
  }),
  examples: (examples) =>
    examples && {
      ...examples,
      errors: examples.errors.map((error) => ({
        line: error.line,
        text: exampleFaultSentence(error),
      })),
    },
  settings: ({ values, errors }) => ({
    values,
    errors: Object.fromEntries(
      Object.entries(errors).map(([field, fault]) => [
        field,
        settingFaultSentence(field as SettingField, fault),
      ]),
    ),
  }),
  blockedReason: (reason) => reason && blockedSentence(reason),
  run: (run) => run && { ...run, skipped: run.skipped.flatMap(skippedWords) },
  answer: (answer) =>
    answer && { ...answer, recommendation: recommendation(answer) },
  adapters: (adapters) =>
    adapters.map((adapter) => ({
      ...adapter,
      fault: adapter.fault ? adapterFaultSentence(adapter.fault) : "",
    })),
  notice: (notice) => notice && noticeInWords(notice),
};

/** Parts of the state as the page is sent them. */
export function panelInWords<Part extends Partial<FineTuningState>>(
  part: Part,
): { [Key in keyof Part]: PanelState[Key & keyof PanelState] } {
  const said = Object.entries(part).map(([key, value]) => {
    const say = inWords[key as keyof CodedParts] as
      ((value: unknown) => unknown) | undefined;
    return [key, say ? say(value) : value];
  });
  // The type of the table ties each part to its form in words.
  return Object.fromEntries(said) as ReturnType<typeof panelInWords<Part>>;
}

/** Why training cannot begin, and what to do. */
function blockedSentence(reason: BlockedReason): string {
  switch (reason.code) {
    case "collecting":
      return vscode.l10n.t("Looking through the workspace…");
    case "no-examples":
      return vscode.l10n.t("Choose a file with labelled examples.");
    case "wrong-setting":
      return vscode.l10n.t("A setting is not right: see below.");
    case "too-few-examples":
      return vscode.l10n.t(
        "The file holds {0} usable examples, and about {1} with different prompts are needed: some of them are held out for the proof.",
        reason.rows,
        reason.needed,
      );
    case "too-little-text":
      return shortageSentence(reason);
    default:
      return assertNever(reason);
  }
}

/** A notice with how grave it is and what can be done about it. */
function noticeInWords(notice: Notice): PanelNotice {
  return {
    severity: severityOf(notice),
    text: noticeSentence(notice),
    actions: actionsOn(notice),
  };
}

function severityOf({ code }: Notice): PanelNotice["severity"] {
  switch (code) {
    case "early-stop":
    case "exported":
    case "imported":
      return "info";
    case "no-folder":
    case "untrusted":
    case "virtual":
    case "no-storage":
    case "locked":
    case "elsewhere":
    case "diverged":
      return "warning";
    case "training-cannot-write":
    case "trainer-lost":
    case "training-failed":
    case "cannot-write":
    case "failed":
      return "error";
    default:
      return assertNever(code);
  }
}

function actionsOn(notice: Notice): PanelNotice["actions"] {
  const { code } = notice;
  const button = (
    label: string,
    kind: "manageTrust" | "openFolder" | "showLog",
  ) => [{ label, action: { kind } }];
  if (code === "untrusted") {
    return button(vscode.l10n.t("Manage Trust"), "manageTrust");
  }
  if (code === "no-folder" || code === "virtual" || code === "no-storage") {
    return button(vscode.l10n.t("Open Folder"), "openFolder");
  }
  const isTold = code === "failed" || code === "cannot-write";
  return severityOf(notice) === "error" && !isTold
    ? button(vscode.l10n.t("Show Log"), "showLog")
    : [];
}

// One sentence for each code, whatever the number of them.
function noticeSentence(notice: Notice): string {
  switch (notice.code) {
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
    case "locked":
      return vscode.l10n.t(
        "Another window ({0}) trains this workspace. Training begins here when it is done there.",
        notice.title,
      );
    case "elsewhere":
      return vscode.l10n.t(
        "Another window ({0}) trains this workspace. Stop it there, or wait until it is done.",
        notice.title,
      );
    case "diverged":
      return vscode.l10n.t(
        "The loss stopped being a number, so training ended and the best weights before that were kept. A lower learning rate helps.",
      );
    case "early-stop":
      return vscode.l10n.t(
        "Training ended early: the held-out text got no better. The best weights, of step {0}, were kept.",
        notice.bestStep,
      );
    case "training-cannot-write":
      return vscode.l10n.t(
        "{0} Once that is put right, resume: what was learned up to the last checkpoint is there.",
        writeFaultSentence(notice.fault),
      );
    case "trainer-lost":
      return vscode.l10n.t(
        "The trainer was ended from outside ({0}), most likely for want of memory. Close other programs, then resume: what was learned up to the last checkpoint is there. If it happens again, discard it and choose a smaller length.",
        notice.end,
      );
    case "training-failed":
      return vscode.l10n.t("Training stopped: {0}", notice.message);
    case "cannot-write":
      return writeFaultSentence(notice.fault);
    case "failed":
      return notice.message;
    case "exported":
      return vscode.l10n.t("Exported to {0}", notice.to);
    case "imported":
      return vscode.l10n.t(
        '"{0}" was imported. Whether it fits the model shows when it is switched on.',
        notice.name,
      );
    default:
      return assertNever(notice);
  }
}

/** Why a file is left out, in a few words. */
export function reasonWords(reason: OutReason): string {
  if (reason.code === "by-hand") return vscode.l10n.t("left out by you");
  return reason.duplicateOf === undefined
    ? leftOutWords(reason.code)
    : vscode.l10n.t("a copy of {0}", reason.duplicateOf);
}

/** What a run passes over, with the reason. */
function skippedWords(skipped: Skipped): { name: string; reason: string }[] {
  const { name } = skipped;
  if ("reason" in skipped) {
    return [{ name, reason: reasonWords({ code: skipped.reason }) }];
  }
  return skipped.lines.slice(0, MAX_TOLD_LINES).map((error) => {
    const reason = exampleFaultSentence(error);
    return { name, reason: vscode.l10n.t("Line {0}: {1}", error.line, reason) };
  });
}

/** Too little text, how much there is and how much is needed. */
function shortageSentence(shortage: Shortage): string {
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

/** What is wrong with a line of examples. */
function exampleFaultSentence({ fault, firstLine = 0 }: ExampleError): string {
  switch (fault) {
    case "not JSON":
      return vscode.l10n.t("it is not JSON");
    case "not an object":
      return vscode.l10n.t("it is not an object");
    case "table":
      return vscode.l10n.t(
        "the file is a table with columns; write its rows as JSON, one object a line",
      );
    case "preferences":
      return vscode.l10n.t(
        'it compares a "chosen" and a "rejected" answer; write the right one as "completion"',
      );
    case "text alone":
      return vscode.l10n.t(
        'it has a "text" and no question; learn plain texts as documents of the workspace',
      );
    case "several turns":
      return vscode.l10n.t(
        "it is a conversation of several turns; one question and its answer are a row",
      );
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
    case "longer than a block":
      return vscode.l10n.t("it is longer than a block");
    default:
      return assertNever(fault);
  }
}

/** What is wrong with a setting. */
function settingFaultSentence(
  field: SettingField,
  fault: SettingFault,
): string {
  const { min, max } = settingRanges[field];
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

/** What is wrong with an adapter in the list. */
function adapterFaultSentence(
  fault: NonNullable<ListedAdapter["fault"]>,
): string {
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
    case "refused":
      return fault.message;
    default:
      return assertNever(fault);
  }
}

/** The name of a new adapter. */
export function adapterName(workspace: string, date: Date): string {
  return vscode.l10n.t(
    "{0}, {1}",
    workspace,
    date.toLocaleDateString(vscode.env.language, { dateStyle: "medium" }),
  );
}
