// What the suites inside the extension host share: the extension's handle for tests, documents with a cursor, waiting.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import type { WireMessage } from "../../src/protocol/rpc";

export const extensionId = "inkling.inkling";

/** The extension in this window, active. */
export async function activateInkling(): Promise<InklingApi> {
  const extension = vscode.extensions.getExtension<InklingApi>(extensionId);
  assert.ok(extension, `${extensionId} is installed`);
  return extension.activate();
}

/** Asks again and again until the answer is truthy; fails with the name of what never came. */
export async function until<T>(
  what: string,
  ask: () => T | PromiseLike<T>,
  { patienceMs = 90_000 } = {},
): Promise<NonNullable<T>> {
  const askEveryMs = 50;
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += askEveryMs) {
    const answer = await ask();
    if (answer) return answer;
    await delay(askEveryMs);
  }
  throw new Error(`Cannot wait longer for ${what}: ${patienceMs} ms are over`);
}

/**
 * Shows a new file in bracket notation: `[|]` is where the cursor stands. Files and not untitled documents, since VS
 * Code gives a closed document's name and its unsaved text to the next untitled one.
 */
export async function openDocument(
  marked: string,
  { extension = "md" } = {},
): Promise<vscode.TextEditor> {
  const offset = marked.indexOf("[|]");
  assert.notEqual(offset, -1, "the text marks a cursor with [|]");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder, "a folder is open");
  const uri = vscode.Uri.joinPath(folder, `${randomUUID()}.${extension}`);
  const content = Buffer.from(marked.replace("[|]", ""));
  await vscode.workspace.fs.writeFile(uri, content);
  return showWithCursor(await vscode.workspace.openTextDocument(uri), offset);
}

/** Shows a document with the cursor at an offset. */
export async function showWithCursor(
  document: vscode.TextDocument,
  offset: number,
): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(document);
  const cursor = document.positionAt(offset);
  editor.selection = new vscode.Selection(cursor, cursor);
  return editor;
}

/**
 * Types a text at the cursor, as a person would, and accepts what is then offered, as Tab does. Answers the text of the
 * document. What is offered before the last letter is typed is not accepted.
 */
export async function typeAndAccept(
  editor: vscode.TextEditor,
  typed: string,
): Promise<string> {
  for (const letter of typed) {
    await vscode.commands.executeCommand("type", { text: letter });
  }
  const textBefore = editor.document.getText();
  await until(`a suggestion after "${typed}"`, async () => {
    await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
    return editor.document.getText() !== textBefore;
  }).catch(async (error: Error) => {
    throw new Error(`${error.message}; ${await describeState()}`);
  });
  return editor.document.getText();
}

/** What one wants to know when no suggestion came. */
async function describeState(): Promise<string> {
  const inkling = await activateInkling();
  const { activeTextEditor } = vscode.window;
  return JSON.stringify({
    worker: inkling.workerState(),
    lastDecision: inkling.lastDecision(),
    activeDocument: activeTextEditor?.document.uri.toString(),
    text: activeTextEditor?.document.getText(),
  });
}

/** Closes every editor without asking to save. */
export async function closeAll(): Promise<void> {
  for (let open = countTabs(); open > 0; open = countTabs()) {
    await vscode.commands.executeCommand(
      "workbench.action.revertAndCloseActiveEditor",
    );
  }
}

function countTabs(): number {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
}

/** Changes a setting for the time of a callback. */
export async function withSetting(
  { key, value }: { key: string; value: unknown },
  callback: () => Promise<void>,
): Promise<void> {
  const global = vscode.ConfigurationTarget.Global;
  const configuration = vscode.workspace.getConfiguration();
  const valueBefore = configuration.inspect(key)?.globalValue;
  await configuration.update(key, value, global);
  try {
    await callback();
  } finally {
    await vscode.workspace.getConfiguration().update(key, valueBefore, global);
    // The host hears of it after the call has returned, now and then.
    await until(`${key} as it was`, () => {
      const { globalValue } =
        vscode.workspace.getConfiguration().inspect(key) ?? {};
      return JSON.stringify(globalValue) === JSON.stringify(valueBefore);
    });
  }
}

/** The thread that the extension, which runs in this process, next asks for something. */
export function nextWorkerAsked(): Promise<Worker> {
  const { postMessage } = Worker.prototype;
  return new Promise((resolve) => {
    Worker.prototype.postMessage = function (this: Worker, message: unknown) {
      postMessage.call(this, message);
      if ((message as Partial<WireMessage>).kind !== "request") return;
      Worker.prototype.postMessage = postMessage;
      resolve(this);
    };
  });
}
