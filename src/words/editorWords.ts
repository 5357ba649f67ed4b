// Puts codes and figures into the user's language. Everything below the editor speaks in codes.

import path from "node:path";
import * as vscode from "vscode";
import type { WorkerState } from "../client/workerClient";
import { assertNever } from "../common/assertNever";
import type { GateMode } from "../completion/decision";
import type { Suggestion } from "../completion/completer";
import type { TokenSource } from "../protocol/generation";
import { percentage } from "./joining";
import { languageName, writtenLanguageName } from "./languageNames";
import type { EditorDecision } from "./editorCodes";
import type { ExcludedBy } from "./editorCodes";

type Silence = Extract<EditorDecision, { kind: "silent" }>["reason"];

/** The last decision in one sentence. */
export function decisionSentence(decision: EditorDecision): string {
  if (decision.kind === "silent") {
    return vscode.l10n.t("No suggestion: {0}", silenceWords(decision.reason));
  }
  const confidence = formatProbability(decision.confidence);
  const [first, ...others] = decision.suggestions;
  if (others.length > 0) {
    return vscode.l10n.t(
      "{0} suggestions, the first {1} sure",
      others.length + 1,
      confidence,
    );
  }
  const words = vscode.l10n.t("Suggestion, {0} sure", confidence);
  const source = first && sourceOf(first);
  return source ? vscode.l10n.t("{0}; {1}", words, sourceWords(source)) : words;
}

/** Where a memory has the first token of a suggestion from that it speaks for. */
export function sourceOf(
  suggestion: Pick<Suggestion, "tokens">,
): TokenSource | undefined {
  return suggestion.tokens.find(({ source }) => source)?.source;
}

/** Where a suggestion came from, without a full stop. */
export function sourceWords(source: TokenSource): string {
  return source.kind === "this-text"
    ? vscode.l10n.t("you wrote this above")
    : vscode.l10n.t("you wrote this in {0}", documentName(source.name));
}

/** A path relative to the workspace where it lies in it. */
export function documentName(name: string): string {
  return vscode.workspace.asRelativePath(name);
}

/** Why nothing is shown, without a full stop. */
export function silenceWords(reason: Silence): string {
  switch (reason.code) {
    case "off":
      return vscode.l10n.t(
        "turned off for {0}",
        languageName(reason.languageId),
      );
    case "snoozed":
      return vscode.l10n.t("snoozed until {0}", timeOfDay(reason.untilMs));
    case "unsuitable-document":
      return schemeWords(reason.scheme);
    case "excluded":
      return exclusionWords(reason.by);
    case "inline-suggestions-off":
      return vscode.l10n.t('the setting "editor.inlineSuggest.enabled" is off');
    case "error":
      return vscode.l10n.t("an error: {0}", reason.message);
    case "long-line":
      return vscode.l10n.t(
        "the cursor is where VS Code no longer draws this long line",
      );
    case "no-context":
      return vscode.l10n.t("there is no text to continue");
    case "cancelled":
      return vscode.l10n.t(
        "the text or the cursor changed before the answer came",
      );
    case "nothing-generated":
      return vscode.l10n.t("the text seems to end here");
    case "unsure":
      return vscode.l10n.t("only {0} sure (shows at {1})", ...sureness(reason));
    case "rejected-here":
      return vscode.l10n.t(
        "only {0} sure (shows at {1} after rejections here)",
        ...sureness(reason),
      );
    case "dismissed-here":
      return vscode.l10n.t("you dismissed this here");
    case "too-short":
      return reason.characters === 1
        ? vscode.l10n.t("a single character is too short")
        : vscode.l10n.t(
            "{0} characters are too short (shows at {1})",
            reason.characters,
            reason.threshold,
          );
    case "whitespace-only":
      return vscode.l10n.t("it would be only white space");
    case "indentation":
      return vscode.l10n.t("Tab indents at the start of a line");
    case "repetition":
      return vscode.l10n.t("it would repeat itself");
    case "copy-of-following-text":
      return vscode.l10n.t("what the model wrote already follows the cursor");
    case "mid-word-after-cursor":
      return vscode.l10n.t("the cursor is inside a word");
    case "word-after-cursor":
      return vscode.l10n.t("a word follows right after the cursor");
    case "text-after-cursor":
      return vscode.l10n.t(
        "what the model wrote does not lead to the words after the cursor",
      );
    case "unknown-language":
      return vscode.l10n.t(
        "the model does not know {0} well ({1})",
        writtenLanguageName(reason.language),
        otherModelWords(),
      );
    case "suggest-widget":
      return vscode.l10n.t(
        "it does not continue the item selected in the list",
      );
    default:
      return assertNever(reason);
  }
}

