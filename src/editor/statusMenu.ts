// The menu behind the status item: what is going on, and the few things that one may want to do about it.

import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import type { Counters } from "./counters";
import type { Decisions } from "./decisions";
import { countsSummary } from "./countersMenu";
import { isOnEverywhere, isOnFor } from "./enablement";
import { activeProviders } from "./otherProviders";
import type { Settings } from "./settings";
import type { Snooze } from "./snooze";
import { activeDocument } from "./whereOn";
import {
  decisionSentence,
  stateSentence,
  timeOfDay,
} from "../words/editorWords";

const SNOOZE_MINUTES = [5, 15, 30, 60, 240];

/** What the menu reads and changes. */
export interface StatusMenuOptions {
  client: WorkerClient;
  settings: Settings;
  snooze: Snooze;
  decisions: Decisions;
  counters: Counters;
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
    ...otherProviderEntries(document),
    separator(vscode.l10n.t("Suggestions")),
    ...(document ? [languageEntry(options.settings, document)] : []),
    everywhereEntry(options.settings, document),
    snoozeEntry(options.snooze),
    ...((options.decisions.lastShown ?? options.decisions.lastWithheld)
      ? [
          commandEntry(
            vscode.l10n.t("$(lightbulb) Explain the last suggestion"),
            {
              command: "inkling.explain",
            },
          ),
        ]
      : []),
    {
      ...commandEntry(vscode.l10n.t("$(graph) Counters"), {
        command: "inkling.showCounters",
      }),
      description: countsSummary(options.counters.counts),
    },
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

/** Two sources of ghost text take each other's place; the user decides which one is to stay. */
function otherProviderEntries(
  document: vscode.TextDocument | undefined,
): Entry[] {
  const names = activeProviders(document?.languageId ?? "*");
  if (names.length === 0) return [];
  const label = vscode.l10n.t(
    "$(warning) Ghost text comes from {0} too",
    names.join(", "),
  );
  return [
    {
      label,
      description: vscode.l10n.t("VS Code shows one suggestion at a time"),
      run: () => vscode.commands.executeCommand("workbench.view.extensions"),
    },
  ];
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
