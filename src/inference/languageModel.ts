// A loaded model as sessions: reads tokens into a cache and draws new ones. Token ids in, token ids out.
// A run cannot be interrupted, so runs are sized to last a bounded time and cancellation is looked at between them.

import type {
  DecodeInput,
  DecodeOutput,
  SequenceInput,
} from "../common/graphNames";
import type { Session, Tensor } from "../runtime/session";
import { floats, int32s, int64s, tensor } from "../runtime/tensors";
import type { KvCache } from "./kvCache";

/** The sessions of one model. */
export interface ModelSessions {
  /** Made from `buildDecodeGraph`. */
  decode: Session;
  /** A faster graph for many tokens at once; without it the decoding graph reads the prompt too. */
  prefill: Session | undefined;
}

/** How the tokens of one decoding run are drawn; all of it is fed to the graph (see decodeGraph.ts). */
export interface DrawOptions {
  maxTokens: number;
  /** Added to the first token's logits, [vocabSize]. */
  bias: Float32Array;
  /** 1 ends the run after that token: [2 vocabSize], first token apart from later ones. */
  stopFlags: Uint8Array;
  minProbability: number;
  recentTokenIds: readonly number[];
  repetitionPenalty: number;
  inverseTemperature: number;
  numKept: number;
  topP: number;
  /** [maxTokens, numKept] */
  noise: Float32Array;
  /** A token whose log-probability is wanted in place of each that is drawn. */
  targetId?: number | undefined;
}

/** A token as the model drew it. */
export interface DrawnToken {
  tokenId: number;
  /** At temperature 1, after `bias`. */
  probability: number;
  alternatives: { tokenId: number; probability: number }[];
  /** How probable `DrawOptions.targetId` was in its place. */
  targetLogProbability: number;
  /** What part of the probability a memory gave; absent where none was asked. */
  memoryShare?: number;
}

const DECODE_OUTPUTS: readonly DecodeOutput[] = [
  "newTokenIds",
  "probabilities",
  "alternativeIds",
  "alternativeProbabilities",
  "targetLogProbabilities",
];
const DISTRIBUTIONS = "logProbabilities" satisfies DecodeOutput;

/** Reads `tokenIds` into the cache with the prefill graph. */
export async function prefill(
  session: Session,
  cache: KvCache,
  tokenIds: readonly number[],
): Promise<void> {
  const outputs = await session.run(
    { ...sequenceFeeds(cache, tokenIds), ...cache.feeds() },
    cache.outputNames,
  );
  cache.append(outputs, tokenIds);
}

/**
 * Reads `tokenIds` into the cache and gives the log-probabilities of `targetIds`, the last of which comes after all of
 * them, the one before it after all but one, and so on: there are no more of them than tokens.
 */
export async function scoreTargets(
  session: Session,
  cache: KvCache,
  {
    tokenIds,
    targetIds,
    options,
  }: {
    tokenIds: readonly number[];
    targetIds: readonly number[];
    options: DrawOptions;
  },
): Promise<number[]> {
  const outputs = await session.run(
    {
      ...sequenceFeeds(cache, tokenIds),
      ...cache.feeds(),
      ...drawFeeds({ ...options, maxTokens: 1 }, targetIds),
    },
    ["targetLogProbabilities" satisfies DecodeOutput, ...cache.outputNames],
  );
  cache.append(outputs, tokenIds);
  return Array.from(outputs.targetLogProbabilities!.data as Float32Array);
}

/** Reads `tokenIds` (at least one) into the cache and draws up to `maxTokens` after them in one run. */
export async function decode(
  session: Session,
  cache: KvCache,
  run: { tokenIds: readonly number[]; options: DrawOptions },
): Promise<DrawnToken[]> {
  return (await runDecode(session, cache, { ...run, outputNames: [] })).drawn;
}

/** `decode`, with the log-probabilities [V] of all tokens, before `bias`, in place of each that was drawn. */
export async function decodeWithDistributions(
  session: Session,
  cache: KvCache,
  run: { tokenIds: readonly number[]; options: DrawOptions },
): Promise<{ drawn: DrawnToken[]; distributions: Float32Array[] }> {
  const { drawn, outputs } = await runDecode(session, cache, {
    ...run,
    outputNames: [DISTRIBUTIONS],
  });
  return { drawn, distributions: readDistributions(outputs) };
}

