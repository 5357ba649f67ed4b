// Creates what Inkling is made of, connects it and registers it for disposal. The model is loaded later, in a thread,
// when a document in which Inkling is on becomes active.

import { createHash } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import { LoadMarkers } from "./client/loadMarkers";
import { TrainerClient } from "./client/trainerClient";
import { trainerProcessStarter } from "./client/trainerProcess";
import { WorkerClient } from "./client/workerClient";
import { threadStarter } from "./client/workerThread";
import { ActiveAdapter } from "./editor/activeAdapter";
import { registerCommands } from "./editor/commands";
import { Counters, type Counts } from "./editor/counters";
import { Decisions } from "./editor/decisions";
import type { EditorDecision } from "./words/editorCodes";
import { Exclusion } from "./editor/exclusion";
import { Explanation } from "./editor/explanation";
import { registerGeneration } from "./editor/generate/registerGeneration";
import { GhostText } from "./editor/ghostText";
import { createLog, logState } from "./editor/log";
import { tellOfTrouble } from "./editor/notices";
import { Settings } from "./editor/settings";
import { threadsFor } from "./settings/threads";
import { Snooze } from "./editor/snooze";
import { StatusItem } from "./editor/statusItem";
import { activeDocument, WhereOn } from "./editor/whereOn";
import { FineTuningPanel } from "./panel/fineTuningPanel";
import type { LoadModelRequest } from "./protocol/worker";

const EMBEDDED_MODEL = "models/smollm2-135m-instruct";
/** Sixty paragraphs of a novel of 1818: whether an adapter has made the model worse at ordinary prose shows on them. */
const GENERAL_PROSE = "media/general-prose.txt";

/** What the extension shows to its own tests. */
export interface InklingApi {
  lastDecision(): EditorDecision | undefined;
  workerState(): string;
  counts(): Counts;
  /** Fine-tuning, without its page. */
  readonly panel: Pick<FineTuningPanel, "state" | "act">;
  readonly activationMs: number;
}

let client: WorkerClient | undefined;
let trainer: TrainerClient | undefined;

/** Called by VS Code once it has started. */
export function activate(context: vscode.ExtensionContext): InklingApi {
  const startMs = performance.now();
  const log = createLog();
  context.subscriptions.push(log);
  try {
    const parts = createParts(context, log);
    context.subscriptions.push(...parts.disposables, connect(parts));
    context.subscriptions.push(
      registerGeneration(context, {
        generator: parts.client,
        settings: parts.settings,
        exclusion: parts.exclusion,
        hideGhostText: () => parts.ghostText.hide(),
        log,
      }),
    );
    client = parts.client;
    trainer = createTrainer(context, log);
    const panel = createPanel(context, { trainer, parts });
    context.subscriptions.push(panel);
    const activationMs = performance.now() - startMs;
    log.info(`Activated in ${activationMs.toFixed(1)} ms`);
    return {
      lastDecision: () => parts.decisions.last,
      workerState: () => parts.client.state.kind,
      counts: () => parts.counters.counts,
      panel,
      activationMs,
    };
  } catch (error) {
    // VS Code says nothing about an extension that did not come up.
    log.error(error as Error);
    void vscode.window.showErrorMessage(
      vscode.l10n.t("Inkling could not start: {0}", (error as Error).message),
    );
    throw error;
  }
}

/** Called by VS Code before the window closes; it waits for the worker's end. */
export async function deactivate(): Promise<void> {
  await Promise.all([client?.dispose(), trainer?.dispose()]);
}

type Parts = ReturnType<typeof createParts>;

function createParts(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
) {
  const storage = context.globalStorageUri.fsPath;
  const settings = new Settings(log);
  const activeAdapter = new ActiveAdapter(context.workspaceState);
  const loadRequest = (): LoadModelRequest => {
    const { model, threads } = settings.read();
    return {
      modelFolder: model || context.asAbsolutePath(EMBEDDED_MODEL),
      cacheFolder: path.join(storage, "derived"),
      threads: threads || threadsFor("writing"),
      adapterFolder: activeAdapter.get()?.folder,
    };
  };
  const client = new WorkerClient({
    startThread: threadStarter(context.asAbsolutePath("dist/worker.js")),
    markers: new LoadMarkers(path.join(storage, "loading")),
    loadRequest,
    idleMs: () => settings.read().idleMinutes * 60_000,
    log: (message) => log.warn(message),
  });
  const snooze = new Snooze();
  const decisions = new Decisions();
  const counters = new Counters(context.globalState);
  const exclusion = new Exclusion(settings);
  const whereOn = new WhereOn(settings, snooze, exclusion);
  const ghostText = new GhostText({
    generator: client,
    settings,
    whereOn,
    decisions,
    counters,
    log,
  });
  const explanation = new Explanation(decisions);
  const status = new StatusItem({ client, whereOn, decisions });
  const own = {
    activeAdapter,
    settings,
    snooze,
    decisions,
    exclusion,
    explanation,
    status,
  };
  const disposables = Object.values(own);
  const shared = { ...own, client, counters, whereOn, ghostText, log };
  return { ...shared, loadRequest, disposables };
}

