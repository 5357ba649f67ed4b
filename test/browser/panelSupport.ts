// What suites of the fine-tuning panel share: documents of a made-up project, the panel's frame, and its parts.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Frame, Locator } from "playwright-core";
import type { Workbench } from "./support";
import { serverProfile } from "./support";

const framePatienceMs = 90_000;
/** More than the panel has places for the keyboard. */
const maxTabs = 200;
const dialogPatienceMs = 15_000;
const focusPatienceMs = 2_000;

interface AxeViolation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Facts that no model knows, in every document: what is learned first. */
const facts = [
  "The lighthouse of Varnholm is kept by Ottilie Brandeskov and her three brothers.",
  "Every logbook of Varnholm is bound in green sailcloth by the Quillfeather workshop.",
  "The lamp of Varnholm burns rapeseed oil from the Sandvig mill.",
];
const subjects = [
  "The keeper",
  "A visitor from the mainland",
  "The youngest brother",
  "The harbour master",
  "An old fisherman",
  "The painter who stays over winter",
  "The schoolteacher",
  "A sailor of the mail boat",
];
const deeds = [
  "counted the gulls on the eastern rocks",
  "carried water up the ninety steps",
  "mended the net behind the boathouse",
  "wrote down the colour of the evening sky",
  "heard the bell of the sunken chapel",
  "found a bottle with a letter in it",
  "polished the brass of the great lens",
  "read aloud from a book about whales",
  "planted beans between the stones",
  "waited for the fog to lift",
];
const times = [
  "before sunrise",
  "while the kettle boiled",
  "on the shortest day of the year",
  "after the storm had passed",
  "when the tide was at its lowest",
  "as the mail boat came in",
  "in the last week of autumn",
];

/** Writes the documents into the workspace, and files beside them that must stay out. */
export function writeProject({
  numDocuments = 14,
  numParagraphs = 5,
} = {}): string {
  const { workspace } = serverProfile();
  mkdirSync(path.join(workspace, "logbook"), { recursive: true });
  for (let day = 1; day <= numDocuments; day++) {
    const name = `day-${String(day).padStart(2, "0")}.md`;
    writeFileSync(
      path.join(workspace, "logbook", name),
      dayText(day, { numParagraphs }),
    );
  }
  writeFileSync(path.join(workspace, ".gitignore"), "private.md\n");
  writeFileSync(path.join(workspace, "private.md"), dayText(99));
  return workspace;
}

/** The text of a document; each day has another. */
export function dayText(day: number, { numParagraphs = 5 } = {}): string {
  let state = day * 7919;
  const pick = (words: string[]): string => {
    state = (state * 48271 + 11) % 2147483647;
    return words[state % words.length] ?? "";
  };
  const paragraph = () => {
    const sentences = Array.from(
      { length: 4 },
      () => `${pick(subjects)} ${pick(deeds)} ${pick(times)}.`,
    );
    return [...sentences, pick(facts)].join(" ");
  };
  const paragraphs = Array.from({ length: numParagraphs }, paragraph);
  return [`# Day ${day}`, ...paragraphs, ...facts].join("\n\n") + "\n";
}

/** The extension's folder in the storage of each workspace that has been opened, whether it is there or not. */
export function storageFolders(): string[] {
  const { folder } = serverProfile();
  const storages = path.join(folder, "data/User/workspaceStorage");
  if (!existsSync(storages)) return [];
  return readdirSync(storages).map((name) =>
    path.join(storages, name, "inkling.inkling"),
  );
}

/** Where the extension keeps things of workspaces: every file, relative. */
export function storedFiles(): string[] {
  return storageFolders()
    .filter((storage) => existsSync(storage))
    .flatMap((storage) =>
      readdirSync(storage, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => path.relative(storage, file)),
    )
    .sort();
}

/** The process of the run under way, as the lock names it that the run's window keeps. */
export function findTrainer(): number | undefined {
  const { folder } = serverProfile();
  const storage = "data/User/globalStorage/inkling.inkling/training";
  const locks = path.join(folder, storage);
  const names = existsSync(locks) ? readdirSync(locks) : [];
  const lock = names.find((name) => name.endsWith(".lock.json"));
  if (lock === undefined) return undefined;
  const holder: unknown = JSON.parse(
    readFileSync(path.join(locks, lock), "utf8"),
  );
  return (holder as { trainerProcessId?: number }).trainerProcessId;
}

/**
 * Removes what an earlier test, or an earlier try of the same one, has left: choices, a run, adapters. The host of a
 * window that has gone without a word goes on training for a while, in case the window comes back.
 */
