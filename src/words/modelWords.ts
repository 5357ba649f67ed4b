// What is said of models of a user's own: in the list, while one is imported or fetched, after a trial.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import { faultOf, type FaultCode } from "../common/fault";
import { isWriteFault } from "../common/writeFault";
import type {
  FetchPlan,
  FetchProgress,
  FoundModel,
  ImportProgress,
  ModelOrigin,
  TrialFigures,
} from "../protocol/models";
import { writeFaultSentence } from "./writeFaultWords";

/** What is shown of a trial beside the figures of the model in the extension. */
export interface TrialReport {
  tried: TrialFigures;
  embedded: TrialFigures;
  /** The document that both were tried on; undefined for the text in the extension. */
  documentName: string | undefined;
  /** An adapter that is in use and belongs to the present model. */
  adapterName: string | undefined;
}

/** Bytes as megabytes or gigabytes, in units of 1000 as disks count. */
export function sizeWords(bytes: number): string {
  if (bytes >= 999.5e6) {
    return vscode.l10n.t("{0} GB", (bytes / 1e9).toFixed(1));
  }
  if (bytes < 0.1e6) {
    return vscode.l10n.t("{0} KB", Math.max(1, Math.round(bytes / 1e3)));
  }
  const amount = bytes / 1e6;
  return vscode.l10n.t(
    "{0} MB",
    amount < 1 ? amount.toFixed(1) : Math.round(amount),
  );
}

/** Which program a model was found at. */
export function originWords(origin: ModelOrigin): string {
  switch (origin) {
    case "hub-cache":
      return vscode.l10n.t("cache of Hugging Face");
    case "lm-studio":
      return "LM Studio";
    case "ollama":
      return "Ollama";
    case "llama.cpp":
      return "llama.cpp";
    default:
      return assertNever(origin);
  }
}

/** Size, and where it was found. */
export function foundWords({ sizeBytes, origin, fault }: FoundModel): string {
  const words = [
    ...(sizeBytes > 0 ? [sizeWords(sizeBytes)] : []),
    ...(origin ? [originWords(origin)] : []),
    ...(fault === undefined ? [] : [vscode.l10n.t("cannot be read")]),
  ];
  return words.join(", ");
}

/** Why a model of the list is not read: the cause first, then its place. */
export function faultWords({ faultCode, path }: FoundModel): string {
  return `${modelFaultSentence(faultCode)} ${path}`;
}

function modelFaultSentence(code: FaultCode = "unknown"): string {
  const causes: Partial<Record<FaultCode, string>> = {
    "unread-family": vscode.l10n.t("Inkling does not read this kind of model."),
    "no-whole-model": vscode.l10n.t("It is an adapter and no whole model."),
    "too-large": vscode.l10n.t(
      "It is larger than half of this machine's memory.",
    ),
    "missing-file": vscode.l10n.t("A file of it is missing."),
    "no-access": vscode.l10n.t("Inkling may not read it."),
  };
  return causes[code] ?? vscode.l10n.t("It is damaged, or no model.");
}

/** What a model of the list is good for. */
export function goodForWords(
  goodFor: "code" | "languages" | "english",
): string {
  switch (goodFor) {
    case "code":
      return vscode.l10n.t("Program code, and English about it");
    case "languages":
      return vscode.l10n.t(
        "Prose in many languages, among them Chinese, German, French and Spanish",
      );
    case "english":
      return vscode.l10n.t(
        "English prose; larger than the one in the extension",
      );
    default:
      return assertNever(goodFor);
  }
}

/** What it costs to have a model of the list. */
export function costWords(model: {
  sizeBytes: number;
  memoryBytes: number;
  licence: string;
}): string {
  return vscode.l10n.t(
    "fetches {0}, takes about {1} of memory, {2}",
    sizeWords(model.sizeBytes),
    sizeWords(model.memoryBytes),
    model.licence,
  );
}

