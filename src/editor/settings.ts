// The settings as VS Code holds them: read once for a language and folder and anew after each change, which acts at once.

import * as vscode from "vscode";
import type { CompletionSettings, GateMode } from "../completion/completer";
import { completionSettings } from "../settings/defaultSettings";
import { inklingSays } from "../words/joining";
import { promptFaultSentence } from "../words/promptFaultWords";
import { readOwnPrompts, type OwnPrompt } from "../writing/ownTasks";
import {
  faultText,
  SettingsCache,
  type EnableMap,
  type InklingSettings,
} from "./settingValues";
import { withEverywhere, withLanguage } from "./enablement";

/** Of prompts that cannot be used so many are named in messages, all in the log. */
const MAX_WARNINGS = 3;

/** Reads and changes `inkling.*`; values that cannot be used are named in the log once. */
export class Settings implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  readonly onDidChange = this.emitter.event;
  private readonly subscription: vscode.Disposable;
  private readonly loggedFaults = new Set<string>();
  private readonly cache = new SettingsCache((faults) => {
    for (const fault of faults) {
      const isNew = this.logFaults([faultText(fault)]).length > 0;
      if (isNew && fault.refusedPattern) void tellOf(fault.refusedPattern);
    }
  });
  /** At a temperature above 0 a window keeps to its own seed: what was suggested is suggested again. */
  private readonly seed = Math.floor(Math.random() * 2 ** 31);

  constructor(private readonly log: vscode.LogOutputChannel) {
    const fire = () => {
      this.cache.clear();
      this.emitter.fire();
    };
    this.subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.cache.clear()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        this.cache.clear();
        if (event.affectsConfiguration("inkling")) fire();
        else if (event.affectsConfiguration("editor.inlineSuggest")) fire();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(fire),
    );
  }

  /** The settings that hold in a document, or in the window. */
  read(document?: vscode.TextDocument): InklingSettings {
    const folder =
      document && vscode.workspace.getWorkspaceFolder(document.uri);
    const scope = document
      ? `${document.languageId} ${folder?.uri.toString() ?? ""}`
      : "";
    return this.cache.read(scope, () => {
      const configuration = vscode.workspace.getConfiguration(
        "inkling",
        document ?? null,
      );
      return (key) => configuration.get(key);
    });
  }

  /** The patterns of what is kept out in a folder of the workspace. */
  excludeIn({ uri }: vscode.WorkspaceFolder): readonly string[] {
    const { exclude } = this.cache.read(`in ${uri.toString()}`, () => {
      const configuration = vscode.workspace.getConfiguration("inkling", uri);
      return (key) => configuration.get(key);
    });
    return exclude;
  }

  /** The user's own tasks; entries that cannot be used are named in the log and in a warning, once. */
  prompts(document?: vscode.TextDocument): OwnPrompt[] {
    const value = vscode.workspace
      .getConfiguration("inkling", document ?? null)
      .get<unknown>("prompts", []);
    const { prompts, faults } = readOwnPrompts(value);
    const sentences = faults.map(promptFaultSentence);
    for (const fault of this.logFaults(sentences).slice(0, MAX_WARNINGS)) {
      void vscode.window.showWarningMessage(inklingSays(fault));
    }
    return prompts;
  }

  /** What completion is told of them. */
  forCompletion(document: vscode.TextDocument): CompletionSettings {
    return completionSettings(this.read(document), this.seed);
  }

  /** Turns a document's language on or off, in the scope that decides about it. */
  async turnLanguage(
    document: vscode.TextDocument,
    isOn: boolean,
  ): Promise<void> {
    const { languageId } = document;
    const scopes = this.enableScopes(document);
    const deciding =
      scopes.find(({ own }) => languageId in own) ?? scopes.at(-1);
    await deciding?.update(withLanguage(deciding.own, { languageId, isOn }));
  }

  /** Turns Inkling on or off in all languages: for the user, and in a scope of the workspace that says otherwise. */
  async turnEverywhere(
    isOn: boolean,
    document?: vscode.TextDocument,
  ): Promise<void> {
    const scopes = this.enableScopes(document);
    for (const [index, { own, update }] of scopes.entries()) {
      const isUserScope = index === scopes.length - 1;
      if (isUserScope || Object.keys(own).length > 0) {
        await update(withEverywhere(own, isOn));
      }
    }
  }

  /** Chooses how sure Inkling must be, in the scope that decides about it. */
  async setMode(mode: GateMode, document?: vscode.TextDocument): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(
      "inkling",
      document ?? null,
    );
    const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
    const values = configuration.inspect<GateMode>("mode");
    // A value for a language goes before one for all, wherever it stands.
    const deciding = [
      [values?.workspaceFolderLanguageValue, WorkspaceFolder, true],
      [values?.workspaceLanguageValue, Workspace, true],
      [values?.globalLanguageValue, Global, true],
      [values?.workspaceFolderValue, WorkspaceFolder, false],
      [values?.workspaceValue, Workspace, false],
    ] as const;
    const [, target, ofLanguage] = deciding.find(
      ([value]) => value !== undefined,
    ) ?? [undefined, Global, false];
    await configuration.update("mode", mode, target, ofLanguage);
  }

  /** Answers those that were not logged before. */
  private logFaults(texts: readonly string[]): string[] {
    const fresh = texts.filter((text) => !this.loggedFaults.has(text));
    for (const text of fresh) {
      this.loggedFaults.add(text);
      this.log.warn(text);
    }
    return fresh;
  }

  dispose(): void {
    this.subscription.dispose();
    this.emitter.dispose();
  }

  /** The values of `inkling.enable` from the nearest scope to the user's. */
  private enableScopes(document?: vscode.TextDocument): {
    own: EnableMap;
    update: (value: EnableMap) => Thenable<void>;
  }[] {
    const configuration = vscode.workspace.getConfiguration(
      "inkling",
      document ?? null,
    );
    const values = configuration.inspect<EnableMap>("enable");
    const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
    return [
      { own: values?.workspaceFolderValue, target: WorkspaceFolder },
      { own: values?.workspaceValue, target: Workspace },
      { own: values?.globalValue, target: Global },
    ].map(({ own = {}, target }) => ({
      own,
      update: (value) => configuration.update("enable", value, target),
    }));
  }
}

/** Says that a pattern keeps nothing out. */
async function tellOf(pattern: string): Promise<void> {
  const openSetting = vscode.l10n.t("Open Setting");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      "Inkling ignores the pattern {0} in inkling.exclude: it is too long, stands for too many names, or is one of too many patterns. What it names is not kept out.",
      pattern,
    ),
    openSetting,
  );
  if (chosen !== openSetting) return;
  await vscode.commands.executeCommand(
    "workbench.action.openSettings",
    "@id:inkling.exclude",
  );
}
