// A folder that somebody else has written, with settings, ignore files, documents and links made to hold the editor up:
// whatever Inkling is asked there, its own code leaves the extension host to others. How late the loop of the host came
// to what was due is printed and not asserted: all extensions share it, and so does whatever else the machine does.
import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { report } from "../../bench/report";
import { LoopDelay } from "../../bench/soak/loopDelay";
import { OwnSections } from "../../bench/soak/ownSections";
import type { InklingApi } from "../../src/extension";
import { activateInkling, closeAll, showWithCursor, until } from "./support";

/** What these files were made for took from 2 to 25 s; a busy machine makes a stretch of 50 ms some times as long. */
const MAX_STRETCH_MS = 1_000;
/** Inkling decides at once or not at all where a document is too large or left out. */
const DECISION_PATIENCE_MS = 4_000;

const text = "Monday, Tuesday, Wednesday, Thursday,";

/** Ignore files by folder: each made every question take seconds when lines were regular expressions. */
const ignoreFiles: [folder: string, content: string][] = [
  ["", `${"**/a/".repeat(8)}b\n`],
  [
    "many",
    `${Array.from({ length: 9_000 }, (_, at) => `*x*y${at}?`).join("\n")}\n`,
  ],
  ["runs", `*${"a".repeat(120)}b*\n`.repeat(1_500)],
  ["sets", `*[${"a-b".repeat(1_000)}]z\n`.repeat(60)],
  ["huge", "x\n".repeat(2_000_000)],
];

/**
 * Documents that made a reader look at the same letters again and again. Those that are open are no longer, since VS
 * Code itself takes its time with half a megabyte in one line.
 */
const documents: [name: string, content: string][] = [
  ["fence.md", "`".repeat(100_000)],
  ["matter.md", `---\n${" \n".repeat(50_000)}`],
  ["table.md", "| a ".repeat(25_000)],
  ["spaces.md", " ".repeat(100_000)],
  ["secrets.md", "password: ".repeat(10_000)],
  ["links.md", "[a](".repeat(25_000)],
  ["brackets.md", "(".repeat(100_000)],
  ["marks.md", "**_`".repeat(25_000)],
  ["joined.md", "e\u0301".repeat(50_000)],
  ["unended.md", "a".repeat(100_000)],
  ["data.md", `![](data:image/png;base64,${"A".repeat(100_000)}`],
  [`${"a/".repeat(30)}${"a".repeat(200)}.md`, text],
];
const unopenedDocuments: [name: string, content: string][] = [
  ["quotes.py", '"'.repeat(500_000)],
  ["quotes3.py", '"""'.repeat(150_000)],
  ["opened.c", `/*${" a b\n".repeat(100_000)}`],
  ["rows.jsonl", "x\n".repeat(200_000)],
];

const settings = {
  "inkling.exclude": [
    "{a,b}".repeat(18),
    "{".repeat(500),
    "*a".repeat(400),
    "x".repeat(100_000),
    ...Array.from({ length: 2_000 }, (_, at) => `**/f${at}/**`),
  ],
  "inkling.prompts": Array.from({ length: 150 }, (_, at) => ({
    name: `n${at}`,
    prompt: "${selection}".repeat(1_600),
  })),
  "inkling.enable": Object.fromEntries(
    Array.from({ length: 1_000 }, (_, at) => [`language${at}`, true]),
  ),
  "inkling.maxTokens": 1e9,
  "inkling.contextTokens": -1,
  "[markdown]": { "editor.wordWrap": "off" },
};