/** What is fetched from where, before anything is. */
export function fetchDetail({
  plan,
  host,
  folder,
  freeBytes,
}: {
  plan: FetchPlan;
  host: string;
  folder: string;
  freeBytes: number | undefined;
}): string {
  const lines = [
    plan.sizeBytes === undefined
      ? vscode.l10n.t("Its size is not known before it comes.")
      : vscode.l10n.t("Size: {0}", sizeWords(plan.sizeBytes)),
    plan.licence === undefined
      ? vscode.l10n.t("Licence: look at {0} for it", host)
      : vscode.l10n.t("Licence: {0}", plan.licence),
    freeBytes === undefined
      ? vscode.l10n.t("It goes to {0}.", folder)
      : vscode.l10n.t(
          "It goes to {0}, where {1} are free.",
          folder,
          sizeWords(freeBytes),
        ),
    vscode.l10n.t(
      "Inkling asks {0}, and the servers that it leads to, for this model's files. Nothing of yours is sent.",
      host,
    ),
  ];
  return lines.join("\n");
}

/** How far a fetch is. */
export function fetchWords({ doneBytes, totalBytes }: FetchProgress): string {
  return totalBytes === undefined
    ? sizeWords(doneBytes)
    : vscode.l10n.t("{0} of {1}", sizeWords(doneBytes), sizeWords(totalBytes));
}

/** Why a model that was found cannot be had, the cause in the person's words, then what was found in the file. */
export function foundFaultSentence({
  name,
  fault,
  faultCode,
}: FoundModel): string {
  return vscode.l10n.t(
    "{0} cannot be used. {1} ({2})",
    name,
    modelFaultSentence(faultCode),
    fault ?? "",
  );
}

/** Why a model cannot be had, in one sentence; whoever says it offers the way out. */
export function modelFailureSentence(name: string, error: unknown): string {
  const fault = faultOf(error);
  if (isWriteFault(fault)) return writeFaultSentence(fault);
  const message = error instanceof Error ? error.message : String(error);
  return vscode.l10n.t("{0} cannot be used. {1}", name, message);
}

/** How far an import is. */
export function importWords(progress: ImportProgress): string {
  switch (progress.phase) {
    case "waiting":
      return vscode.l10n.t("getting ready, or waiting for another window");
    case "weights":
      return vscode.l10n.t(
        "weights, {0}%",
        Math.floor(progress.fraction * 100),
      );
    case "measuring":
      return vscode.l10n.t("measuring on text that it writes");
    default:
      return assertNever(progress);
  }
}

/** What an import takes of the disk, before it begins. */
export function importDetail(room: {
  neededBytes: number;
  freeBytes: number | undefined;
  folder: string;
}): string {
  const needed = sizeWords(room.neededBytes);
  return room.freeBytes === undefined
    ? vscode.l10n.t(
        "It takes about {0} in {1}. The original stays as it is.",
        needed,
        room.folder,
      )
    : vscode.l10n.t(
        "It takes about {0} in {1}, where {2} are free. The original stays as it is.",
        needed,
        room.folder,
        sizeWords(room.freeBytes),
      );
}

/** The figures of a trial, a line each, those of the model in the extension in parentheses. */
export function trialDetail({
  tried,
  embedded,
  documentName,
  adapterName,
}: TrialReport): string {
  const figure = (value: number | undefined, digits: number) =>
    value === undefined ? "–" : value.toFixed(digits);
  const lines = [
    vscode.l10n.t(
      "Speed: {0} tokens a second (the model in the extension: {1})",
      figure(tried.tokensPerSecond, 0),
      figure(embedded.tokensPerSecond, 0),
    ),
    vscode.l10n.t(
      "Memory: {0} ({1})",
      sizeWords(tried.residentBytes),
      sizeWords(embedded.residentBytes),
    ),
    documentName === undefined
      ? vscode.l10n.t(
          "Bits per character of English prose: {0} ({1}); fewer are better",
          figure(tried.bitsPerCharacter, 2),
          figure(embedded.bitsPerCharacter, 2),
        )
      : vscode.l10n.t(
          "Bits per character of {0}: {1} ({2}); fewer are better",
          documentName,
          figure(tried.bitsPerCharacter, 2),
          figure(embedded.bitsPerCharacter, 2),
        ),
    vscode.l10n.t("It wrote: {0}", JSON.stringify(tried.sample)),
  ];
  if (adapterName !== undefined) {
    lines.push(
      vscode.l10n.t(
        "An adapter works with the model that it was learned on alone, so this one stays off: {0}",
        adapterName,
      ),
    );
  }
  return lines.join("\n");
}
