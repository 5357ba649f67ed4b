// Fine-tuning on a workspace: joins what is learned from, the run and the adapters, and does what the page asks.
// Knows no webview; pages are told of the state's changes.

import { isDeepStrictEqual } from "node:util";
import { assertNever } from "../common/assertNever";
import type { ChooseOptions } from "../documents/chooseDocuments";
import type { PanelAction } from "../protocol/panel";
import type {
  DocumentReference,
  TrainingOutcome,
  TrainingRequest,
  TrainingSource,
} from "../protocol/training";
import { AdapterFolders } from "../adapters/adapterFolders";
import { AdapterList, type AdapterSwitch } from "./adapterList";
import type { Dialogs } from "./dialogs";
import { DocumentChoice } from "./documentChoice";
import { readExampleFile, type ExampleChoice } from "./exampleChoice";
import { defaultSettingTexts, type PanelModel } from "./panelModel";
import type { PanelStore } from "./panelStore";
import { preparedBytes, removePrepared } from "../model/files/preparedWeights";
import { readTrainingSpeed } from "../model/files/trainingSpeed";
import { threadsFor } from "../settings/threads";
import {
  longerSettings,
  settingErrors,
  settingsOf,
} from "../settings/settingTexts";
import { forecastOf, trainingChoices } from "../settings/trainingChoices";
import type { BlockedReason, FineTuningState } from "../words/panelCodes";
import type { Trainer } from "./trainer";
import { TrainingRun } from "./trainingRun";

/** What fine-tuning is made with. */
export interface FineTuningOptions {
  model: PanelModel;
  store: PanelStore;
  /** The workspace's folder, or its folders. */
  folder(): ChooseOptions["folder"];
  /** Where adapters are kept. */
  adaptersFolder: string;
  trainer: Trainer;
  adapterSwitch: AdapterSwitch;
  dialogs: Dialogs;
  /** What an adapter is called that begins now. */
  newName(): string;
  /** The model that learns and where its derived forms are kept. */
  place(): Pick<TrainingRequest, "modelFolder" | "cacheFolder" | "generalFile">;
  alwaysExcluded(): readonly string[];
  gitProgram(): string | undefined;
  /** Shows a document as the model sees it. */
  preview(document: DocumentReference): Promise<void>;
  log(message: string): void;
  quietMs?: number;
}

/** What the page cannot do and VS Code can. */
export type OutsideAction = Extract<
  PanelAction,
  { kind: "manageTrust" | "openFolder" | "showLog" }
>;

/** Does what a person asks for in one workspace. */
export class FineTuning {
  readonly run: TrainingRun;
  private readonly adapters: AdapterFolders;
  private readonly documents: DocumentChoice;
  private readonly adapterList: AdapterList;
  private examples: ExampleChoice | undefined;
  private isCancelled = false;
  private readonly judging: { dispose(): void };

  constructor(private readonly options: FineTuningOptions) {
    this.adapters = new AdapterFolders(options.adaptersFolder);
    this.documents = new DocumentChoice(options);
    this.adapterList = new AdapterList({ ...options, adapters: this.adapters });
    this.run = new TrainingRun({
      ...options,
      adapters: this.adapters,
      onOver: (finished) => this.onFinished(finished),
    });
    // Looking through the workspace ends at any time.
    this.judging = options.model.onDidChange(({ documents }) => {
      if (documents) this.judge();
    });
  }

  /** Goes on where the last window stopped. */
  async restore(): Promise<void> {
    this.refresh();
    const { run } = this.options.store.saved;
    if (run) await this.run.restore(run);
  }

  /** Looks at everything again; called when a page comes up. */
  async syncWithDisk(): Promise<void> {
    this.run.syncWithDisk();
    this.refresh();
    const { examplesFile } = this.options.store.saved;
    if (examplesFile !== undefined && !this.examples) {
      await this.readExamples(examplesFile);
    }
    if (!this.documents.source) await this.documents.collect();
    this.judge();
  }

  /** Does one thing; what goes wrong is said in the state. */
  async act(action: Exclude<PanelAction, OutsideAction>): Promise<void> {
    try {
      await this.perform(action);
    } catch (error) {
      this.options.log(String((error as Error)?.stack ?? error));
      this.options.model.tellFailure(error);
    }
  }

  /** The adapter that completion uses has changed. */
  adapterSwitched(): void {
    this.adapterList.refresh();
  }