/** Nothing is started before the first run. */
function createTrainer(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): TrainerClient {
  return new TrainerClient({
    startProcess: trainerProcessStarter(
      context.asAbsolutePath("dist/trainer.js"),
    ),
    lockFile: trainingLockFile(context),
    title: vscode.workspace.name ?? "",
    log: (message) => log.warn(message),
  });
}

/**
 * By the folders of the workspace, in the storage of all windows: VS Code gives a second window on the same folder a
 * workspace storage of its own.
 */
function trainingLockFile({
  globalStorageUri,
}: vscode.ExtensionContext): string {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const names = folders.map(({ uri }) => uri.toString()).sort();
  const hash = createHash("sha256").update(names.join("\n")).digest("hex");
  const name = `${hash.slice(0, 16)}.lock.json`;
  return path.join(globalStorageUri.fsPath, "training", name);
}

function createPanel(
  context: vscode.ExtensionContext,
  { trainer, parts }: { trainer: TrainerClient; parts: Parts },
): FineTuningPanel {
  const { activeAdapter, client, settings, loadRequest } = parts;
  const panel = new FineTuningPanel({
    context,
    trainer,
    adapterSwitch: {
      get folder() {
        return activeAdapter.get()?.folder;
      },
      get fault() {
        const { state } = client;
        return (state.kind === "ready" && state.model.adapterFault) || "";
      },
      use: (adapter) => activeAdapter.set(adapter),
    },
    place: () => {
      const { modelFolder, cacheFolder } = loadRequest();
      const generalFile = context.asAbsolutePath(GENERAL_PROSE);
      return { modelFolder, cacheFolder, generalFile };
    },
    alwaysExcluded: () => settings.read().exclude,
    log: parts.log,
  });
  context.subscriptions.push(
    client.onDidChangeState((state) => {
      if (state.kind === "ready") panel.adapterSwitched();
    }),
  );
  return panel;
}

/** Joins the parts by what happens in the window. */
function connect(parts: Parts): vscode.Disposable {
  const { client, settings, snooze, decisions, ghostText, status } = parts;
  // The adapter is exchanged without a new load.
  const wantedModel = () =>
    JSON.stringify({ ...parts.loadRequest(), adapterFolder: undefined });
  let loaded = wantedModel();
  const settingsChanged = () => {
    client.idleTimeChanged();
    const wanted = wantedModel();
    if (wanted !== loaded) {
      ghostText.modelChanged();
      client.reload();
    }
    loaded = wanted;
    whereOnChanged(parts);
  };
  const connection = vscode.Disposable.from(
    vscode.languages.registerInlineCompletionItemProvider("*", ghostText),
    registerCommands(parts),
    tellOfTrouble(client, settings),
    client.onDidChangeState((state) => {
      logState(parts.log, state);
      if (state.kind === "ready") ghostText.modelReady();
      status.update();
    }),
    decisions.onDidDecide(() => status.update()),
    settings.onDidChange(settingsChanged),
    parts.activeAdapter.onDidChange(
      () => void client.adapterChanged().then(() => ghostText.modelChanged()),
    ),
    snooze.onDidChange(() => whereOnChanged(parts)),
    parts.exclusion.onDidChange(() => whereOnChanged(parts)),
    vscode.window.onDidChangeActiveTextEditor(() => documentInFront(parts)),
    vscode.window.onDidChangeVisibleTextEditors((editors) =>
      ghostText.visibleEditorsChanged(editors),
    ),
    vscode.workspace.onDidChangeTextDocument((change) =>
      ghostText.documentChanged(change),
    ),
    vscode.workspace.onDidCloseTextDocument((document) =>
      ghostText.documentClosed(document),
    ),
  );
  documentInFront(parts);
  return connection;
}

function whereOnChanged(parts: Parts): void {
  const document = activeDocument();
  // With no document in front a changed setting is no reason to stop what waits for the model.
  const isOff = document
    ? parts.whereOn.whyOff(document) !== undefined
    : parts.snooze.until !== undefined;
  if (isOff) parts.ghostText.hide();
  documentInFront(parts);
}

/** Loads the model when the first document comes up in which Inkling is on; later pauses end with the next letter. */
function documentInFront({ client, whereOn, status }: Parts): void {
  status.update();
  const document = activeDocument();
  if (!document) return;
  void whereOn.check(document).then((whyOff) => {
    status.update();
    const { state } = client;
    if (state.kind !== "stopped" || state.reason !== "not-needed") return;
    if (!whyOff) client.start();
  });
}
