// What a person does between two bursts of typing, and what befalls them: each is done once a round, in turn.

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  nextWorkerAsked,
  openDocument,
  showWithCursor,
  until,
} from "../../test/vscode/support";
import { switchOn } from "../../test/vscode/randomAdapter";

/** How long the model may take to come back, on a busy machine. */
const PATIENCE_MS = 120_000;

/** What a disturbance is given. */
export interface Disturbed {
  inkling: InklingApi;
  adapterId: string;
  /** How many rounds there were before. */
  round: number;
}

/** By name; each leaves the document in front that was there before. */
export const disturbances: Record<string, (on: Disturbed) => Promise<void>> = {
  async switchTabs() {
    const editor = vscode.window.activeTextEditor!;
    await openDocument("# Elsewhere\n\nSomething else is written here.[|]");
    await vscode.commands.executeCommand("type", { text: " A" });
    await vscode.commands.executeCommand(
      "workbench.action.revertAndCloseActiveEditor",
    );
    await showAtEnd(editor.document);
  },

  async save() {
    await vscode.window.activeTextEditor!.document.save();
  },

  /** A file appears, has a new name, and is gone: the memory follows. */
  async renameAndDelete() {
    const name = `note-${randomUUID()}`;
    const [old, renamed] = [inFolder(`${name}.md`), inFolder(`${name}-b.md`)];
    const text = `# A note\n\nThe ship is called ${name}.\n`.repeat(20);
    await vscode.workspace.fs.writeFile(old, Buffer.from(text));
    await vscode.workspace.fs.rename(old, renamed);
    await vscode.workspace.fs.delete(renamed);
  },

  async settings({ round }) {
    const isOdd = round % 2 === 1;
    await set("inkling.mode", isOdd ? "eager" : "balanced");
    await set("inkling.temperature", isOdd ? 0.7 : 0);
    await set(
      "inkling.prompts",
      isOdd ? [{ name: "Shout", prompt: "Shout: ${selection}" }] : undefined,
    );
  },

  async memory({ inkling }) {
    await set("inkling.memory", 0);
    await until("an empty memory", () => !inkling.memory()?.numDocuments, {
      patienceMs: PATIENCE_MS,
    });
    await set("inkling.memory", undefined);
  },

  async adapter({ inkling, adapterId, round }) {
    if (round % 2 === 0) await switchOn(inkling, adapterId);
    else await inkling.panel.act({ kind: "switchOff" });
    await untilReady(inkling);
  },

  async killWorker({ inkling }) {
    await untilReady(inkling);
    const worker = nextWorkerAsked();
    await vscode.commands.executeCommand("type", { text: " and" });
    void vscode.commands.executeCommand("inkling.trigger");
    (await worker).postMessage({ kind: "event", name: "endThread" });
    await until("the model's end", () => inkling.workerState() !== "ready", {
      patienceMs: PATIENCE_MS,
    });
    await untilReady(inkling);
  },

  async restart({ inkling }) {
    await vscode.commands.executeCommand("inkling.restart");
    await untilReady(inkling);
  },
};

/** Waits for a model that is loaded. */
export async function untilReady(inkling: InklingApi): Promise<void> {
  await until("the model", () => inkling.workerState() === "ready", {
    patienceMs: PATIENCE_MS,
  });
}

async function showAtEnd(document: vscode.TextDocument): Promise<void> {
  await showWithCursor(document, document.getText().length);
}

async function set(key: string, value: unknown): Promise<void> {
  const { Global } = vscode.ConfigurationTarget;
  await vscode.workspace.getConfiguration().update(key, value, Global);
}

function inFolder(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders![0]!.uri;
  return vscode.Uri.joinPath(folder, name);
}