  /** A folder has come to the workspace or has left it. */
  async foldersChanged(): Promise<void> {
    if (this.documents.source) await this.act({ kind: "collect" });
  }

  dispose(): void {
    this.judging.dispose();
    this.run.dispose();
    this.documents.dispose();
  }

  private get state(): Readonly<FineTuningState> {
    return this.options.model.state;
  }

  private get isChoosing(): boolean {
    return this.state.phase === "choosing" && !this.state.run;
  }

  // One line for each action, whatever the number of them.
  private async perform(
    action: Exclude<PanelAction, OutsideAction>,
  ): Promise<void> {
    const { model, store } = this.options;
    switch (action.kind) {
      case "collect":
        await this.documents.collect();
        return this.changed();
      case "filter":
        this.documents.filter(action);
        return this.changed();
      case "assign":
        await this.documents.assign(action);
        return this.changed();
      case "trainAnyway":
        return this.trainAnyway(action.name);
      case "preview":
        return this.preview(action.name);
      case "source":
        model.change({ source: action.source });
        store.update({ source: action.source });
        return this.changed();
      case "chooseExamples":
        return this.chooseExamples();
      case "setting":
        return this.set({ [action.field]: action.text });
      case "choice":
        return this.set(trainingChoices[action.choice]);
      case "defaultSettings":
        return this.set(defaultSettingTexts());
      case "estimate":
        return this.estimate();
      case "start":
        return this.start();
      case "trainLonger":
        this.set(longerSettings(this.state.settings.values));
        return this.start();
      case "cancel":
        return this.cancel();
      case "pause":
        return this.run.pause();
      case "resume":
        return this.run.resume();
      case "stop":
        return this.stop(action.keep);
      case "switchOn":
        return this.adapterList.switchOn(action.id);
      case "switchOff":
        return this.adapterList.switchOff();
      case "showAnswer":
        return this.adapterList.showAnswer(action.id);
      case "closeAnswer":
        return model.change({ answer: undefined });
      case "rename":
        return this.adapterList.rename(action.id);
      case "export":
        return this.adapterList.export(action.id);
      case "import":
        return this.adapterList.import();
      case "delete":
        return this.adapterList.delete(action.id);
      case "removePrepared":
        return this.removePrepared();
      case "dismissNotice":
        return model.change({ notice: undefined });
      default:
        return assertNever(action);
    }
  }

  /** What is chosen is another thing now: an estimate holds no longer. */
  private changed(): void {
    this.options.model.change({ estimate: undefined });
    this.judge();
  }

  /** Says why training cannot begin. */
  private judge(): void {
    const { state } = this;
    const hasErrors = Object.keys(state.settings.errors).length > 0;
    const chosen =
      state.source === "documents" ? this.documents : this.examples;
    const blockedReason: BlockedReason | undefined = hasErrors
      ? { code: "wrong-setting" }
      : chosen
        ? chosen.blockedReason
        : { code: "no-examples" };
    if (!isDeepStrictEqual(blockedReason, state.blockedReason)) {
      this.options.model.change({ blockedReason });
    }
    this.foresee();
  }

  /** Says what each choice will take. */
  private foresee(): void {
    const { model, place } = this.options;
    const { settings, source, forecasts: before } = this.state;
    const chosen = source === "documents" ? this.documents : this.examples;
    const trainingTokens = chosen?.trainingTokens ?? 0;
    const foreseen = (texts: Partial<typeof settings.values>) => {
      const all = settingsOf({ ...settings.values, ...texts }, 1);
      const { modelFolder, cacheFolder } = place();
      const speed = readTrainingSpeed(cacheFolder, { ...all, modelFolder });
      return forecastOf(all, { trainingTokens, speed });
    };
    const isReady =
      trainingTokens > 0 && Object.keys(settings.errors).length === 0;
    const forecasts = isReady
      ? {
          quick: foreseen(trainingChoices.quick),
          good: foreseen(trainingChoices.good),
          thorough: foreseen(trainingChoices.thorough),
          own: foreseen({}),
        }
      : {};
    if (!isDeepStrictEqual(forecasts, before)) model.change({ forecasts });
  }

  private set(texts: Partial<FineTuningState["settings"]["values"]>): void {
    const { model, store } = this.options;
    const values = { ...this.state.settings.values, ...texts };
    model.change({ settings: { values, errors: settingErrors(values) } });
    const defaults = Object.entries(defaultSettingTexts());
    const own = Object.entries(values).filter(
      ([field, text]) => !defaults.some(([f, d]) => f === field && d === text),
    );
    const saved = Object.fromEntries(own);
    store.update({ settings: own.length > 0 ? saved : undefined });
    this.changed();
  }

