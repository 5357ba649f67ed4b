// "Inkling: Generate from Selection" from the command to its previews: which task, on what text, shown where.

import * as vscode from "vscode";
import type { Generator } from "../../completion/generator";
import {
  EMBEDDED_MAX_SENTENCES,
  generateLong,
  GENERATION_CONTEXT_TOKENS,
} from "../../writing/longGeneration";
import { builtInIds, builtInTask } from "../../writing/builtInTasks";
import { ownTask } from "../../writing/ownTasks";
import {
  MAX_SELECTION_CHARACTERS,
  messagesFor,
  type Task,
  type TaskInput,
} from "../../writing/task";
import type { Exclusion } from "../exclusion";
import type { Settings } from "../settings";
import { silenceWords } from "../../words/editorWords";
import type { ActiveGeneration, ActiveGenerations } from "./activeGenerations";
import { askForInput, type GenerateArguments } from "./askForInput";
import { headingPrefix } from "./headingPrefix";
import type { OpenPreview } from "./openPreview";
import { findPlace, type Place, type PlaceTarget } from "./place";
import { GenerationSession, type WriteText } from "./session";
import { readStagedDiff } from "./stagedDiff";
import { pickTask, type ChosenTask, type RunSettings } from "./taskPick";
import { inklingSays } from "../../words/joining";
import { taskTitle } from "../../words/taskWords";

/** Below this a further result would hardly differ from the first. */
const ANOTHER_MIN_TEMPERATURE = 0.7;
/** Characters before the cursor that are continued: they leave room for the new text in the context. */
const MAX_CONTINUED_CHARACTERS = 2 * GENERATION_CONTEXT_TOKENS;
/** Between two sentences. */
const PATIENCE_MS = 2_000;
const LAST_USED_KEY = "inkling.lastTasks";
const NUM_LAST_USED = 4;
/** How long a remark stays in the status bar. */
const TOLD_MS = 10_000;

/** What the command works with. */
export interface GenerateOptions {
  generator: Generator;
  settings: Settings;
  exclusion: Exclusion;
  generations: ActiveGenerations;
  previews: OpenPreview;
  memento: vscode.Memento;
  /** Takes ghost text away: the preview is to stand there. */
  hideGhostText(): void;
  log: vscode.LogOutputChannel;
}

/** Runs the command; answers once everything is written, for tests. */
export class GenerateCommand {
  private nextId = 1;

  constructor(private readonly options: GenerateOptions) {}

