// A folder that somebody else has written, with settings, ignore files, documents and links made to hold the editor up:
// whatever Inkling is asked there, the extension host answers others meanwhile.
import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { activateInkling, closeAll, showWithCursor, until } from "./support";

/** Of a thousand waits the longest but one; a person notices a tenth of a second. */
const MAX_DELAY_MS = 50;
const RESOLUTION_MS = 5;
const NANOSECONDS_PER_MS = 1e6;

const text = "Monday, Tuesday, Wednesday, Thursday,";

/** Ignore files by folder: each made every question take seconds when lines were regular expressions. */
const ignoreFiles: [folder: string, content: string][] = [
  ["", `${"**/a/".repeat(8)}b\n`],
  ["many", `${Array.from({ length: 9_000 }, (_, at) => `*x*y${at}?`).join("\n")}\n`],
  ["runs", `*${"a".repeat(120)}b*\n`.repeat(1_500)],
  ["sets", `*[${"a-b".repeat(1_000)}]z\n`.repeat(60)],
  ["huge", "x\n".repeat(2_000_000)],
]; // prettier-ignore

/** Documents that made a reader look at the same letters again and again. */
const documents: [name: string, content: string][] = [
  ["quotes.py", '"'.repeat(500_000)],
  ["quotes3.py", '"""'.repeat(150_000)],
  ["opened.c", `/*${" a b\n".repeat(100_000)}`],
  ["fence.md", "`".repeat(500_000)],
  ["matter.md", `---\n${" \n".repeat(200_000)}`],
  ["table.md", "| a ".repeat(100_000)],
  ["spaces.md", " ".repeat(500_000)],
  ["secrets.md", "password: ".repeat(50_000)],
  ["rows.jsonl", "x\n".repeat(200_000)],
  [`${"a/".repeat(30)}${"a".repeat(200)}.md`, text],
];

const settings = {
  "inkling.exclude": [
    "{a,b}".repeat(18),
    "{".repeat(500),
    "*a".repeat(400),
    "x".repeat(100_000),
    ...Array.from({ length: 2_000 }, (_, at) => `**/f${at}/**`),
  ],
  "inkling.prompts": Array.from({ length: 2_000 }, (_, at) => ({
    name: `n${at}`,
    prompt: "${selection}".repeat(5_000),
  })),
  "inkling.maxTokens": 1e9,
  "inkling.contextTokens": -1,
};

suite("a hostile folder", () => {
  let inkling: InklingApi;
  let folder: string;
  const values = () => vscode.workspace.getConfiguration();
  const { Workspace } = vscode.ConfigurationTarget;

  suiteSetup(async () => {
    inkling = await activateInkling();
    const opened = vscode.workspace.workspaceFolders?.[0];
    assert.ok(opened, "a folder is open");
    folder = path.join(opened.uri.fsPath, "hostile");
    for (const [name, content] of ignoreFiles) {
      await mkdir(path.join(folder, name), { recursive: true });
      await writeFile(path.join(folder, name, ".gitignore"), content);
      await writeFile(path.join(folder, name, `${"a".repeat(200)}.md`), text);
    }
    for (const [name, content] of documents) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    if (process.platform !== "win32") {
      await symlink("..", path.join(folder, "round"));
      await symlink("/dev/zero", path.join(folder, "endless.md"));
      await symlink("loop.md", path.join(folder, "loop.md"));
    }
    for (const [key, value] of Object.entries(settings)) {
      await values().update(key, value, Workspace);
    }
  });

  suiteTeardown(async () => {
    for (const key of Object.keys(settings)) {
      await values().update(key, undefined, Workspace);
    }
    await rm(folder, { recursive: true, force: true });
  });
  teardown(closeAll);

  /** The longest wait of others but one in a thousand, while `work` is done. */
  async function delayDuring(work: () => Promise<void>): Promise<number> {
    const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    monitor.enable();
    // A thousand samples at least, so that a single stretch of another extension is not all that is seen.
    const enough = delay(1_500 * RESOLUTION_MS);
    await work();
    await enough;
    monitor.disable();
    return monitor.percentile(99.9) / NANOSECONDS_PER_MS;
  }

  async function checkDelay(work: () => Promise<void>): Promise<void> {
    const delayMs = await delayDuring(work);
    assert.ok(delayMs < MAX_DELAY_MS, `others waited ${delayMs.toFixed(0)} ms`);
  }

  /** Types where a text ends, and waits until something was decided. */
  async function typeIn(name: string): Promise<void> {
    const uri = vscode.Uri.file(path.join(folder, name));
    const document = await vscode.workspace.openTextDocument(uri);
    await showWithCursor(document, document.getText().length);
    const before = inkling.lastDecision();
    await vscode.commands.executeCommand("type", { text: "," });
    await until("a decision", () => inkling.lastDecision() !== before, {
      patienceMs: 20_000,
    }).catch(() => undefined);
  }

  const typed = [
    ...ignoreFiles.map(([name]) => path.join(name, `${"a".repeat(200)}.md`)),
    ...documents.map(([name]) => name).filter((name) => name.endsWith(".md")),
  ];
  for (const name of typed) {
    const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
    test(`typing in ${shown} holds nobody up`, () =>
      checkDelay(() => typeIn(name)));
  }

  test("the list of documents holds nobody up", () =>
    checkDelay(async () => {
      await vscode.commands.executeCommand("inkling.fineTuneInTab");
      await delay(10_000);
    }));
});
