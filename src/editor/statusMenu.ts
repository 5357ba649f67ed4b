// The menu behind the status item: first what people look for, then the last decision and where it is on, then the rest.

import path from "node:path";
import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import type { GateMode } from "../completion/decision";
import type { Counters } from "../counters/counters";
import type { Decisions } from "./decisions";
import { isOnEverywhere, isOnFor } from "./enablement";
import { activeProviders } from "./otherProviders";
import type { Settings } from "./settings";
import type { Snooze } from "./snooze";
import { activeDocument } from "./whereOn";
import { listOf } from "../words/joining";
import { countersSummary } from "../words/countersWords";
import { languageName } from "../words/languageNames";
import {
  adapterSentence,
  decisionSentence,
  modeName,
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
    ...troubleEntries(options.client),
    ...(await firstEntries(options, document)),
    separator(vscode.l10n.t("Suggestions")),
    ...decisionEntries(options.decisions),
    ...otherProviderEntries(document),
    ...(document ? [languageEntry(options.settings, document)] : []),
    everywhereEntry(options.settings, document),
    snoozeEntry(options.snooze),
    commandEntry(vscode.l10n.t("$(graph) Counters"), {
      command: "inkling.showCounters",
      description: countersSummary(options.counters.state.today),
    }),
    separator(vscode.l10n.t("More")),
    commandEntry(vscode.l10n.t("$(gear) Settings"), {
      command: "workbench.action.openSettings",
      argument: "@ext:inkling.inkling",
    }),
    ...restartEntries(options.client),
    commandEntry(vscode.l10n.t("$(output) Log"), {
      command: "inkling.showLog",
    }),
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: "Inkling",
    matchOnDescription: true,
  });
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
    placeHolder: vscode.l10n.t("Pause suggestions in this window for"),
  });
  if (chosen) snooze.start(chosen.minutes);
}

/** What has to be mended before anything else is of use. */
function troubleEntries({ state }: WorkerClient): Entry[] {
  if (state.kind !== "failed" && state.kind !== "blocked") return [];
  return [
    commandEntry(vscode.l10n.t("$(warning) Try to load the model again"), {
      command: "inkling.restart",
      detail: stateSentence(state),
    }),
  ];
}

/** What people look for, in the order of how often. */
async function firstEntries(
  options: StatusMenuOptions,
  document: vscode.TextDocument | undefined,
): Promise<Entry[]> {
  const { client, settings } = options;
  const { mode } = settings.read(document);
  return [
    commandEntry(vscode.l10n.t("$(sparkle) Generate from selection..."), {
      command: "inkling.generate",
    }),
    commandEntry(vscode.l10n.t("$(mortar-board) Fine-tune on this workspace"), {
      command: "inkling.fineTune",
      description: adapterWords(client),
    }),
    {
      label: vscode.l10n.t("$(dashboard) Mode: {0}", modeName(mode)),
      run: () => askForMode(settings, document),
    },
    await modelEntry(options),
    commandEntry(vscode.l10n.t("$(keyboard) Keys"), {
      command: "inkling.keys",
      description: vscode.l10n.t("Tab accepts, Escape dismisses"),
    }),
  ];
}

function adapterWords({ state }: WorkerClient): string {
  return (state.kind === "ready" && adapterSentence(state.model)) || "";
}

/** What writes, and what it takes of memory. */
async function modelEntry({
  client,
  settings,
}: StatusMenuOptions): Promise<Entry> {
  const { state } = client;
  const { model } = settings.read();
  const folder = path.basename(model) || vscode.l10n.t("in the extension");
  const name = state.kind === "ready" ? state.model.name : folder;
  const bytes = await client.ownBytes().catch(() => undefined);
  return commandEntry(vscode.l10n.t("$(chip) Model: {0}", name), {
    command: "workbench.action.openSettings",
    argument: "@id:inkling.model",
    description:
      bytes === undefined
        ? stateSentence(state)
        : vscode.l10n.t(
            "Inkling uses about {0} MB",
            Math.round(bytes / 2 ** 20),
          ),
  });
}

async function askForMode(
  settings: Settings,
  document: vscode.TextDocument | undefined,
): Promise<void> {
  const current = settings.read(document).mode;
  const modes: { mode: GateMode; detail: string }[] = [
    {
      mode: "quiet",
      detail: vscode.l10n.t("Seldom, and then mostly right"),
    },
    {
      mode: "balanced",
      detail: vscode.l10n.t("When it is more likely to help than to disturb"),
    },
    { mode: "eager", detail: vscode.l10n.t("Often, also with a guess") },
  ];
  const entries = modes.map(({ mode, detail }) => ({
    mode,
    detail,
    label: modeName(mode),
    description: mode === current ? vscode.l10n.t("now") : "",
  }));
  const chosen = await vscode.window.showQuickPick(entries, {
    title: vscode.l10n.t("Inkling: how often to suggest"),
  });
  if (chosen) await settings.setMode(chosen.mode, document);
}

/** The last decision; behind it stands what it was made of, where something was written. */
function decisionEntries(decisions: Decisions): Entry[] {
  const { last, lastShown, lastWithheld } = decisions;
  if (!last) return [];
  const canExplain = (lastShown ?? lastWithheld) !== undefined;
  return [
    commandEntry(`$(comment) ${decisionSentence(last)}`, {
      command: canExplain ? "inkling.explain" : "inkling.showLog",
      description: canExplain ? vscode.l10n.t("Explain") : "",
    }),
  ];
}

/** Two sources of ghost text take each other's place; the user decides which one is to stay. */
function otherProviderEntries(
  document: vscode.TextDocument | undefined,
): Entry[] {
  const names = activeProviders(document?.languageId ?? "*");
  if (names.length === 0) return [];
  const label = vscode.l10n.t(
    "$(warning) {0} also shows ghost text",
    listOf(names),
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
  const name = languageName(languageId);
  return {
    label: isOn
      ? vscode.l10n.t("$(circle-slash) Turn off for {0}", name)
      : vscode.l10n.t("$(check) Turn on for {0}", name),
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
        label: vscode.l10n.t("$(bell) End snooze"),
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

function restartEntries({ state }: WorkerClient): Entry[] {
  return state.kind === "ready" || state.kind === "loading"
    ? [
        commandEntry(vscode.l10n.t("$(refresh) Restart the model"), {
          command: "inkling.restart",
        }),
      ]
    : [];
}

function commandEntry(
  label: string,
  {
    command,
    argument,
    ...more
  }: {
    command: string;
    argument?: string;
    description?: string;
    detail?: string;
  },
): Entry {
  return {
    ...more,
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
