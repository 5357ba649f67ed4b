// The commands of the palette, each a line or two over what the other files of this folder do.

import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import { classifySelection } from "./classifySelection";
import type { Exclusion } from "./exclusion";
import { isOnEverywhere, isOnFor } from "./enablement";
import type { GhostText } from "./ghostText";
import { showKeys } from "./keys";
import type { MarkdownPage } from "./markdownPage";
import type { ModelChooser } from "./models/chooseModel";
import type { Settings } from "./settings";
import type { Snooze } from "./snooze";
import {
  askForSnooze,
  showStatusMenu,
  type StatusMenuOptions,
} from "./statusMenu";
import { activeDocument } from "./whereOn";

/** What the commands act on. */
export interface CommandOptions extends StatusMenuOptions {
  client: WorkerClient;
  settings: Settings;
  snooze: Snooze;
  ghostText: GhostText;
  exclusion: Exclusion;
  explanation: MarkdownPage;
  readingPage: MarkdownPage;
  modelChooser: ModelChooser;
  log: vscode.LogOutputChannel;
}

/** Registers the commands of ghost text and of the status menu, and the one that tells of acceptances. */
export function registerCommands(options: CommandOptions): vscode.Disposable {
  const { client, settings, snooze, log } = options;
  const handlers: Record<string, (argument?: unknown) => unknown> = {
    "inkling.trigger": async () => {
      // Ghost text goes away from an editor that has no focus, as after a click on the status item.
      await vscode.commands.executeCommand(
        "workbench.action.focusActiveEditorGroup",
      );
      await vscode.commands.executeCommand(
        "editor.action.inlineSuggest.trigger",
      );
    },
    "inkling.toggle": () => {
      const document = activeDocument();
      const { enable } = settings.read(document);
      return document
        ? settings.turnLanguage(document, !isOnFor(document.languageId, enable))
        : settings.turnEverywhere(!isOnEverywhere(enable));
    },
    "inkling.snooze": (minutes) => askForSnooze(snooze, minutes),
    "inkling.showLog": () => log.show(),
    "inkling.chooseModel": (place) => options.modelChooser.choose(place),
    "inkling.restart": () => client.restart(),
    "inkling.showMenu": () => showStatusMenu(options),
    // Not in the palette: the status item leads there.
    "inkling.keys": () => showKeys(),
    "inkling.showReading": () => options.readingPage.show(),
    "inkling.classify": () => classifySelection(options),
    "inkling.explain": () => options.explanation.show(),
    // Not in the palette: Escape while something is suggested.
    "inkling.dismiss": () => options.ghostText.dismissed(),
    // Not in the palette: VS Code runs it when a suggestion is accepted.
    "inkling.accepted": (suggestionId) =>
      options.ghostText.accepted(suggestionId),
  };
  // Escape is not taken before there is a command for it.
  void vscode.commands.executeCommand("setContext", "inkling.isActive", true);
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([command, handler]) =>
      vscode.commands.registerCommand(command, handler),
    ),
  );
}
