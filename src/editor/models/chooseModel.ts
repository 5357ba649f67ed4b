// Choose Model: from a choice to a model that writes. Whatever is chosen is looked at, imported where it has to be, and
// tried in a process of its own; only then, and only on the person's word, does `inkling.model` name it. Nothing in here
// reads weights or loads a model in the extension host.

import { readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { RunTask } from "../../client/taskProcess";
import type { WorkerClient } from "../../client/workerClient";
import { freeBytesOf } from "../../common/writeFault";
import { ModelCache, type CachedModel } from "../../models/modelCache";
import { usualPlaces } from "../../models/usualPlaces";
import type {
  FetcherContract,
  FetchPlan,
  FetchSource,
  FoundModel,
  ImporterContract,
  ImportRequest,
  NetworkSettings,
  TrialFigures,
} from "../../protocol/models";
import {
  fetchDetail,
  fetchWords,
  importDetail,
  importWords,
  sizeWords,
  modelFailureSentence,
  foundFaultSentence,
  trialDetail,
} from "../../words/modelWords";
import { documentName } from "../../words/editorWords";
import type { Settings } from "../settings";
import { activeDocument, type WhereOn } from "../whereOn";
import { isInside } from "./isInside";
import {
  askForAddress,
  browse,
  pickFile,
  pickModel,
  type ModelChoice,
} from "./modelPick";
import { modelsFolder, networkSettings } from "./modelSettings";

/** Looking at the disks ends after so long, with what was found by then. */
const FIND_TIMEOUT_MS = 20_000;
/** A text to try on: so much before the cursor, and no less. */
const MAX_TRIAL_CHARACTERS = 4_000;
const MIN_TRIAL_CHARACTERS = 400;
/** Four bits and a scale for each of two bytes in layers, one byte and a scale in the embedding. */
const IMPORTED_SHARE = 0.55;

/** What choosing works with. */
export interface ModelChooserOptions {
  runImporter: RunTask<ImporterContract>;
  runFetcher: RunTask<FetcherContract>;
  client: Pick<WorkerClient, "state">;
  settings: Settings;
  whereOn: WhereOn;
  embedded: { folder: string; name: string };
  /** Where forms of the weights that are derived on the way are kept. */
  derivedFolder: string;
  /** What models are tried on where no document is open. */
  sampleFile: string;
  threads(): number;
  log: vscode.LogOutputChannel;
}

/** A model that is ready to be tried. */
interface Candidate {
  name: string;
  directory: string;
}

/** The command; one choice at a time. */
export class ModelChooser {
  private isBusy = false;

  constructor(private readonly options: ModelChooserOptions) {}

  /** Lets a person choose; a path, as a keybinding's argument, is taken for the choice. */
  async choose(place?: unknown): Promise<void> {
    if (this.isBusy) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          "Inkling is at work on a model already: see the notification, which can also cancel it.",
        ),
      );
      return;
    }
    this.isBusy = true;
    try {
      if (typeof place === "string") await this.takePlace(place);
      else await this.take(await this.pick());
    } finally {
      this.isBusy = false;
    }
  }

  private cache(): ModelCache {
    return new ModelCache(modelsFolder());
  }

  private pick(): Promise<ModelChoice | undefined> {
    const { runImporter, embedded, settings } = this.options;
    return pickModel({
      embeddedName: embedded.name,
      current: settings.read().model,
      cached: this.cache().list(),
      mayFetch: networkSettings() !== undefined,
      find: (modelFound, closed) =>
        runImporter(
          (rpc) => rpc.request("findModels", { places: usualPlaces() }),
          {
            signal: AbortSignal.any([
              closed,
              AbortSignal.timeout(FIND_TIMEOUT_MS),
            ]),
            events: {
              modelFound: (model) => {
                if (!closed.aborted) modelFound(model);
              },
              importProgress: () => {},
            },
          },
        ),
    });
  }

  private async take(choice: ModelChoice | undefined): Promise<void> {
    switch (choice?.kind) {
      case undefined:
        return;
      case "embedded":
        return this.use(undefined);
      case "cached":
        return this.tryAndAsk({ ...choice.model });
      case "delete":
        return this.remove(choice.model);
      case "found":
        return this.takeFound(choice.model);
      case "browse": {
        const place = await browse(choice.what);
        return place === undefined ? undefined : this.takePlace(place);
      }
      case "fetch": {
        const text = choice.hubName ?? (await askForAddress());
        return text === undefined ? undefined : this.takeFetched(text);
      }
    }
  }

  /** A file or a folder that a person has pointed at. */
  private async takePlace(place: string): Promise<void> {
    const name = path.basename(place);
    if (isInUntrustedWorkspace(place)) {
      await this.tellFailure(
        name,
        new Error(
          vscode.l10n.t(
            "It lies in a workspace that you do not trust. Trust the workspace, or move the model elsewhere.",
          ),
        ),
      );
      return;
    }
    const found = await this.attempt(name, {
      title: vscode.l10n.t("Looking at {0}", name),
      work: (signal) =>
        this.options.runImporter(
          (rpc) => rpc.request("inspectModel", { path: place }),
          { signal },
        ),
    });
    if (found) await this.takeFound(found);
  }

  private async takeFound(model: FoundModel): Promise<void> {
    if (model.fault !== undefined) {
      this.tell(model.name, {
        sentence: foundFaultSentence(model),
        message: model.fault,
      });
      return;
    }
    if (model.isImported) {
      await this.tryAndAsk({ name: model.name, directory: model.path });
      return;
    }
    const directory = await this.import(model);
    if (directory !== undefined) {
      await this.tryAndAsk({ name: model.name, directory });
    }
  }

  /** From the network, on the person's word, to a trial; what was fetched goes when it is imported. */
  private async takeFetched(text: string): Promise<void> {
    const { runFetcher } = this.options;
    const network = networkSettings();
    if (!network) return;
    const { hubAddress } = network;
    const planned = await this.attempt(text, {
      title: vscode.l10n.t("Asking for {0}", text),
      work: async (signal) => {
        const source = await runFetcher(
          (rpc) => rpc.request("readSource", { text, hubAddress }),
          { signal },
        );
        return this.plan(source, { ...network, signal });
      },
    });
    if (!planned) return;
    const { source, plan } = planned;
    const cache = this.cache();
    const { name, identity } = plan;
    const known = cache.directoryFor("", { name, identity });
    if (cache.list().some(({ directory }) => directory === known)) {
      return this.tryAndAsk({ name, directory: known });
    }
    const doFetch = vscode.l10n.t("Fetch");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t("Fetch {0} to try it?", name),
      {
        modal: true,
        detail: fetchDetail({
          plan,
          host: hostOf(source, hubAddress),
          folder: cache.folder,
          freeBytes: freeBytesOf(cache.folder),
        }),
      },
      doFetch,
    );
    if (answer !== doFetch) return;
    const folder = cache.fetchedFolder;
    const fetched = await this.attempt(name, {
      title: vscode.l10n.t("Fetching {0}", name),
      work: (signal, report) =>
        runFetcher(
          (rpc) => rpc.request("fetchModel", { ...network, source, folder }),
          {
            signal,
            events: {
              fetchProgress: (progress) => report(fetchWords(progress)),
            },
          },
        ),
    });
    if (!fetched) return;
    const directory = await this.importSource({
      source: fetched.path,
      name,
      identity,
    });
    if (directory === undefined) return;
    cache.removeFetched(fetched.folder);
    await this.tryAndAsk({ name, directory });
  }

  /** What there is to fetch, after the choice among several files; undefined when that is left. */
  private async plan(
    source: FetchSource,
    { signal, ...network }: NetworkSettings & { signal: AbortSignal },
  ): Promise<{ source: FetchSource; plan: FetchPlan } | undefined> {
    const plan = await this.options.runFetcher(
      (rpc) => rpc.request("planFetch", { source, ...network }),
      { signal },
    );
    if (plan.choices.length === 0 || source.kind !== "hub") {
      return { source, plan };
    }
    const file = await pickFile(plan.choices);
    return file === undefined
      ? undefined
      : this.plan({ ...source, file }, { signal, ...network });
  }

  /** Imports a model on the person's word; undefined when that is not given, is taken back or the import failed. */
  private async import(model: FoundModel): Promise<string | undefined> {
    const cache = this.cache();
    const share = model.kind === "folder" ? IMPORTED_SHARE : 1;
    const room = {
      neededBytes: model.sizeBytes * share,
      freeBytes: freeBytesOf(cache.folder),
      folder: cache.folder,
    };
    const doImport = vscode.l10n.t("Import");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t("Import {0} to try it?", model.name),
      { modal: true, detail: importDetail(room) },
      doImport,
    );
    if (answer !== doImport) return undefined;
    return this.importSource({ source: model.path, name: model.name });
  }

  private async importSource(
    source: Pick<ImportRequest, "source" | "name" | "identity">,
  ): Promise<string | undefined> {
    const { runImporter, derivedFolder, threads } = this.options;
    const cache = this.cache();
    const request: ImportRequest = {
      ...source,
      modelsFolder: cache.folder,
      derivedFolder,
      threads: threads(),
    };
    const done = await this.attempt(source.name, {
      title: vscode.l10n.t("Importing {0}", source.name),
      work: (signal, report) =>
        runImporter((rpc) => rpc.request("importModel", request), {
          signal,
          events: {
            modelFound: () => {},
            importProgress: (progress) => report(importWords(progress)),
          },
        }),
    });
    // A process that was ended leaves what it had half written.
    if (!done) cache.cleanUp();
    return done?.directory;
  }

  /** Tries a model beside the one in the extension, shows the figures and does what the person says. */
  private async tryAndAsk({ name, directory }: Candidate): Promise<void> {
    const { embedded, client } = this.options;
    const sample = await this.trialText();
    const figures = await this.attempt(name, {
      title: vscode.l10n.t("Trying {0}", name),
      work: async (signal) => ({
        tried: await this.tryModel(directory, { text: sample.text, signal }),
        embedded: await this.tryModel(embedded.folder, {
          text: sample.text,
          signal,
        }),
      }),
    });
    if (!figures) return;
    const { state } = client;
    const adapter = state.kind === "ready" ? state.model.adapter : undefined;
    const use = { title: vscode.l10n.t("Use This Model") };
    const keep = {
      title: vscode.l10n.t("Keep the Present One"),
      isCloseAffordance: true,
    };
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t("Use {0} from now on?", name),
      {
        modal: true,
        detail: trialDetail({
          ...figures,
          documentName: sample.documentName,
          adapterName: adapter?.name,
        }),
      },
      use,
      keep,
    );
    if (answer === use) await this.use(directory);
  }

  private tryModel(
    modelFolder: string,
    { text, signal }: { text: string; signal: AbortSignal },
  ): Promise<TrialFigures> {
    const { runImporter, derivedFolder, threads } = this.options;
    const request = { modelFolder, derivedFolder, threads: threads(), text };
    return runImporter((rpc) => rpc.request("tryModel", request), { signal });
  }

  /** The text before the cursor where Inkling may read it and there is enough of it, else that of the extension. */
  private async trialText(): Promise<{
    text: string;
    documentName: string | undefined;
  }> {
    const { whereOn, sampleFile } = this.options;
    const document = activeDocument();
    const editor = vscode.window.activeTextEditor;
    if (document && editor && !(await whereOn.check(document))) {
      const end = document.offsetAt(editor.selection.active);
      const start = document.positionAt(
        Math.max(0, end - MAX_TRIAL_CHARACTERS),
      );
      const range = new vscode.Range(start, editor.selection.active);
      const text = document.getText(range);
      if (text.length >= MIN_TRIAL_CHARACTERS) {
        return { text, documentName: documentName(document.uri.fsPath) };
      }
    }
    const sample = readFileSync(sampleFile, "utf8");
    return {
      text: sample.slice(0, MAX_TRIAL_CHARACTERS),
      documentName: undefined,
    };
  }

  /** Makes a folder the user's model, or goes back to the one in the extension. The worker loads it at once. */
  private async use(directory: string | undefined): Promise<void> {
    const configuration = vscode.workspace.getConfiguration("inkling");
    await configuration.update(
      "model",
      directory,
      vscode.ConfigurationTarget.Global,
    );
    const { workspaceValue, workspaceFolderValue } =
      vscode.workspace.getConfiguration("inkling").inspect<string>("model") ??
      {};
    if ((workspaceFolderValue ?? workspaceValue) === undefined) return;
    const openSettings = vscode.l10n.t("Open Settings");
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        "The settings of this workspace name a model of their own, which goes before the one that you have chosen.",
      ),
      openSettings,
    );
    if (chosen !== openSettings) return;
    await vscode.commands.executeCommand(
      "workbench.action.openSettings",
      "@id:inkling.model",
    );
  }

  private async remove(model: CachedModel): Promise<void> {
    const isInUse = this.options.settings.read().model === model.directory;
    const doDelete = vscode.l10n.t("Delete");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("Delete the model {0}?", model.name),
      {
        modal: true,
        detail: isInUse
          ? vscode.l10n.t(
              "It is in use: the model in the extension goes on in its place. {0} become free.",
              sizeWords(model.sizeBytes),
            )
          : vscode.l10n.t("{0} become free.", sizeWords(model.sizeBytes)),
      },
      doDelete,
    );
    if (answer !== doDelete) return;
    try {
      if (isInUse) await this.use(undefined);
      this.cache().remove(model.directory);
    } catch (error) {
      await this.tellFailure(model.name, error);
    }
  }

  /** Does something under a notification that can cancel it; undefined when it was cancelled or has failed. */
  private async attempt<T>(
    name: string,
    {
      title,
      work,
    }: {
      title: string;
      work: (
        signal: AbortSignal,
        report: (message: string) => void,
      ) => Promise<T>;
    },
  ): Promise<T | undefined> {
    const cancel = new AbortController();
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Inkling: ${title}`,
          cancellable: true,
        },
        (progress, token) => {
          token.onCancellationRequested(() => cancel.abort());
          return work(cancel.signal, (message) => progress.report({ message }));
        },
      );
    } catch (error) {
      if (!cancel.signal.aborted) await this.tellFailure(name, error);
      return undefined;
    }
  }

  /** Not awaited by the work that failed: the message stands until it is dismissed. */
  private async tellFailure(name: string, error: unknown): Promise<void> {
    const sentence = modelFailureSentence(name, error);
    this.tell(name, { sentence, message: String(error) });
  }

  private tell(
    name: string,
    { sentence, message }: { sentence: string; message: string },
  ): void {
    this.options.log.warn(`Model "${name}": ${message}`);
    const another = vscode.l10n.t("Choose Another...");
    void vscode.window
      .showWarningMessage(`Inkling: ${sentence}`, another)
      .then((chosen) => {
        if (chosen === another) {
          void vscode.commands.executeCommand("inkling.chooseModel");
        }
      });
  }
}

/** The server that is asked first, as a person knows it. */
function hostOf(source: FetchSource, hubAddress: string): string {
  return new URL(source.kind === "hub" ? hubAddress : source.address).host;
}

/** Whether a model would come from a folder that somebody else may have filled. */
function isInUntrustedWorkspace(place: string): boolean {
  if (vscode.workspace.isTrusted) return false;
  const folders = vscode.workspace.workspaceFolders ?? [];
  return isInside(
    place,
    folders.map(({ uri }) => uri.fsPath),
  );
}
