// What an engine is made of, and how it is loaded: tokenizer, the graph that decodes, the graph that reads prompts.
// An adapter changes the graphs alone, so that it can be put on, taken off and exchanged while the rest stays.

import type { KvCacheShape } from "../inference/kvCache";
import type { ModelSessions } from "../inference/languageModel";
import { adapterLinear } from "../model/layers/adapterLinear";
import { readKvScales, type KvScales } from "../model/files/calibration";
import { buildDecodeGraph } from "../model/graphs/decodeGraph";
import { buildForwardGraph } from "../model/graphs/forwardGraph";
import type { GptOptions } from "../model/layers/gpt";
import { openModelFolder, type ModelFolder } from "../model/files/modelFolder";
import { readAdapter, type LoraAdapter } from "../adapters/peftAdapter";
import {
  findPrefillFolder,
  openPrefillFolder,
  stampPrefill,
} from "../model/quantise/prefillWeights";
import type {
  CheckRequest,
  LoadModelRequest,
  LoadPhase,
} from "../protocol/worker";
import { createSession, type Session } from "../runtime/session";
import { isFastestInt8Exact } from "./fastestInt8";
import { loadChatTemplate, type ChatTemplate } from "../tokenizer/chatTemplate";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";

/** A loaded model's files, tokenizer and sessions; whoever holds the sessions releases them. */
export interface EngineParts {
  request: LoadModelRequest;
  folder: ModelFolder;
  tokenizer: Tokenizer;
  /** Undefined for a model that was not trained to chat. */
  chatTemplate: ChatTemplate | undefined;
  /** Why the chat template that is there cannot be used: tasks fail by it, nothing else. */
  chatTemplateFault: string | undefined;
  sessions: ModelSessions;
  /** The derived weights of the graph that reads prompts. */
  prefillWeights: PrefillWeights | undefined;
  cacheType: KvCacheShape["type"];
  adapter: LoraAdapter | undefined;
  /** Why the adapter that was asked for is not in use. */
  adapterFault: string | undefined;
  loadMs: number;
}

/** Derived weights as they were opened. */
interface PrefillWeights {
  folder: ModelFolder;
  check: CheckRequest;
}

/**
 * Loads a model. Where its adapter cannot be used the base is loaded without, and `adapterFault` says why. With
 * `mayLackPrefill` weights for prefill are neither derived nor checked: the decoding graph reads prompts until
 * `addPrefill`, and whoever asks for that checks them in idle time.
 */
export async function loadEngineParts(
  request: LoadModelRequest,
  onProgress: (phase: LoadPhase, fraction: number) => void,
  { mayLackPrefill = false } = {},
): Promise<EngineParts> {
  const start = performance.now();
  const folder = openModelFolder(request.modelFolder);
  onProgress("tokenizer", 0);
  const tokenizer = await loadTokenizer(request.modelFolder);
  const chat = findChatTemplate(request.modelFolder);
  const { adapter, adapterFault } = findAdapter(folder, request.adapterFolder);
  onProgress("weights", 0.2);
  const graphs = { folder, request, adapter };
  const decode = await loadDecode(graphs);
  onProgress("prefill", 0.6);
  const prefillWeights = openPrefill(graphs, { isTrusting: mayLackPrefill });
  const prefill = await loadPrefill(graphs, prefillWeights);
  onProgress("ready", 1);
  return {
    request,
    folder,
    tokenizer,
    ...chat,
    sessions: { decode, prefill },
    prefillWeights,
    cacheType: readKvScales(folder) ? "int8" : "float32",
    adapter,
    adapterFault,
    loadMs: performance.now() - start,
  };
}

/**
 * The same parts with another adapter, or none. Each session is released when its successor is there, so that no more
 * than one of them is in memory twice. An adapter that cannot be used leaves the base.
 */
export async function replaceAdapter(
  parts: EngineParts,
  adapterFolder: string | undefined,
): Promise<EngineParts> {
  const { folder, request, sessions } = parts;
  const { adapter, adapterFault } = findAdapter(folder, adapterFolder);
  const isBase = !adapter && !parts.adapter;
  if (isBase) return { ...parts, adapterFault };
  const graphs = { folder, request, adapter };
  const decode = await loadDecode(graphs);
  await sessions.decode.release();
  const prefill =
    sessions.prefill && (await loadPrefill(graphs, parts.prefillWeights));
  await sessions.prefill?.release();
  return { ...parts, sessions: { decode, prefill }, adapter, adapterFault };
}

