// "What Inkling Reads Here": the files that suggestions know of, and of all others why not.

import * as vscode from "vscode";
import type { MemoryList } from "../protocol/worker";
import { documentName } from "../words/editorWords";
import { labelled } from "../words/joining";
import { leftOutWords } from "../words/leftOutWords";
import { documentLink, escapeMarkdown, MarkdownPage } from "./markdownPage";
import type { Settings } from "./settings";

/** A page longer than this says how many more there are. */
const MAX_NAMES = 2_000;

/** What it is given. */
export interface ReadingPageOptions {
  settings: Settings;
  /** Undefined while no model is loaded. */
  list(): Promise<MemoryList | undefined>;
}

/** The page; `show` shows it. */
export function readingPage(options: ReadingPageOptions): MarkdownPage {
  return new MarkdownPage({
    scheme: "inkling-reading",
    title: vscode.l10n.t("What Inkling Reads Here"),
    parts: () => partsOf(options),
  });
}

async function partsOf({
  settings,
  list,
}: ReadingPageOptions): Promise<string[]> {
  const title = `# ${vscode.l10n.t("What Inkling reads here")}`;
  if (settings.read().memory === 0) {
    const off = vscode.l10n.t(
      "Nothing: the setting {0} is 0.",
      "`inkling.memory`",
    );
    return [title, off];
  }
  const found = await list();
  if (!found) {
    return [
      title,
      vscode.l10n.t(
        "The model is not loaded yet. It is when you begin to write.",
      ),
    ];
  }
  const { read, leftOut } = found;
  return [
    title,
    introduction(),
    `## ${vscode.l10n.t("Read: {0}", read.length)}`,
    ...bullets(read, documentLink),
    `## ${vscode.l10n.t("Left out: {0}", leftOut.length)}`,
    ...bullets(leftOut, ({ name, reason }) =>
      labelled(escapeMarkdown(documentName(name)), leftOutWords(reason)),
    ),
  ];
}

function introduction(): string {
  return vscode.workspace.isTrusted
    ? vscode.l10n.t(
        "Suggestions know the words of these texts and of what stands above the cursor. Nothing of them is written to the disk or leaves this machine.",
      )
    : vscode.l10n.t(
        "This workspace is not trusted, so that only open documents are read. Nothing of them is written to the disk or leaves this machine.",
      );
}

function bullets<T>(
  elements: readonly T[],
  describe: (element: T) => string,
): string[] {
  if (elements.length === 0) return [vscode.l10n.t("None.")];
  const lines = elements.slice(0, MAX_NAMES).map((each) => describe(each));
  const more = elements.length - lines.length;
  if (more > 0) lines.push(vscode.l10n.t("and {0} more", more));
  return [lines.map((line) => `- ${line}`).join("\n")];
}
