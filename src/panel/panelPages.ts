// The pages that show the panel: a view in the side bar and an editor tab, the same bundle in both, any number at once.
// A page that is hidden is gone and asks for everything anew when it comes back; what it must not forget it keeps itself.

import * as vscode from "vscode";
import type {
  PanelAction,
  PanelHostContract,
  PanelPageContract,
} from "../protocol/panel";
import { changeOf } from "../common/stateChange";
import { Rpc } from "../protocol/rpc";
import type { PanelModel } from "./panelModel";
import type { FineTuningState } from "../words/panelCodes";
import { panelInWords } from "../words/panelSentences";
import { panelWords, type PanelWords } from "../words/panelWords";
import { readAction, readPageMessage } from "./readMessages";
import { fillWebview } from "./webviewPage";

const VIEW_ID = "inkling.fineTune";
const TAB_TYPE = "inkling.fineTuneTab";

/** What the pages show and whom they ask. */
export interface PanelPagesOptions {
  extensionUri: vscode.Uri;
  model: PanelModel;
  /** A page has come up. */
  onOpen(): void;
  act(action: PanelAction): Promise<void>;
  log(message: string): void;
}

/** Actions that ask something in a field of VS Code's, which does not give the keyboard back to a page. */
const ASKING: readonly PanelAction["kind"][] = [
  "chooseExamples",
  "rename",
  "export",
  "import",
];

type HostContract = PanelHostContract<PanelWords>;
type PageRpc = Rpc<HostContract, PanelPageContract>;

/** Makes pages and keeps them up to date. */
export class PanelPages
  implements
    vscode.WebviewViewProvider,
    vscode.WebviewPanelSerializer,
    vscode.Disposable
{
  private readonly pages = new Set<PageRpc>();
  private readonly disposables: vscode.Disposable[];
  private tab: vscode.WebviewPanel | undefined;

  constructor(private readonly options: PanelPagesOptions) {
    this.disposables = [
      vscode.window.registerWebviewViewProvider(VIEW_ID, this),
      vscode.window.registerWebviewPanelSerializer(TAB_TYPE, this),
      options.model.onDidChange((part) => this.tell(part)),
    ];
  }

  /** Shows the view in the side bar. */
  async showView(): Promise<void> {
    await vscode.commands.executeCommand(`${VIEW_ID}.focus`);
  }

  /** Shows the panel as an editor tab, where there is more room. */
  showTab(): void {
    if (this.tab) {
      this.tab.reveal();
      return;
    }
    const title = vscode.l10n.t("Inkling: Fine-tune");
    const { Active } = vscode.ViewColumn;
    const tab = vscode.window.createWebviewPanel(TAB_TYPE, title, Active);
    this.useTab(tab);
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    view.onDidDispose(this.fill(view.webview, () => this.showView()));
  }

  async deserializeWebviewPanel(tab: vscode.WebviewPanel): Promise<void> {
    this.useTab(tab);
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
    this.tab?.dispose();
    for (const page of this.pages) {
      page.close(new Error("Cannot ask the panel: it is closed"));
    }
  }

  private useTab(tab: vscode.WebviewPanel): void {
    this.tab = tab;
    tab.iconPath = vscode.Uri.joinPath(
      this.options.extensionUri,
      "media/panel.svg",
    );
    const closePage = this.fill(tab.webview, () => tab.reveal());
    tab.onDidDispose(() => {
      if (this.tab === tab) this.tab = undefined;
      closePage();
    });
  }

  /** Puts the page into a webview; answers what is to be done when the webview goes. */
  private fill(webview: vscode.Webview, focus: () => unknown): () => void {
    const page: PageRpc = new Rpc<HostContract, PanelPageContract>(
      (message) => void webview.postMessage(message),
      {
        open: () => this.open(),
        act: async (message) => {
          const action = readAction(message);
          await this.options.act(action);
          if (ASKING.includes(action.kind)) await focus();
          return null;
        },
      },
      {},
    );
    const subscription = webview.onDidReceiveMessage((message: unknown) => {
      const known = readPageMessage(message);
      if (known) page.receive(known);
      else this.options.log("The panel's page sent something unknown");
    });
    fillWebview(webview, {
      extensionUri: this.options.extensionUri,
      name: "webview",
      title: vscode.l10n.t("Inkling: Fine-tune"),
    });
    this.pages.add(page);
    return () => {
      subscription.dispose();
      this.pages.delete(page);
      page.close(new Error("Cannot ask the panel: it is closed"));
    };
  }

  private open(): HostContract["requests"]["open"][1] {
    this.options.onOpen();
    const { state } = this.options.model;
    return { state: panelInWords(state), words: panelWords() };
  }

  private tell(part: Partial<FineTuningState>): void {
    if (this.pages.size === 0) return;
    const change = changeOf(panelInWords(part));
    for (const page of this.pages) page.emit("changed", change);
  }
}
