// The quick pick of tasks: the last used on top, the user's own below, length and temperature for this run at the end.

import * as vscode from "vscode";
import { builtInIds, builtInTask } from "../../writing/builtInTasks";
import { ownTask, type OwnPrompt } from "../../writing/ownTasks";
import type { Task } from "../../writing/task";
import { numberRanges } from "../settingValues";
import { taskDetail, taskTitle } from "../../words/taskWords";

/** Length and temperature of one run. */
export interface RunSettings {
  maxTokens: number;
  temperature: number;
  /** Of a text that is gone on with; undefined leaves it to `maxTokens`. */
  maxSentences: number | undefined;
}

/** What was chosen. */
export interface ChosenTask {
  task: Task;
  run: RunSettings;
}

interface Entry extends vscode.QuickPickItem {
  task?: Task;
  change?: keyof typeof LIMITS;
  opensSettings?: boolean;
}

const LIMITS = {
  maxTokens: numberRanges["generation.maxTokens"],
  temperature: numberRanges["generation.temperature"],
} as const;

/** Asks which task; undefined when the user goes away. */
export async function pickTask(options: {
  run: RunSettings;
  prompts: readonly OwnPrompt[];
  lastUsed: readonly string[];
  /** The model in the extension, of which some tasks are too much. */
  isEmbeddedModel: boolean;
}): Promise<ChosenTask | undefined> {
  let { run } = options;
  for (;;) {
    const chosen = await vscode.window.showQuickPick(entries(options, run), {
      title: vscode.l10n.t("Inkling: Generate from Selection"),
      placeHolder: vscode.l10n.t("What should be done with the text?"),
      matchOnDescription: true,
    });
    if (!chosen) return undefined;
    if (chosen.task) return { task: chosen.task, run };
    if (chosen.opensSettings) {
      await vscode.commands.executeCommand(
        "workbench.action.openSettings",
        "inkling.prompts",
      );
      return undefined;
    }
    if (chosen.change) {
      run = { ...run, ...(await askNumber(chosen.change, run)) };
    }
  }
}

/** Tasks in the order of their last use, the others as they come. */
function orderTasks(
  tasks: readonly Task[],
  lastUsed: readonly string[],
): Task[] {
  const rank = ({ id }: Task) => {
    const place = lastUsed.indexOf(id);
    return place < 0 ? lastUsed.length : place;
  };
  return [...tasks].sort((a, b) => rank(a) - rank(b));
}

function entries(
  {
    prompts,
    lastUsed,
    isEmbeddedModel,
  }: {
    prompts: readonly OwnPrompt[];
    lastUsed: readonly string[];
    isEmbeddedModel: boolean;
  },
  run: RunSettings,
): Entry[] {
  const builtIn = builtInIds
    .map(builtInTask)
    .filter(({ fit }) => !isEmbeddedModel || fit !== "poor");
  const tasks = orderTasks([...builtIn, ...prompts.map(ownTask)], lastUsed);
  return [
    ...tasks.map((task) => ({
      label: taskTitle(task),
      description: taskDetail(task, { isEmbeddedModel }),
      task,
    })),
    {
      label: vscode.l10n.t("For this run"),
      kind: vscode.QuickPickItemKind.Separator,
    },
    {
      label: vscode.l10n.t("$(settings) Length: {0} tokens", run.maxTokens),
      change: "maxTokens",
    },
    {
      label: vscode.l10n.t("$(settings) Temperature: {0}", run.temperature),
      change: "temperature",
    },
    {
      label: vscode.l10n.t("$(edit) Edit your own prompts"),
      opensSettings: true,
    },
  ];
}

async function askNumber(
  key: keyof typeof LIMITS,
  run: RunSettings,
): Promise<Partial<RunSettings>> {
  const { min, max, isInteger } = LIMITS[key];
  const read = (text: string) => {
    const value = Number(text);
    const isValid =
      text.trim() !== "" &&
      value >= min &&
      value <= max &&
      (!isInteger || Number.isInteger(value));
    return isValid ? value : undefined;
  };
  const text = await vscode.window.showInputBox({
    title:
      key === "maxTokens"
        ? vscode.l10n.t("Inkling: about how many tokens?")
        : vscode.l10n.t("Inkling: which temperature?"),
    value: String(run[key]),
    validateInput: (typed) =>
      read(typed) === undefined
        ? vscode.l10n.t("Expected a number from {0} to {1}", min, max)
        : undefined,
  });
  const value = text === undefined ? undefined : read(text);
  return value === undefined ? {} : { [key]: value };
}
