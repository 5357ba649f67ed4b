// The menu behind the status item: what is going on, and the few things that one may want to do about it.

import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import type { Decisions } from "./decisions";
import { isOnEverywhere, isOnFor } from "./enablement";
import type { Settings } from "./settings";
import type { Snooze } from "./snooze";
import { activeDocument } from "./whereOn";
import { decisionSentence, stateSentence, timeOfDay } from "./words";

const SNOOZE_MINUTES = [5, 15, 30, 60, 240];

/** What the menu reads and changes. */
export interface StatusMenuOptions {
  client: WorkerClient;
  settings: Settings;
  snooze: Snooze;
  decisions: Decisions;
}

interface Entry extends vscode.QuickPickItem {
  run?: () => unknown;
}

/** Shows the menu and does what is chosen. */
export async function showStatusMenu(
  options: StatusMenuOptions,
): Promise<void> {
  const document = activeDocument();
  const entries: Entry[] = [
    ...newsEntries(options),
    separator(vscode.l10n.t("Suggestions")),
    ...(document ? [languageEntry(options.settings, document)] : []),
    everywhereEntry(options.settings, document),
    snoozeEntry(options.snooze),
    separator(vscode.l10n.t("Model")),
    ...modelEntries(options.client),
    commandEntry(vscode.l10n.t("$(gear) Settings"), {
      command: "workbench.action.openSettings",
      argument: "@ext:inkling.inkling",
    }),
    commandEntry(vscode.l10n.t("$(output) Log"), {
      command: "inkling.showLog",
    }),
  ];
  const title = await titleOf(options.client);
  const chosen = await vscode.window.showQuickPick(entries, { title });
  await chosen?.run?.();
}

/** Asks for how long, then pauses; `minutes` can come from a keybinding's arguments. */
export async function askForSnooze(
  snooze: Snooze,
  minutes?: unknown,
): Promise<void> {
  if (typeof minutes === "number" && minutes > 0) {
    snooze.start(minutes);
    return;
  }
  const choices = SNOOZE_MINUTES.map((each) => ({
    label: vscode.l10n.t("{0} minutes", each),
    minutes: each,
  }));
  const chosen = await vscode.window.showQuickPick(choices, {
    placeHolder: vscode.l10n.t("No suggestions in this window for"),
  });
  if (chosen) snooze.start(chosen.minutes);
}

async function titleOf(client: WorkerClient): Promise<string> {
  const memory = await client.memory().catch(() => undefined);
  if (!memory) return "Inkling";
  const megabytes = Math.round(memory.residentBytes / 2 ** 20);
  return vscode.l10n.t(
    "Inkling: this window's extensions use {0} MB",
    megabytes,
  );
}

function newsEntries({ client, decisions }: StatusMenuOptions): Entry[] {
  const news: Entry[] = [
    commandEntry(`$(info) ${stateSentence(client.state)}`, {
      command: "inkling.showLog",
    }),
  ];
  if (decisions.last) {
    const label = `$(comment) ${decisionSentence(decisions.last)}`;
    news.push(commandEntry(label, { command: "inkling.showLog" }));
  }
  return news;
}

function languageEntry(
  settings: Settings,
  document: vscode.TextDocument,
): Entry {
  const { languageId } = document;
  const isOn = isOnFor(languageId, settings.read(document).enable);
  return {
    label: isOn
      ? vscode.l10n.t('$(circle-slash) Turn off for "{0}"', languageId)
      : vscode.l10n.t('$(check) Turn on for "{0}"', languageId),
    run: () => settings.turnLanguage(document, !isOn),
  };
}

function everywhereEntry(
  settings: Settings,
  document: vscode.TextDocument | undefined,
): Entry {
  const isOn = isOnEverywhere(settings.read(document).enable);
  return {
    label: isOn
      ? vscode.l10n.t("$(circle-slash) Turn off everywhere")
      : vscode.l10n.t("$(check) Turn on everywhere"),
    run: () => settings.turnEverywhere(!isOn, document),
  };
}

function snoozeEntry(snooze: Snooze): Entry {
  return snooze.until
    ? {
        label: vscode.l10n.t("$(bell) End the snooze"),
        description: vscode.l10n.t(
          "until {0}",
          timeOfDay(snooze.until.getTime()),
        ),
        run: () => snooze.stop(),
      }
    : {
        label: vscode.l10n.t("$(bell-slash) Snooze..."),
        run: () => askForSnooze(snooze),
      };
}

function modelEntries({ state }: WorkerClient): Entry[] {
  if (state.kind === "stopped") return [];
  const label =
    state.kind === "blocked" || state.kind === "failed"
      ? vscode.l10n.t("$(refresh) Try to load the model again")
      : vscode.l10n.t("$(refresh) Restart the model");
  return [commandEntry(label, { command: "inkling.restart" })];
}

function commandEntry(
  label: string,
  { command, argument }: { command: string; argument?: string },
): Entry {
  return {
    label,
    run: () =>
      vscode.commands.executeCommand(
        command,
        ...(argument === undefined ? [] : [argument]),
      ),
  };
}

function separator(label: string): Entry {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
