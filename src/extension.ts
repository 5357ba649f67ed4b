// Creates what Inkling is made of, connects it and registers it for disposal. The model is loaded later, in a thread,
// when a document in which Inkling is on becomes active.

import path from "node:path";
import * as vscode from "vscode";
import { removeLeftBehindBelow } from "./common/atomicFile";
import { LoadMarkers } from "./client/loadMarkers";
import { TrainerClient } from "./client/trainerClient";
import { trainerProcessStarter } from "./client/trainerProcess";
import { trainingLockFile } from "./client/trainingLock";
import { WorkerClient } from "./client/workerClient";
import { threadStarter } from "./client/workerThread";
import { ActiveAdapter } from "./editor/activeAdapter";
import { Counters } from "./counters/counters";
import type { Counts } from "./counters/counts";
import { connectParts } from "./editor/connectParts";
import { Decisions } from "./editor/decisions";
import type { EditorDecision } from "./words/editorCodes";
import { Exclusion } from "./editor/exclusion";
import { explanationPage } from "./editor/explanation";
import { registerGeneration } from "./editor/generate/registerGeneration";
import { gitProgram } from "./editor/gitExtension";
import { GhostText } from "./editor/ghostText";
import { createLog } from "./editor/log";
import { readingPage } from "./editor/readingPage";
import { Settings } from "./editor/settings";
import { threadsFor } from "./settings/threads";
import { Snooze } from "./editor/snooze";
import { StatusItem } from "./editor/statusItem";
import { TypingCount } from "./editor/typingCount";
import { showWalkthroughOnce } from "./editor/walkthrough";
import { WhereOn } from "./editor/whereOn";
import { WorkspaceReading } from "./editor/workspaceReading";
import { CountersPage } from "./panel/countersPage";
import { FineTuningPanel } from "./panel/fineTuningPanel";
import type { LoadModelRequest, MemoryContent } from "./protocol/worker";

const EMBEDDED_MODEL = "models/smollm2-135m-instruct";
/** Sixty paragraphs of a novel of 1818: whether an adapter has made the model worse at ordinary prose shows on them. */
const GENERAL_PROSE = "media/general-prose.txt";

/** What the extension shows to its own tests. */
export interface InklingApi {
  lastDecision(): EditorDecision | undefined;
  workerState(): string;
  counts(): Counts;
  resetCounts(): Promise<void>;
  /** What is remembered of the workspace; undefined before it was read. */
  memory(): MemoryContent | undefined;
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
    context.subscriptions.push(...parts.disposables, connectParts(parts));
    context.subscriptions.push(
      registerGeneration(context, {
        generator: parts.client,
        settings: parts.settings,
        exclusion: parts.exclusion,
        hideGhostText: () => parts.ghostText.hide(),
        log,
      }),
    );
    // What killed processes left half written in the storage; nothing waits for that.
    for (const uri of [context.globalStorageUri, context.storageUri]) {
      if (uri) setImmediate(() => removeLeftBehindBelow(uri.fsPath));
    }
    client = parts.client;
    trainer = createTrainer(context, log);
    const panel = createPanel(context, { trainer, parts });
    context.subscriptions.push(
      panel,
      new CountersPage({
        extensionUri: context.extensionUri,
        counters: parts.counters,
        log,
      }),
    );
    showWalkthroughOnce(context.extension.id, context.globalState);
    const activationMs = performance.now() - startMs;
    log.info(`Activated in ${activationMs.toFixed(1)} ms`);
    return {
      lastDecision: () => parts.decisions.last,
      workerState: () => parts.client.state.kind,
      counts: () => parts.counters.totals,
      resetCounts: () => parts.counters.reset(),
      memory: () => parts.reading.held,
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
    const embedded = context.asAbsolutePath(EMBEDDED_MODEL);
    return {
      modelFolder: model || embedded,
      fallbackFolder: embedded,
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
  const exclusion = new Exclusion(settings, (message) => log.warn(message));
  const whereOn = new WhereOn(settings, snooze, exclusion);
  const ghostText = new GhostText({
    generator: client,
    settings,
    whereOn,
    decisions,
    counters,
    log,
  });
  const explanation = explanationPage(decisions);
  const status = new StatusItem({ client, settings, whereOn, decisions });
  const reading = new WorkspaceReading({
    read: (request) => client.readWorkspace(request),
    settings,
    exclusion,
    whereOn,
    log,
  });
  const own = {
    activeAdapter,
    readingPage: readingPage({ settings, list: () => client.listMemory() }),
    settings,
    snooze,
    decisions,
    exclusion,
    explanation,
    reading,
    status,
  };
  const disposables = Object.values(own);
  const typingCount = new TypingCount({ counters, whereOn, log });
  const shared = {
    ...own,
    client,
    counters,
    whereOn,
    ghostText,
    typingCount,
    log,
  };
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
    lockFile: trainingLockFile(
      path.join(context.globalStorageUri.fsPath, "training"),
      (vscode.workspace.workspaceFolders ?? []).map(({ uri }) =>
        uri.toString(),
      ),
    ),
    title: vscode.workspace.name ?? "",
    log: (message) => log.warn(message),
  });
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
    gitProgram,
    log: parts.log,
  });
  context.subscriptions.push(
    client.onDidChangeState((state) => {
      if (state.kind === "ready") panel.adapterSwitched();
    }),
  );
  return panel;
}