/** How to come to another model. */
function otherModelWords(): string {
  return vscode.l10n.t('"Choose Model" finds another');
}

/** The kinds of documents that VS Code and its git extension open, which are called by their schemes nowhere else. */
function schemeWords(scheme: string): string {
  switch (scheme) {
    case "git":
      return vscode.l10n.t("off in earlier versions of files");
    case "output":
      return vscode.l10n.t("off in output");
    case "vscode-userdata":
    case "vscode":
      return vscode.l10n.t("off in VS Code's own files");
    case "debug":
      return vscode.l10n.t("off in the sources that a debugger shows");
    case "inkling-preview":
      return vscode.l10n.t("off in previews");
    default:
      return vscode.l10n.t('off in documents of the kind "{0}"', scheme);
  }
}

function exclusionWords(by: ExcludedBy): string {
  switch (by) {
    case "secret":
      return vscode.l10n.t("files with this name often hold secrets");
    case "link-to-secret":
      return vscode.l10n.t("it links to a file that may hold secrets");
    case "secret-text":
      return vscode.l10n.t(
        'its text holds something like a key or a password (the setting "inkling.documentsWithSecrets" allows suggestions)',
      );
    case "setting":
      return vscode.l10n.t(
        'the setting "inkling.exclude" keeps this file from being read',
      );
    case "git":
      return vscode.l10n.t("git ignores this file, so it is not read");
    default:
      return assertNever(by);
  }
}

/** What the worker is doing, in one sentence. */
export function stateSentence(state: WorkerState): string {
  switch (state.kind) {
    case "stopped":
      return state.reason === "idle"
        ? vscode.l10n.t(
            "Model unloaded while idle; it loads again when you type",
          )
        : vscode.l10n.t("The model loads when you open a text");
    case "loading":
      return vscode.l10n.t("Loading the model, {0}%", percent(state.fraction));
    case "ready":
      return vscode.l10n.t("Ready");
    case "failed":
      return vscode.l10n.t(
        "The model failed (next try in {0} s): {1}",
        Math.ceil(state.nextTryMs / 1000),
        state.error.message,
      );
    case "blocked":
      return vscode.l10n.t(
        "VS Code ended twice in a row while loading the model {0} (last time {1}). Inkling is off until you try again or choose another model",
        path.basename(state.crash.modelFolder),
        new Date(state.crash.writtenAtMs).toLocaleString(vscode.env.language),
      );
    default:
      return assertNever(state);
  }
}

/** A fraction as a whole number of hundredths. */
export function percent(fraction: number): number {
  return Math.round(fraction * 100);
}

/** Hours and minutes. */
export function timeOfDay(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString(vscode.env.language, {
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** A probability as it is shown; one that is not 0 is never called so. */
export function formatProbability(probability: number): string {
  return probability > 0 && probability < 0.005
    ? `<${percentage(0.01)}`
    : percentage(probability);
}

/** What is too low and what is asked for: rounded apart, since 44.9% are less than 45%. */
function sureness({
  confidence,
  threshold,
}: {
  confidence: number;
  threshold: number;
}): [string, string] {
  const floor = Math.floor(confidence * 100);
  // 0.29 * 100 is a little more than 29.
  const ceiling = Math.ceil(threshold * 100 - 1e-6);
  return [
    floor === 0 && confidence > 0
      ? `<${percentage(0.01)}`
      : percentage(floor / 100),
    percentage(Math.max(ceiling, floor + 1) / 100),
  ];
}

/** How sure Inkling must be, as a person calls it. */
export function modeName(mode: GateMode): string {
  switch (mode) {
    case "quiet":
      return vscode.l10n.t("quiet");
    case "balanced":
      return vscode.l10n.t("balanced");
    case "eager":
      return vscode.l10n.t("eager");
    default:
      return assertNever(mode);
  }
}

/** That the model of the settings is not in use; undefined where it is. */
export function modelFaultSentence(model: {
  name: string;
  modelFault?: string | undefined;
}): string | undefined {
  return (
    model.modelFault &&
    vscode.l10n.t(
      'The model in the setting "inkling.model" cannot be used. In use instead: {0}. {1}',
      model.name,
      model.modelFault,
    )
  );
}

/** What the status item says of the adapter. */
export function adapterSentence(model: {
  adapter: { name: string } | undefined;
  adapterFault?: string | undefined;
}): string | undefined {
  if (model.adapterFault !== undefined) {
    return vscode.l10n.t("Adapter not used: {0}", model.adapterFault);
  }
  return model.adapter && vscode.l10n.t("Adapter: {0}", model.adapter.name);
}