  /** Asks first; a document that changes while the question stands is asked about again. */
  private async trainAnyway(name: string): Promise<void> {
    const secret = this.documents.secretIn(name);
    if (!secret) return;
    const question = { code: "train-anyway", name, secret } as const;
    if (!(await this.options.dialogs.confirm(question))) return;
    await this.documents.allow(name, secret);
    this.changed();
  }

  private async preview(name: string): Promise<void> {
    const document = this.documents.referenceTo(name);
    if (document) await this.options.preview(document);
  }

  private async chooseExamples(): Promise<void> {
    const { dialogs, store } = this.options;
    const file = await dialogs.chooseFile("examples");
    if (file === undefined) return;
    await this.readExamples(file);
    store.update({ examplesFile: file });
    this.changed();
  }

  private async readExamples(file: string): Promise<void> {
    this.examples = await readExampleFile(file);
    this.options.model.change({ examples: this.examples.shown });
  }

  private async estimate(): Promise<void> {
    const { model, trainer } = this.options;
    if (!this.isChoosing) return;
    const source = this.source();
    if (!source) return this.judge();
    this.isCancelled = false;
    model.change({ phase: "estimating", estimate: undefined });
    try {
      const estimate = await trainer.estimate(this.request(source, "estimate"));
      if (!this.isCancelled) model.change({ estimate });
    } catch (error) {
      if (!this.isCancelled) throw error;
    } finally {
      model.change({ phase: "choosing" });
      this.foresee();
      this.refresh();
    }
  }

  private async start(): Promise<void> {
    if (!this.isChoosing) return;
    if (this.state.source === "documents") await this.documents.collect();
    const source = this.source();
    this.judge();
    if (!source || this.state.blockedReason) return;
    const { model } = this.options;
    const name = this.freeName(this.options.newName());
    const adapterId = this.adapters.freeId(name);
    model.change({ answer: undefined, notice: undefined });
    const request = this.request(source, adapterId);
    await this.run.begin({ adapterId, name, request });
  }

  private async cancel(): Promise<void> {
    this.run.cancelWaiting();
    if (this.state.phase !== "estimating") return;
    this.isCancelled = true;
    await this.options.trainer.stop({ keep: false });
  }

  private async stop(keep: boolean): Promise<void> {
    const { run } = this.state;
    if (!run) return;
    const question = { code: "discard", name: run.name } as const;
    const isMeant = keep || (await this.options.dialogs.confirm(question));
    if (isMeant) await this.run.stop({ keep });
    this.refresh();
  }

  private removePrepared(): void {
    const { model, place, trainer } = this.options;
    if (!this.isChoosing) return;
    const holder = trainer.findHolder();
    if (holder) return model.tell({ code: "elsewhere", title: holder.title });
    removePrepared(place().cacheFolder);
    this.refresh();
  }

  /** Looks at what lies on the disk. */
  private refresh(): void {
    const { model, place } = this.options;
    this.adapterList.refresh();
    const bytes = preparedBytes(place().cacheFolder);
    model.change({ preparedMb: Math.round(bytes / 1e6) });
  }

  private onFinished(finished?: {
    adapterId: string;
    outcome: TrainingOutcome;
  }): void {
    this.refresh();
    this.foresee();
    if (!finished) return;
    const { adapterId, outcome } = finished;
    this.adapterList.showAnswer(adapterId, outcome);
    const { ended, bestStep } = outcome;
    if (ended === "diverged") this.options.model.tell({ code: ended });
    if (ended === "early-stop") {
      this.options.model.tell({ code: ended, bestStep });
    }
  }

  private source(): TrainingSource | undefined {
    if (this.state.source === "documents") return this.documents.source;
    return this.examples && { kind: "examples", file: this.examples.file };
  }

  private request(source: TrainingSource, adapterId: string): TrainingRequest {
    return {
      source,
      ...this.options.place(),
      outFolder: this.adapters.directoryOf(adapterId),
      settings: settingsOf(this.state.settings.values, threadsFor("training")),
      resume: false,
    };
  }

  private freeName(name: string): string {
    const taken = new Set(this.state.adapters.map((each) => each.name));
    let free = name;
    for (let number = 2; taken.has(free); number++)
      free = `${name} (${number})`;
    return free;
  }
}