export async function forgetFineTuning(): Promise<void> {
  const trainer = findTrainer();
  if (trainer !== undefined) {
    process.kill(trainer, "SIGKILL");
    while (findTrainer() === trainer) await delay(100);
    // The host notes that the run is paused, once it has given the lock back.
    await delay(1_000);
  }
  for (const storage of storageFolders()) {
    for (const name of ["fine-tuning", "adapters"]) {
      rmSync(path.join(storage, name), { recursive: true, force: true });
    }
  }
}

/** The panel in a window, used as a person would. */
export class Panel {
  constructor(
    readonly workbench: Workbench,
    readonly frame: Frame,
  ) {}

  /** Opens the panel and waits until it has something to show. */
  static async open(
    workbench: Workbench,
    command = "Inkling: Fine-tune on This Workspace",
  ): Promise<Panel> {
    await workbench.command(command);
    return Panel.find(workbench);
  }

  /** The panel that is there already, as after a reload. */
  static async find(workbench: Workbench): Promise<Panel> {
    const askEveryMs = 250;
    for (let waited = 0; waited < framePatienceMs; waited += askEveryMs) {
      for (const frame of workbench.page.frames()) {
        const isPanel = await frame
          .locator("main#root h1")
          .isVisible()
          .catch(() => false);
        if (isPanel) return new Panel(workbench, frame);
      }
      await delay(askEveryMs);
    }
    throw new Error("Cannot find the panel's page");
  }

  button(name: string): Locator {
    return this.frame.getByRole("button", { name, exact: true }).first();
  }

  /** Everything that the page says. */
  text(): Promise<string> {
    return this.frame.locator("body").innerText();
  }

  /** What the status line of the run says; empty when there is none. */
  async status(): Promise<string> {
    const line = this.frame.locator("section[aria-labelledby=run-title] > p");
    return line
      .first()
      .innerText({ timeout: 1_000 })
      .catch(() => "");
  }

  /** Waits until some text of the page fits, and answers it. */
  async until(
    what: string,
    ask: () => Promise<boolean>,
    { patienceMs = 60_000 } = {},
  ): Promise<void> {
    const askEveryMs = 200;
    for (let waited = 0; waited < patienceMs; waited += askEveryMs) {
      if (await ask()) return;
      await delay(askEveryMs);
    }
    await this.workbench.screenshot(`panel-missing-${what.slice(0, 30)}`);
    const text = await this.frame.locator("body").innerText();
    assert.fail(`${what} did not come; the panel says: ${text.slice(0, 1500)}`);
  }

  /**
   * Walks to an element with Tab, or with Shift+Tab where it stands above: as a person does who has no mouse. Whatever
   * takes the keyboard away meanwhile gives it back by the command that shows the panel.
   */
  async reach(target: Locator): Promise<void> {
    const { page } = this.workbench;
    await target.waitFor();
    for (let presses = 0; presses < maxTabs; presses++) {
      const way = await target
        .evaluate(wayTo)
        .catch(() => "drawn anew" as const);
      if (way === "there") return;
      if (way === "elsewhere") await this.untilFocus();
      if (way === "Tab" || way === "Shift+Tab") await page.keyboard.press(way);
    }
    await this.workbench.screenshot("panel-not-reached");
    assert.fail(`${String(target)} cannot be reached with Tab`);
  }

  /** Writes a text into a field by keyboard, in place of what stands there. */
  async write(field: Locator, text: string): Promise<void> {
    await this.reach(field);
    // Control+A would go to VS Code and come back, by when the first letter may be typed.
    await this.workbench.press("Home");
    await this.workbench.press("Shift+End");
    await this.workbench.type(text);
    assert.equal(await field.inputValue(), text);
  }

  /** A dialog that has just closed gives the keyboard back by itself; after the palette, a command does. */
  private async untilFocus(): Promise<void> {
    const hasFocus = () => this.frame.evaluate("document.hasFocus()");
    const askEveryMs = 100;
    for (let waited = 0; waited < focusPatienceMs; waited += askEveryMs) {
      if (await hasFocus()) return;
      await delay(askEveryMs);
    }
    await this.workbench.command("Inkling: Fine-tune on This Workspace");
    await this.until("the keyboard in the panel", async () =>
      Boolean(await hasFocus()),
    );
  }

  /** Presses a button by keyboard alone. */
  async press(name: string, key = "Enter"): Promise<void> {
    const target = this.button(name);
    await this.until(`"${name}", enabled`, () =>
      target.isEnabled().catch(() => false),
    );
    await this.reach(target);
    await this.workbench.press(key);
  }