/** Reads `tokenIds` into the cache and gives the log-probabilities [V] of what may follow each of the last `numRows`. */
export async function predictAfter(
  session: Session,
  cache: KvCache,
  {
    tokenIds,
    numRows,
    options,
  }: {
    tokenIds: readonly number[];
    numRows: number;
    options: DrawOptions;
  },
): Promise<Float32Array[]> {
  const outputs = await session.run(
    {
      ...sequenceFeeds(cache, tokenIds),
      ...cache.feeds(),
      ...drawFeeds(
        { ...options, maxTokens: 1 },
        new Array<number>(numRows).fill(0),
      ),
    },
    [DISTRIBUTIONS, ...cache.outputNames],
  );
  cache.append(outputs, tokenIds);
  return readDistributions(outputs);
}

async function runDecode(
  session: Session,
  cache: KvCache,
  {
    tokenIds,
    options,
    outputNames,
  }: {
    tokenIds: readonly number[];
    options: DrawOptions;
    /** Outputs that are wanted beside the usual ones. */
    outputNames: readonly string[];
  },
): Promise<{ drawn: DrawnToken[]; outputs: Record<string, Tensor> }> {
  cache.reserve(tokenIds.length + options.maxTokens);
  const outputs = await session.run(
    {
      ...sequenceFeeds(cache, tokenIds),
      ...cache.feeds(),
      ...drawFeeds(options),
    },
    [...DECODE_OUTPUTS, ...outputNames, ...cache.outputNames],
  );
  const drawn = readDrawnTokens(outputs);
  // The last token drawn has not been through the model, so its keys and values are not in the cache.
  const written = drawn.slice(0, -1).map(({ tokenId }) => tokenId);
  cache.append(outputs, [...tokenIds, ...written]);
  return { drawn, outputs };
}

/** The feeds that say which tokens are run on the cache. */
export function sequenceFeeds(
  cache: KvCache,
  tokenIds: readonly number[],
): Record<SequenceInput, Tensor> {
  const totalLength = cache.length + tokenIds.length;
  return {
    tokenIds: int64s(tokenIds, [1, tokenIds.length]),
    lastPosition: int32s([totalLength - 1]),
    totalLength: int32s([totalLength]),
  };
}

function drawFeeds(
  options: DrawOptions,
  // The graph wants a target, also when nobody else does.
  targetIds: readonly number[] = [options.targetId ?? 0],
): Record<DecodeInput, Tensor> {
  const { maxTokens, numKept, bias, stopFlags } = options;
  const recent =
    options.recentTokenIds.length > 0 ? options.recentTokenIds : [-1];
  return {
    maxTokens: int64s([maxTokens], []),
    bias: tensor("float32", bias, [bias.length]),
    stopFlags: tensor("uint8", stopFlags, [stopFlags.length]),
    minProbability: floats([options.minProbability]),
    recentTokenIds: int64s(recent),
    repetitionPenalty: floats([options.repetitionPenalty]),
    inverseTemperature: floats([options.inverseTemperature]),
    topK: int64s([numKept]),
    topP: floats([options.topP]),
    noise: tensor("float32", options.noise, [maxTokens, numKept]),
    targetIds: int64s(targetIds),
    targetRows: int64s(targetIds.map((_, index) => index - targetIds.length)),
  };
}

/** The rows [V] of log-probabilities [N, K, V], one after the other. */
function readDistributions(
  outputs: Partial<Record<DecodeOutput, Tensor>>,
): Float32Array[] {
  const { data, dims } = outputs[DISTRIBUTIONS]!;
  const vocabSize = dims.at(-1)!;
  return Array.from({ length: data.length / vocabSize }, (_, row) =>
    (data as Float32Array).subarray(row * vocabSize, (row + 1) * vocabSize),
  );
}

function readDrawnTokens(
  outputs: Partial<Record<DecodeOutput, Tensor>>,
): DrawnToken[] {
  const ids = outputs.newTokenIds!.data as BigInt64Array;
  const probabilities = outputs.probabilities!.data as Float32Array;
  const alternativeIds = outputs.alternativeIds!.data as BigInt64Array;
  const alternativeProbabilities = outputs.alternativeProbabilities!
    .data as Float32Array;
  const targets = outputs.targetLogProbabilities!.data as Float32Array;
  const numAlternatives = alternativeIds.length / ids.length;
  return Array.from(ids, (id, index) => ({
    tokenId: Number(id),
    probability: probabilities[index]!,
    targetLogProbability: targets[index]!,
    alternatives: Array.from({ length: numAlternatives }, (_, rank) => {
      const place = index * numAlternatives + rank;
      return {
        tokenId: Number(alternativeIds[place]),
        probability: alternativeProbabilities[place]!,
      };
    }),
  }));
}