  async run(argument: unknown): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor || editor.document.uri.scheme === "output") {
      refuse(
        vscode.l10n.t(
          "open a text first (VS Code gives extensions no files over 50 MB)",
        ),
      );
      return;
    }
    const given = readArguments(argument);
    const chosen = await this.choose(editor.document, given.task);
    if (!chosen) return;
    if (chosen.task.target === "commitMessage") {
      await this.commitMessage(undefined, chosen.run);
      return;
    }
    await this.generateIn(editor, { ...chosen, given });
  }

  /** Writes the commit message for what is staged, into the preview beside and from there into its field. */
  async commitMessage(
    sourceControl: unknown,
    run: RunSettings = this.runSettings(),
  ): Promise<void> {
    const staged = await readStagedDiff(sourceControl);
    if ("whyNot" in staged) {
      refuse(staged.whyNot);
      return;
    }
    const task = builtInTask("commitMessage");
    const preview = await this.options.previews.beside(
      taskTitle(task),
      async (text) => {
        staged.setMessage(text);
        return true;
      },
    );
    const write = this.writer(task, {
      run,
      cacheKey: "generate:commit",
      input: { diff: staged.diff, file: staged.repositoryName },
      textBefore: "",
    });
    await this.start(taskTitle(task), write, () => preview);
  }

  private async choose(
    document: vscode.TextDocument,
    taskId: string | undefined,
  ): Promise<ChosenTask | undefined> {
    const { memento, settings } = this.options;
    const run = this.runSettings(document);
    const prompts = settings.prompts(document);
    const lastUsed = memento.get<string[]>(LAST_USED_KEY, []);
    const chosen =
      taskId === undefined
        ? await pickTask({
            run,
            prompts,
            lastUsed,
            isEmbeddedModel: settings.read(document).model === "",
          })
        : findTask(taskId, { run, prompts });
    if (!chosen) {
      if (taskId !== undefined) {
        refuse(vscode.l10n.t('there is no task "{0}"', taskId));
      }
      return undefined;
    }
    const { id } = chosen.task;
    await memento.update(
      LAST_USED_KEY,
      [id, ...lastUsed.filter((each) => each !== id)].slice(0, NUM_LAST_USED),
    );
    return chosen;
  }

  private async generateIn(
    editor: vscode.TextEditor,
    { task, run, given }: ChosenTask & { given: GenerateArguments },
  ): Promise<void> {
    const { document } = editor;
    const by = await this.options.exclusion.check(document);
    if (by) {
      refuse(silenceWords({ code: "excluded", by }));
      return;
    }
    const asked = await askForInput(task, { document, given });
    if (!asked) return;
    const places = placesFor(editor, task);
    if (places.length === 0) {
      refuse(
        vscode.l10n.t("there is no text here; write or select some first"),
      );
      return;
    }
    const isTooLong = places.some(
      ({ source }) => source.end - source.start > MAX_SELECTION_CHARACTERS,
    );
    if (task.prompt && isTooLong) {
      if (task.target === "replace") {
        refuse(
          vscode.l10n.t(
            "the text is too long to be replaced; select at most {0} characters",
            MAX_SELECTION_CHARACTERS,
          ),
        );
        return;
      }
      vscode.window.setStatusBarMessage(
        vscode.l10n.t(
          "Inkling: the text is long; only its first {0} characters are read",
          MAX_SELECTION_CHARACTERS,
        ),
        TOLD_MS,
      );
    }
    this.options.hideGhostText();
    const text = document.getText();
    await Promise.all(
      places.map(async (place, index) => {
        const source = text
          .slice(place.source.start, place.source.end)
          .replaceAll("\r\n", "\n");
        const write = this.writer(task, {
          run,
          cacheKey: `generate:${document.uri.toString()}`,
          input: { ...asked, selection: source },
          languageId: document.languageId,
          textBefore: task.prompt
            ? ""
            : source.slice(-MAX_CONTINUED_CHARACTERS),
        });
        const isFollowed = index === 0;
        await this.startAt(editor, { place, task, write, isFollowed });
      }),
    );
  }

  private async startAt(
    editor: vscode.TextEditor,
    {
      place,
      task,
      write,
      isFollowed,
    }: { place: Place; task: Task; write: WriteText; isFollowed: boolean },
  ): Promise<void> {
    const { previews } = this.options;
    const title = taskTitle(task);
    const { document } = editor;
    const finish = finishFor(task, document);
    if (finish) {
      const preview = await previews.beside(title, finish);
      return this.start(title, write, () => preview);
    }
    const open = await previews.at(editor, {
      place,
      title,
      isAboutSource: task.prompt !== undefined,
      isFollowed,
    });
    return this.start(title, write, open);
  }

  private async start(
    title: string,
    write: WriteText,
    open: (session: GenerationSession) => ActiveGeneration["preview"],
  ): Promise<void> {
    const { generations, log } = this.options;
    const session: GenerationSession = new GenerationSession(write, () => {
      generation.preview.show(session.current?.text ?? "");
      generations.changed();
      const { current } = session;
      if (current?.end === "failed") {
        log.warn(`Cannot generate: ${current.error}`);
        if (current.text === "") refuse(current.error ?? "");
      }
    });
    const generation: ActiveGeneration = {
      id: this.nextId++,
      title,
      session,
      preview: open(session),
    };
    generations.add(generation);
    await session.another();
    await generation.preview.settled();
  }

  private writer(
    task: Task,
    {
      run,
      cacheKey,
      input,
      textBefore,
      languageId = "plaintext",
    }: {
      run: RunSettings;
      cacheKey: string;
      input: TaskInput;
      textBefore: string;
      languageId?: string;
    },
  ): WriteText {
    const chat = messagesFor(task, input, {
      maxSelectionCharacters: MAX_SELECTION_CHARACTERS,
    });
    return (order, { signal, onProgress }) =>
      generateLong(
        this.options.generator,
        {
          chat,
          textBefore: textBefore + order.textBefore,
          languageId,
          form: order.textBefore === "" ? task.form : "text",
          answerStart: task.prompt?.answerStart ?? "",
          maxTokens: Math.min(run.maxTokens, task.maxTokens ?? Infinity),
          maxSentences: run.maxSentences,
          others: order.others,
          sampling: {
            temperature:
              order.attempt === 0
                ? run.temperature
                : Math.max(run.temperature, ANOTHER_MIN_TEMPERATURE),
            seed: Math.floor(Math.random() * 2 ** 31),
          },
          cacheKey,
        },
        { signal, onProgress, patienceMs: PATIENCE_MS },
      );
  }

  private runSettings(document?: vscode.TextDocument): RunSettings {
    const values = this.options.settings.read(document);
    return {
      maxSentences: values.model === "" ? EMBEDDED_MAX_SENTENCES : undefined,
      maxTokens: values["generation.maxTokens"],
      temperature: values["generation.temperature"],
    };
  }
}

