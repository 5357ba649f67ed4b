// The counters as a page in an editor tab, and their reset. A page that is hidden is gone and asks for everything anew
// when it comes back; a tab that was open when the window closed is there again in the next one.

import * as vscode from "vscode";
import type { Counters } from "../counters/counters";
import { countersCsv } from "../counters/countersCsv";
import type {
  CountersHostContract,
  CountersPageContract,
} from "../protocol/counters";
import { Rpc } from "../protocol/rpc";
import {
  countersTitle,
  countersWords,
  resetDone,
  resetQuestion,
  type CountersWords,
} from "../words/countersWords";
import { readPageMessage } from "./readMessages";
import { fillWebview } from "./webviewPage";

const TAB_TYPE = "inkling.counters";
/** VS Code tells nobody that another window has counted, and a day ends without an event: an open page is kept true. */
const LOOK_EVERY_MS = 1_000;
const MESSAGE_MS = 5_000;

type HostContract = CountersHostContract<CountersWords>;
type PageRpc = Rpc<HostContract, CountersPageContract>;

/** What the page shows and where it comes from. */
export interface CountersPageOptions {
  extensionUri: vscode.Uri;
  counters: Counters;
  log: vscode.LogOutputChannel;
}

/** Shows the page, once, and keeps it up to date. */
export class CountersPage
  implements vscode.WebviewPanelSerializer, vscode.Disposable
{
  private readonly registrations: vscode.Disposable;
  private tab: vscode.WebviewPanel | undefined;

  constructor(private readonly options: CountersPageOptions) {
    const { registerCommand } = vscode.commands;
    this.registrations = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(TAB_TYPE, this),
      registerCommand("inkling.showCounters", () => this.show()),
      registerCommand("inkling.resetCounters", () => this.reset()),
    );
  }

  async deserializeWebviewPanel(tab: vscode.WebviewPanel): Promise<void> {
    this.useTab(tab);
  }

  dispose(): void {
    this.registrations.dispose();
    this.tab?.dispose();
  }

  private show(): void {
    if (this.tab) {
      this.tab.reveal();
      return;
    }
    this.useTab(
      vscode.window.createWebviewPanel(
        TAB_TYPE,
        countersTitle(),
        vscode.ViewColumn.Active,
      ),
    );
  }

  /** Asks first: there is no way back. */
  private async reset(): Promise<void> {
    const { message, detail, yes } = resetQuestion();
    const answer = await vscode.window.showWarningMessage(
      message,
      { modal: true, detail },
      yes,
    );
    if (answer !== yes) return;
    await this.options.counters.reset();
    vscode.window.setStatusBarMessage(resetDone(), MESSAGE_MS);
  }

  private async copy(): Promise<number> {
    const { kept } = this.options.counters;
    await vscode.env.clipboard.writeText(countersCsv(kept));
    return Object.keys(kept.days).length;
  }

  /** Puts the page into a tab and keeps it up to date until the tab is closed. */
  private useTab(tab: vscode.WebviewPanel): void {
    const { extensionUri, counters, log } = this.options;
    this.tab = tab;
    tab.iconPath = vscode.Uri.joinPath(extensionUri, "media/panel.svg");
    let told = "";
    const page: PageRpc = new Rpc<HostContract, CountersPageContract>(
      (message) => void tab.webview.postMessage(message),
      {
        open: () => {
          const { state } = counters;
          told = JSON.stringify(state);
          return { state, words: countersWords() };
        },
        copy: () => this.copy(),
        reset: async () => {
          await this.reset();
          look();
          return null;
        },
        write: async () => {
          await vscode.commands.executeCommand(
            "workbench.action.files.newUntitledFile",
          );
          return null;
        },
      },
      {},
    );
    const look = () => {
      if (!tab.visible) return;
      const { state } = counters;
      const now = JSON.stringify(state);
      if (now === told) return;
      told = now;
      page.emit("changed", state);
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    const messages = tab.webview.onDidReceiveMessage((message: unknown) => {
      const known = readPageMessage(message);
      if (known) page.receive(known);
      else log.warn("The counters' page sent something unknown");
    });
    tab.onDidDispose(() => {
      clearInterval(timer);
      messages.dispose();
      page.close(new Error("Cannot ask the counters' page: it is closed"));
      if (this.tab === tab) this.tab = undefined;
    });
    fillWebview(tab.webview, {
      extensionUri,
      name: "counters",
      title: countersTitle(),
    });
  }
}
