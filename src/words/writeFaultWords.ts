// Why something could not be written, in the person's language.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { WriteFault } from "../common/fault";
import { twoSentences } from "./joining";

/** What is wrong with a place, and where what was made is instead. */
export function writeFaultSentence(fault: WriteFault): string {
  const state = stateSentence(fault);
  if (fault.keptIn === undefined) return state;
  const kept = vscode.l10n.t("What was made is kept in {0}.", fault.keptIn);
  return twoSentences(state, kept);
}

// One sentence for each code, whatever the number of them.
function stateSentence(fault: WriteFault): string {
  const { code, path } = fault;
  switch (code) {
    case "disk-full":
      return fullSentence(fault);
    case "no-more-files":
      return vscode.l10n.t(
        "{0} could not be written: the disk has no room for another file. Remove some files.",
        path,
      );
    case "quota":
      return vscode.l10n.t(
        "{0} could not be written: you have used up your quota on this disk.",
        path,
      );
    case "file-too-large":
      return vscode.l10n.t(
        "{0} could not be written: the file would be larger than the disk or the system allows.",
        path,
      );
    case "read-only":
      return vscode.l10n.t(
        "{0} could not be written: the disk is read-only.",
        path,
      );
    case "no-access":
      return vscode.l10n.t(
        "{0} could not be written: you do not have permission.",
        path,
      );
    case "not-a-folder":
      return vscode.l10n.t(
        "{0} could not be written: there is already a file or folder by that name.",
        path,
      );
    case "name-too-long":
      return vscode.l10n.t(
        "{0} could not be written: the name is too long.",
        path,
      );
    case "link-circle":
      return vscode.l10n.t(
        "{0} could not be written: the links on its path lead in a circle.",
        path,
      );
    case "too-many-open":
      return vscode.l10n.t(
        "{0} could not be written: too many files are open. Close other programs.",
        path,
      );
    case "in-use":
      return vscode.l10n.t(
        "{0} could not be written: another program is using it.",
        path,
      );
    case "broken-disk":
      return vscode.l10n.t(
        "{0} could not be written: the disk reports an error.",
        path,
      );
    default:
      return assertNever(code);
  }
}

/** Sizes are rounded so that what is asked for is enough. */
function fullSentence({ path, neededBytes, freeBytes }: WriteFault): string {
  if (freeBytes === undefined) {
    return vscode.l10n.t("{0} could not be written: the disk is full.", path);
  }
  const free = Math.floor(freeBytes / 1e6).toLocaleString(vscode.env.language);
  if (neededBytes === undefined) {
    return vscode.l10n.t(
      "{0} could not be written: the disk is full, with {1} MB free.",
      path,
      free,
    );
  }
  return vscode.l10n.t(
    "{0} could not be written: it needs {1} MB, and the disk has {2} MB free.",
    path,
    Math.ceil(neededBytes / 1e6).toLocaleString(vscode.env.language),
    free,
  );
}