/** Says in the status bar's place why nothing is done. */
export function refuse(why: string): void {
  void vscode.window.showWarningMessage(inklingSays(why));
}

function readArguments(argument: unknown): GenerateArguments {
  if (typeof argument !== "object" || argument === null) return {};
  const { task, question, language } = argument as Record<string, unknown>;
  return {
    ...(typeof task === "string" ? { task } : {}),
    ...(typeof question === "string" ? { question } : {}),
    ...(typeof language === "string" ? { language } : {}),
  };
}

function findTask(
  id: string,
  {
    run,
    prompts,
  }: { run: RunSettings; prompts: Parameters<typeof ownTask>[0][] },
): ChosenTask | undefined {
  const builtIn = builtInIds.find((each) => each === id);
  if (builtIn) return { task: builtInTask(builtIn), run };
  const own = prompts.map(ownTask).find((task) => task.id === id);
  return own && { task: own, run };
}

/** Where an accepted result goes that does not stay in its document. */
function finishFor(
  { target }: Task,
  { languageId }: vscode.TextDocument,
): ((text: string) => Promise<boolean>) | undefined {
  if (target === "clipboard") {
    return async (text) => {
      await vscode.env.clipboard.writeText(text);
      return true;
    };
  }
  if (target !== "newDocument") return undefined;
  return async (content) => {
    const document = await vscode.workspace.openTextDocument({
      language: languageId,
      content,
    });
    await vscode.window.showTextDocument(document, { preview: false });
    return true;
  };
}

/** A place for each selection; two cursors in one paragraph are one place for a task on it. */
function placesFor(editor: vscode.TextEditor, task: Task): Place[] {
  const { document, selections } = editor;
  const text = document.getText();
  const target: PlaceTarget = !task.prompt
    ? "continue"
    : task.target === "replace" || task.target === "above"
      ? task.target
      : "below";
  const places = new Map<string, Place>();
  for (const selection of selections) {
    const place = findPlace(text, {
      selection: {
        start: document.offsetAt(selection.start),
        end: document.offsetAt(selection.end),
      },
      target,
    });
    if (!place) continue;
    const before = target === "above" ? headingPrefix(document, place) : "";
    places.set(`${place.offset}:${place.source.start}`, {
      ...place,
      before: place.before + before,
    });
  }
  return [...places.values()];
}