suite("a hostile folder", () => {
  let inkling: InklingApi;
  let workspace: string;
  let folder: string;
  let settingsFile: string;
  const loopDelay = new LoopDelay();
  const longest: { work: string; elapsedMs: number; functionName: string }[] =
    [];

  suiteSetup(async () => {
    inkling = await activateInkling();
    const opened = vscode.workspace.workspaceFolders?.[0];
    assert.ok(opened, "a folder is open");
    workspace = opened.uri.fsPath;
    folder = path.join(workspace, "hostile");
    settingsFile = path.join(workspace, ".vscode", "settings.json");
    for (const [name, content] of ignoreFiles) {
      await write(path.join(folder, name, ".gitignore"), content);
      await write(path.join(folder, name, `${"a".repeat(200)}.md`), text);
    }
    for (const [name, content] of [...documents, ...unopenedDocuments]) {
      await write(path.join(folder, name), content);
    }
    if (process.platform !== "win32") {
      await symlink("..", path.join(folder, "round"));
      await symlink("/dev/zero", path.join(folder, "endless.md"));
      await symlink("loop.md", path.join(folder, "loop.md"));
    }
  });

  suiteTeardown(async () => {
    report({ hostileFolder: { eventLoopDelayMs: loopDelay.figures, longest } });
    await rm(settingsFile, { force: true });
    await rm(folder, { recursive: true, force: true });
    await until("the settings as they were", () => !areHostile());
  });
  teardown(closeAll);

  function areHostile(): boolean {
    const values = vscode.workspace.getConfiguration("inkling");
    return values.get<number>("maxTokens") === settings["inkling.maxTokens"];
  }

  /** Fails when the extension's own code keeps the loop for long at a stretch while `work` is done and a moment longer. */
  async function checkStretches(
    name: string,
    work: () => Promise<void>,
  ): Promise<void> {
    const sections = new OwnSections((url) =>
      /[\\/]dist[\\/]extension\.js$/.test(url),
    );
    await sections.start();
    loopDelay.start();
    try {
      await work();
      await delay(500);
    } finally {
      loopDelay.stop();
      await sections.stop();
      sections.dispose();
    }
    const [first] = sections.longest;
    assert.ok(first, "the extension has done something");
    longest.push({ work: name, ...first });
    assert.ok(
      first.elapsedMs < MAX_STRETCH_MS,
      `${first.functionName} kept the host for ${first.elapsedMs.toFixed(0)} ms`,
    );
  }

  /** Types where a text ends, and waits until something was decided. */
  async function typeIn(name: string): Promise<void> {
    const uri = vscode.Uri.file(path.join(folder, name));
    const document = await vscode.workspace.openTextDocument(uri);
    await showWithCursor(document, document.getText().length);
    const before = inkling.lastDecision();
    await vscode.commands.executeCommand("type", { text: "," });
    await until("a decision", () => inkling.lastDecision() !== before, {
      patienceMs: DECISION_PATIENCE_MS,
    }).catch(() => undefined);
  }

  // First, so that the settings are at work in all that follows.
  test("its settings keep nobody waiting", () =>
    checkStretches("settings", async () => {
      await write(settingsFile, JSON.stringify(settings));
      await until("the settings", areHostile);
      await typeIn("fence.md");
    }));

  const typed = [
    ...ignoreFiles.map(([name]) => path.join(name, `${"a".repeat(200)}.md`)),
    ...documents.map(([name]) => name),
  ];
  for (const name of typed) {
    const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
    test(`typing in ${shown} keeps nobody waiting`, () =>
      checkStretches(`typing in ${shown}`, () => typeIn(name)));
  }

  test("What Inkling Reads Here keeps nobody waiting, and names its documents", () =>
    checkStretches("reading", async () => {
      await until("the memory", () => inkling.memory());
      await until("the page", async () => {
        await vscode.commands.executeCommand("inkling.showReading");
        return vscode.workspace.textDocuments.some(
          (document) =>
            document.uri.scheme === "inkling-reading" &&
            document.getText().includes("hostile"),
        );
      });
    }));

  test("the list of documents keeps nobody waiting", () =>
    checkStretches("documents", async () => {
      const { include, exclude } = inkling.panel.state.documents;
      const rules = { kind: "filter", include, exclude } as const;
      await inkling.panel.act({ ...rules, withComments: true });
      await until("the documents", () => {
        const { documents, isCollecting } = inkling.panel.state.documents;
        return (
          !isCollecting &&
          documents.some(({ name }) => name.startsWith("hostile/"))
        );
      });
      await inkling.panel.act({ ...rules, withComments: false });
      await inkling.panel.act({ kind: "collect" });
    }));

  test("a task with a prompt of the folder keeps nobody waiting", () =>
    checkStretches("a task", async () => {
      const uri = vscode.Uri.file(path.join(folder, "unended.md"));
      const document = await vscode.workspace.openTextDocument(uri);
      const editor = await showWithCursor(document, 0);
      editor.selection = new vscode.Selection(
        document.positionAt(0),
        document.positionAt(document.getText().length),
      );
      await vscode.commands.executeCommand("inkling.generate", {
        task: "own:n0",
      });
      await vscode.commands.executeCommand("inkling.generation.discard");
    }));
});

async function write(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
