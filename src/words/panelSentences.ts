// The state of the panel's page in the person's language: why something cannot be, what happened, what to do next.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { Shortage } from "../documents/chooseDocuments";
import { COMPLETION_COLUMNS, PROMPT_COLUMNS } from "../documents/tables";
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
      return vscode.l10n.t("Scanning the workspace…");
    case "no-examples":
      return vscode.l10n.t("Choose a file with labelled examples.");
    case "wrong-setting":
      return vscode.l10n.t("A setting is wrong: see below.");
    case "too-few-examples":
      return vscode.l10n.t(
        "Usable examples in the file: {0}. About {1} with different prompts are needed, since some are kept for testing.",
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
    return button(vscode.l10n.t("Open Folder…"), "openFolder");
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
        "Training needs files on a disk. Open a folder on this machine or on a remote one.",
      );
    case "no-storage":
      return vscode.l10n.t(
        "VS Code has no storage for this window, so an adapter could not be kept. Open a folder.",
      );
    case "locked":
      return vscode.l10n.t(
        "Another window ({0}) is training this workspace. Training starts here when it finishes there.",
        notice.title,
      );
    case "elsewhere":
      return vscode.l10n.t(
        "Another window ({0}) is training this workspace. Stop it there, or wait until it finishes.",
        notice.title,
      );
    case "diverged":
      return vscode.l10n.t(
        "Training became unstable and was stopped. The best weights so far were kept; try a lower learning rate.",
      );
    case "early-stop":
      return vscode.l10n.t(
        "Training stopped early: results on the test text no longer improved. The best weights (step {0}) were kept.",
        notice.bestStep,
      );
    case "training-cannot-write":
      return vscode.l10n.t(
        "{0} Once that is fixed, resume from the last checkpoint.",
        writeFaultSentence(notice.fault),
      );
    case "trainer-lost":
      return vscode.l10n.t(
        "The training process was ended ({0}), most likely because memory ran out. Close other programs, then resume from the last checkpoint. If it happens again, choose a smaller length.",
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
        '"{0}" was imported. Switch it on to check that it fits the model.',
        notice.name,
      );
    default:
      return assertNever(notice);
  }
}

/** Why a file is left out, in a few words. */
export function reasonWords(reason: OutReason): string {
  if (reason.code === "by-hand") return vscode.l10n.t("left out by you");
  if (reason.code === "allowed-by-hand") {
    return vscode.l10n.t("allowed by you");
  }
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
  if (shortage.trainingTokens === 0 && shortage.tooShort > 0) {
    return vscode.l10n.t(
      "Documents found: {0}, all of them too short. About {1} tokens are needed, some four pages: write more, or include other files.",
      shortage.tooShort.toLocaleString(vscode.env.language),
      shortage.neededTrainingTokens.toLocaleString(vscode.env.language),
    );
  }
  if (shortage.trainingTokens === 0) {
    return vscode.l10n.t(
      "No documents to train on. Include or write more: about {0} tokens are needed, some four pages.",
      shortage.neededTrainingTokens.toLocaleString(vscode.env.language),
    );
  }
  if (shortage.trainingTokens < shortage.neededTrainingTokens) {
    return vscode.l10n.t(
      "Too little training text: about {0} of {1} tokens. Include more files.",
      shortage.trainingTokens.toLocaleString(vscode.env.language),
      shortage.neededTrainingTokens.toLocaleString(vscode.env.language),
    );
  }
  return vscode.l10n.t(
    "One document alone cannot be learned from and tested on. Documents needed besides, to test on: {0}. Add one, or split it.",
    shortage.neededHeldOutDocuments,
  );
}

/** What is wrong with a line of examples. */
function exampleFaultSentence({
  line,
  fault,
  firstLine = 0,
  columns = "",
}: ExampleError): string {
  switch (fault) {
    case "not JSON":
      return vscode.l10n.t("it is not JSON");
    case "not an object":
      return vscode.l10n.t("it is not an object");
    case "columns":
      return vscode.l10n.t(
        "the file is a table with the columns {0}; name one of them {1}, and one {2}",
        columns,
        PROMPT_COLUMNS.join(", "),
        COMPLETION_COLUMNS.join(", "),
      );
    case "open quote":
      return vscode.l10n.t(
        "the file is a table with a quoted column that does not end before line {0}",
        line,
      );
    case "other columns":
      return vscode.l10n.t(
        "it has another number of columns than the first line; write texts with the separator in them in quotes",
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
        "it is a conversation of several turns; use one question and its answer per row",
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
      return vscode.l10n.t("Enter a number from {0} to {1}.", min, max);
    case "not-whole":
      return vscode.l10n.t("Enter a whole number from {0} to {1}.", min, max);
    case "out-of-range":
      return vscode.l10n.t("It must be between {0} and {1}.", min, max);
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