/** The same parts with the graph that reads long prompts, for the adapter that is on. */
export async function addPrefill(parts: EngineParts): Promise<EngineParts> {
  const { sessions } = parts;
  if (sessions.prefill) return parts;
  const prefillWeights = openPrefill(parts, { isTrusting: true });
  const prefill = await loadPrefill(parts, prefillWeights);
  return { ...parts, sessions: { ...sessions, prefill }, prefillWeights };
}

/** The same parts without that graph: the decoding graph reads prompts. */
export async function dropPrefill(parts: EngineParts): Promise<EngineParts> {
  const { sessions } = parts;
  await sessions.prefill?.release();
  return {
    ...parts,
    sessions: { ...sessions, prefill: undefined },
    prefillWeights: undefined,
  };
}

function findChatTemplate(
  directory: string,
): Pick<EngineParts, "chatTemplate" | "chatTemplateFault"> {
  try {
    const chatTemplate = loadChatTemplate(directory);
    return { chatTemplate, chatTemplateFault: undefined };
  } catch (error) {
    const chatTemplateFault = (error as Error).message;
    return { chatTemplate: undefined, chatTemplateFault };
  }
}

function findAdapter(
  folder: ModelFolder,
  adapterFolder: string | undefined,
): Pick<EngineParts, "adapter" | "adapterFault"> {
  if (adapterFolder === undefined) {
    return { adapter: undefined, adapterFault: undefined };
  }
  try {
    const adapter = readAdapter(adapterFolder, folder);
    return { adapter, adapterFault: undefined };
  } catch (error) {
    return { adapter: undefined, adapterFault: (error as Error).message };
  }
}

/** What the graphs of a model are built from. */
interface GraphParts {
  folder: ModelFolder;
  request: LoadModelRequest;
  adapter: LoraAdapter | undefined;
}

/** Products with packed weights round activations to 8 bits: 2-3 times as fast, 0.1% of bits per character. */
const ACCURACY_LEVEL = 4;

/** What all graphs that ship have in common, with an adapter or without. */
export function graphOptions(
  folder: ModelFolder,
  adapter: LoraAdapter | undefined,
): GptOptions {
  const kvScales: KvScales | undefined = readKvScales(folder);
  return {
    kvScales,
    accuracyLevel: ACCURACY_LEVEL,
    ...(adapter ? { linear: adapterLinear(adapter.pairs) } : {}),
  };
}

function loadDecode({ folder, request, adapter }: GraphParts) {
  return createSession(
    buildDecodeGraph(folder, graphOptions(folder, adapter)),
    {
      weightsFolder: folder.weightsFolder,
      threads: request.threads,
    },
  );
}

/**
 * The int8 weights of the graph that reads long prompts, derived and checked unless what is there is trusted. Where they
 * cannot be written (a full or read-only disk) the decoding graph reads prompts too, more slowly. So it does for
 * unquantised models.
 */
function openPrefill(
  { folder, request: { cacheFolder } }: Pick<GraphParts, "folder" | "request">,
  { isTrusting }: { isTrusting: boolean },
): PrefillWeights | undefined {
  if (!folder.config.quantization) return undefined;
  try {
    const found = findPrefillFolder(folder, cacheFolder);
    if (!found && isTrusting) return undefined;
    const derived =
      found && isTrusting
        ? openModelFolder(found)
        : openPrefillFolder(folder, cacheFolder);
    const { directory } = derived;
    const check = { directory, stamp: stampPrefill(directory) };
    return { folder: derived, check };
  } catch (error) {
    warnOfPrefill(cacheFolder, error);
    return undefined;
  }
}

async function loadPrefill(
  { folder, request, adapter }: GraphParts,
  weights: PrefillWeights | undefined,
): Promise<Session | undefined> {
  if (!weights) return undefined;
  try {
    const graph = buildForwardGraph(weights.folder, {
      ...graphOptions(folder, adapter),
      widensCache: true,
      logits: "none",
    });
    return await createSession(graph, {
      weightsFolder: weights.folder.weightsFolder,
      threads: request.threads,
      useMemoryArena: false,
      usesFastestInt8: await isFastestInt8Exact(),
    });
  } catch (error) {
    warnOfPrefill(request.cacheFolder, error);
    return undefined;
  }
}

function warnOfPrefill(cacheFolder: string, error: unknown): void {
  process.emitWarning(
    `Cannot prepare weights for prefill in ${cacheFolder}: ${(error as Error).message}; long prompts are read more slowly`,
  );
}
