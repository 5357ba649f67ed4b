// A session that keeps the contract of the decoding and prefill graphs with logits chosen by the test: tokens are bytes,
// and the key of a token is its id, so that a cache that was handed on wrongly is seen at once.

import assert from "node:assert/strict";
import { KvCache } from "../../../src/inference/kvCache";
import type { Session, Tensor } from "../../../src/runtime/session";
import { floats, int64s } from "../../../src/runtime/tensors";
import { softmaxOf } from "./matrices";
import { numbersOf } from "./sessions";
import { referenceDraw } from "./referenceSampler";

export const FAKE_VOCAB_SIZE = 256;
export const FAKE_CANDIDATES = 64;
const NUM_ALTERNATIVES = 5;

/** Logits [256] for what follows the given tokens. */
export type ChooseLogits = (tokenIds: readonly number[]) => number[];

/** One run as the model saw it. */
export interface FakeRun {
  graph: "decode" | "prefill";
  pastLength: number;
  tokenIds: number[];
  /** What was drawn; empty for prefill. */
  drawn: number[];
}

export class FakeModel {
  readonly runs: FakeRun[] = [];
  readonly decode = this.sessionOf("decode");
  readonly prefill = this.sessionOf("prefill");

  constructor(private readonly chooseLogits: ChooseLogits) {}

  /** An empty cache of the model's shape. */
  createCache(): KvCache {
    return new KvCache({
      type: "float32",
      numLayers: 1,
      numKvHeads: 1,
      headDim: 1,
    });
  }

  private sessionOf(graph: FakeRun["graph"]): Session {
    return {
      inputNames: [],
      run: async (feeds, fetches) => {
        const tokenIds = numbersOf(feeds["tokenIds"]!);
        const [totalLength] = numbersOf(feeds["totalLength"]!);
        const pastLength = totalLength! - tokenIds.length;
        assert.deepEqual(numbersOf(feeds["lastPosition"]!), [totalLength! - 1]);
        const past = numbersOf(feeds["pastKey0"]!).slice(0, pastLength);
        const context = [...past, ...tokenIds];
        const outputs =
          graph === "decode" ? this.draw(context, feeds) : { drawn: [] };
        const written = outputs.drawn.slice(0, -1);
        const added = newRowsOf([...tokenIds, ...written]);
        this.runs.push({ graph, pastLength, tokenIds, drawn: outputs.drawn });
        const all: Record<string, unknown> = { ...outputs, ...added };
        return Object.fromEntries(
          fetches.map((name) => [name, all[name] as Tensor]),
        );
      },
      release: async () => {},
    };
  }

  private draw(context: number[], feeds: Record<string, Tensor>) {
    const scalar = (name: string) => numbersOf(feeds[name]!)[0]!;
    const numKept = scalar("topK");
    const maxTokens = scalar("maxTokens");
    assert.deepEqual([...feeds["noise"]!.dims], [maxTokens, numKept]);
    const noise = numbersOf(feeds["noise"]!);
    const bias = numbersOf(feeds["bias"]!);
    let recentTokenIds = numbersOf(feeds["recentTokenIds"]!);
    const draws: ReturnType<typeof referenceDraw>[] = [];
    while (draws.length < maxTokens && !draws.at(-1)?.endsRun) {
      const round = draws.length;
      const drawn = referenceDraw(
        this.chooseLogits([...context, ...draws.map((d) => d.tokenId)]),
        {
          numCandidates: FAKE_CANDIDATES,
          numAlternatives: NUM_ALTERNATIVES,
          bias: round === 0 ? bias : undefined,
          stopFlags: numbersOf(feeds["stopFlags"]!),
          isFirst: round === 0,
          minProbability: scalar("minProbability"),
          recentTokenIds,
          repetitionPenalty: scalar("repetitionPenalty"),
          inverseTemperature: scalar("inverseTemperature"),
          numKept,
          topP: scalar("topP"),
          noise: noise.slice(round * numKept, (round + 1) * numKept),
        },
      );
      draws.push(drawn);
      recentTokenIds = [...recentTokenIds.slice(1), drawn.tokenId];
    }
    const targetIds = numbersOf(feeds["targetIds"]!);
    const targetRows = numbersOf(feeds["targetRows"]!);
    const targets = draws.flatMap((_, round) => {
      const written = draws.slice(0, round).map((d) => d.tokenId);
      return targetIds.map((targetId, index) => {
        const all = [...context, ...written];
        const before = all.slice(0, all.length + 1 + targetRows[index]!);
        return Math.log(softmaxOf(this.chooseLogits(before))[targetId]!);
      });
    });
    const distributions = draws.flatMap((_, round) => {
      const written = draws.slice(0, round).map((d) => d.tokenId);
      return targetRows.flatMap((row) => {
        const all = [...context, ...written];
        const before = all.slice(0, all.length + 1 + row);
        return Array.from(softmaxOf(this.chooseLogits(before)), Math.log);
      });
    });
    const alternatives = draws.flatMap((drawn) => drawn.alternatives);
    const dims = [draws.length, NUM_ALTERNATIVES];
    const drawn = draws.map(({ tokenId }) => tokenId);
    return {
      drawn,
      newTokenIds: int64s(drawn, [drawn.length, 1]),
      probabilities: floats(
        draws.map(({ probability }) => probability),
        [drawn.length, 1],
      ),
      logProbabilities: floats(distributions, [
        draws.length,
        targetIds.length,
        FAKE_VOCAB_SIZE,
      ]),
      targetLogProbabilities: floats(targets, [draws.length, targetIds.length]),
      alternativeIds: int64s(
        alternatives.map(({ tokenId }) => tokenId),
        dims,
      ),
      alternativeProbabilities: floats(
        alternatives.map(({ probability }) => probability),
        dims,
      ),
    };
  }
}

/** Keys are token ids and values twice that. */
function newRowsOf(tokenIds: number[]) {
  const dims = [1, 1, tokenIds.length, 1];
  return {
    newKey0: floats(tokenIds, dims),
    newValue0: floats(
      tokenIds.map((tokenId) => 2 * tokenId),
      dims,
    ),
  };
}

/** Fails unless the cache's keys and values are those of the tokens that it says it holds. */
export function assertSound(cache: KvCache): void {
  const feeds = cache.feeds();
  const rows = (name: string) => numbersOf(feeds[name]!).slice(0, cache.length);
  assert.deepEqual(rows("pastKey0"), [...cache.tokenIds]);
  assert.deepEqual(
    rows("pastValue0"),
    cache.tokenIds.map((tokenId) => 2 * tokenId),
  );
}

/** Logits with one favourite; the rest fall off from token 0 on. */
export function favour(tokenId: number, logit = 20): number[] {
  return Array.from({ length: FAKE_VOCAB_SIZE }, (_, id) =>
    id === tokenId ? logit : -id / 100,
  );
}

/** Each token is followed by the next one. */
export const countUp: ChooseLogits = (tokenIds) =>
  favour((tokenIds.at(-1)! + 1) % FAKE_VOCAB_SIZE);