  /** Presses Yes in VS Code's own dialog. */
  async confirm(label: string): Promise<void> {
    const dialog = this.workbench.page.locator(".monaco-dialog-box");
    await dialog.getByRole("button", { name: label, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** The same by keyboard alone. */
  async confirmByKeyboard(label: string): Promise<void> {
    const { page } = this.workbench;
    const dialog = page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    const wanted = dialog.locator(":focus", { hasText: label });
    for (let presses = 0; presses < 5; presses++) {
      if (await wanted.isVisible()) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
  }

  /** The number of the step that the status line names; 0 when it names none. */
  async step(): Promise<number> {
    const match = /step ([\d,]+) of/.exec(await this.status());
    return Number(match?.[1]?.replace(",", "") ?? 0);
  }
}

/** What `wayTo` looks at of the page in which it runs; this project's tests know no DOM. */
interface PageGlobals {
  document: {
    hasFocus(): boolean;
    body: unknown;
    activeElement: { compareDocumentPosition(other: unknown): number } | null;
  };
  Node: { DOCUMENT_POSITION_PRECEDING: number };
}

/** Runs in the page: where the keyboard has to go from where it is. */
function wayTo(target: unknown): "there" | "elsewhere" | "Tab" | "Shift+Tab" {
  const { document, Node } = globalThis as unknown as PageGlobals;
  const { activeElement, body } = document;
  if (!document.hasFocus()) return "elsewhere";
  if (activeElement === target) return "there";
  if (!activeElement || activeElement === body) return "Tab";
  const position = activeElement.compareDocumentPosition(target);
  const isAbove = position & Node.DOCUMENT_POSITION_PRECEDING;
  return isAbove ? "Shift+Tab" : "Tab";
}

/** Fills in settings of training by keyboard. */
export async function changeSettings(
  panel: Panel,
  settings: Record<string, string>,
): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    const field = panel.frame.getByLabel(name, { exact: true });
    if (!(await field.isVisible())) {
      await panel.reach(panel.frame.getByText("Advanced", { exact: true }));
      await panel.workbench.press("Enter");
    }
    await panel.write(field, value);
  }
}

/** Takes one of what VS Code offers to choose from. */
export async function pick(workbench: Workbench, label: string): Promise<void> {
  const widget = workbench.page.locator(".quick-input-widget");
  const row = widget.locator(".monaco-list-row", { hasText: label });
  await row.first().waitFor();
  await workbench.type(label);
  await workbench.press("Enter");
}

/** Writes a text or a path into VS Code's own field and accepts it; a folder is entered first and then accepted. */
export async function fillDialog(
  workbench: Workbench,
  text: string,
): Promise<void> {
  const input = workbench.page.locator(".quick-input-widget input").first();
  await input.waitFor();
  let accepted = "";
  let acceptedAt = 0;
  const askEveryMs = 100;
  // A key that comes while the dialog looks a folder up is lost.
  const acceptAgainMs = 2000;
  for (let waited = 0; waited < dialogPatienceMs; waited += askEveryMs) {
    await delay(askEveryMs);
    if (!(await input.isVisible())) {
      // The list from which the dialog was chosen goes before the dialog comes.
      if (accepted === "") continue;
      return;
    }
    const value = await input.inputValue().catch(() => "");
    const isWritten = value === text || value === `${text}/`;
    const isDue = value !== accepted || waited - acceptedAt >= acceptAgainMs;
    if (isWritten && isDue) {
      await workbench.press("Enter");
      accepted = value;
      acceptedAt = waited;
    } else if (!isWritten) {
      // A dialog for files puts a folder into its field some time after it has come up.
      await input.press("Control+a").catch(() => undefined);
      await workbench.type(text);
    }
  }
  await workbench.screenshot("panel-dialog-stays");
  assert.fail(`the dialog with "${text}" does not close`);
}

/**
 * What axe calls serious or critical. A page is transparent, and axe takes what lies behind its frame for white: it is
 * given the ground that the workbench has there.
 */
export async function seriousFaults(
  panel: Panel,
  ground: "sideBar" | "editor" = "sideBar",
): Promise<string[]> {
  await panel.frame.evaluate(
    `document.documentElement.style.background = "var(--vscode-${ground}-background)"`,
  );
  const source = createRequire(__filename).resolve("axe-core/axe.min.js");
  await panel.frame.evaluate(readFileSync(source, "utf8"));
  const violations: AxeViolation[] = await panel.frame.evaluate(
    "axe.run(document).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))",
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes: [node] }) =>
        `${id}: ${node?.html.slice(0, 200)} ${node?.failureSummary}`,
    );
}
