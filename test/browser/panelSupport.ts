// What suites of the fine-tuning panel share: documents of a made-up project, the panel's frame, and its parts.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Frame, Locator } from "playwright-core";
import type { Workbench } from "./support";
import { serverProfile } from "./support";

const framePatienceMs = 90_000;

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
export function writeProject({ numDocuments = 14 } = {}): string {
  const { workspace } = serverProfile();
  mkdirSync(path.join(workspace, "logbook"), { recursive: true });
  for (let day = 1; day <= numDocuments; day++) {
    const name = `day-${String(day).padStart(2, "0")}.md`;
    writeFileSync(path.join(workspace, "logbook", name), dayText(day));
  }
  writeFileSync(path.join(workspace, ".gitignore"), "private.md\n");
  writeFileSync(path.join(workspace, "private.md"), dayText(99));
  return workspace;
}

function dayText(day: number): string {
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
  const paragraphs = Array.from({ length: 5 }, paragraph);
  return [`# Day ${day}`, ...paragraphs, ...facts].join("\n\n") + "\n";
}

/** Where the extension keeps things of workspaces: every file, relative. */
export function storedFiles(): string[] {
  const { folder } = serverProfile();
  const storages = path.join(folder, "data/User/workspaceStorage");
  if (!existsSync(storages)) return [];
  return readdirSync(storages, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => file.includes("inkling.inkling"))
    .map((file) => file.slice(file.indexOf("inkling.inkling") + 16))
    .sort();
}

/** The panel in a window, used as a person would. */
export class Panel {
  constructor(
    private readonly workbench: Workbench,
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

  /** Presses Yes in VS Code's own dialog. */
  async confirm(label: string): Promise<void> {
    const dialog = this.workbench.page.locator(".monaco-dialog-box");
    await dialog.getByRole("button", { name: label, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** The number of the step that the status line names; 0 when it names none. */
  async step(): Promise<number> {
    const match = /step ([\d,]+) of/.exec(await this.status());
    return Number(match?.[1]?.replace(",", "") ?? 0);
  }
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
