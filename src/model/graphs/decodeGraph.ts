// The decoding graph: one run reads the last tokens of the prompt and writes several new ones, in an ONNX `Loop`.
// The loop's body holds the weights once (outer-scope initializers), carries the cache and samples inside, so that
// the cache crosses the border to Node once a run and not once a token.
// Loop: https://onnx.ai/onnx/operators/onnx__Loop.html

import type { DecodeInput, DecodeOutput } from "../../common/graphNames";
import { GraphBuilder, type Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import {
  declareGpt,
  type LayerCache,
  type Gpt,
  type GptOptions,
} from "../families/architecture";
import { addedPositions, declareCachedInputs } from "../layers/cachedAttention";
import type { ModelFolder } from "../files/modelFolder";

/** Only this many of the most probable tokens are looked at when one is drawn; all of a smaller vocabulary. */
export const NUM_CANDIDATES = 64;

/** Of these the probabilities come back with each token. */
export const NUM_ALTERNATIVES = 5;

/** What the loop carries beside keys and values: token ids, last position, total length, recent token ids. */
const NUM_STATES = 4;
const TOTAL_LENGTH_STATE = 2;
/** What it collects of each round: token id, probability, both of the alternatives, and the targets' and all tokens'. */
const NUM_SCANS = 6;

/**
 * Inputs beside those of the forward graph (P = candidates kept, R = recent tokens, V = vocabSize, K = targets, at
 * least 1; more than one asks for a `maxTokens` of 1):
 *   maxTokens          int64 []      tokens to write at the most
 *   bias               float [V]     added to the logits of the first token
 *   stopFlags          uint8 [2 V]   1 ends the run after that token: V flags for the first token, V for later ones
 *   minProbability     float []      a token less probable than this ends the run (it still comes back)
 *   recentTokenIds     int64 [R]     tokens that the repetition penalty holds down, R >= 1 (-1 is no token); each token
 *                                    written takes the place of the oldest
 *   repetitionPenalty  float []
 *   inverseTemperature float []
 *   topK               int64 [1]     P
 *   topP               float []
 *   noise              float [maxTokens, P]  Gumbel noise to sample with, zeros for the most probable token
 *   targetIds          int64 [K]     tokens whose probabilities are wanted
 *   targetRows         int64 [K]     after which of the run's tokens each, counted from the end (-1); the last is -1
 * Outputs (N tokens were written): `newTokenIds` int64 [N, 1], `probabilities` float [N, 1], `alternativeIds` int64
 * and `alternativeProbabilities` float [N, 5], `targetLogProbabilities` float [N, K], `logProbabilities` float [N, K, V]
 * of all tokens in the targets' places, `newKey0`… [1, numKvHeads, T + N - 1, headDim]: the last token written has no
 * keys and values yet. Probabilities are at temperature 1, those of tokens that may be written after `bias`, before every
 * other filter; `logProbabilities` are before `bias` too.
 */
export function buildDecodeGraph(
  folder: ModelFolder,
  options: GptOptions,
): Uint8Array {
  const root = new GraphBuilder();
  const gpt = declareGpt(root, folder, options);
  const start = declareCachedInputs(root, gpt.cache);
  const maxTokens = root.input("maxTokens" satisfies DecodeInput, "int64", []);
  const sampling = declareSamplingInputs(root, folder.config.vocabSize);
  const always = onnx.equal(root, [root.ints([0], []), root.ints([0], [])]);

  const targets = {
    ids: root.input("targetIds" satisfies DecodeInput, "int64", ["K"]),
    rows: root.input("targetRows" satisfies DecodeInput, "int64", ["K"]),
  };

  const body = buildBody(root, { gpt, sampling, targets });
  const outputs = root.node(
    "Loop",
    [
      maxTokens,
      always,
      start.tokenIds,
      start.lastPosition,
      start.totalLength,
      sampling.recentTokenIds,
      ...start.past.flatMap(({ key, value }) => [key, value]),
    ],
    {
      attributes: { body: { graph: body } },
      // All of them, wanted or not: ONNX Runtime 1.30 crashes on a Loop that leaves one out.
      outputs: Array.from(
        { length: NUM_STATES + 2 * start.past.length + NUM_SCANS },
        () => true,
      ),
    },
  );
  const present: LayerCache[] = start.past.map((_, layer) => ({
    key: outputs[NUM_STATES + 2 * layer]!,
    value: outputs[NUM_STATES + 2 * layer + 1]!,
  }));
  gpt.cache.outputNew(root, present, {
    start: addedPositions(root, start).start,
    // The last token written has not been through the model.
    end: onnx.sub(root, [
      onnx.cast(root, outputs[TOTAL_LENGTH_STATE]!, "int64"),
      root.ints([1]),
    ]),
  });
  const [
    tokenIds,
    probabilities,
    alternativeIds,
    alternativeProbabilities,
    targetLogProbabilities,
    logProbabilities,
  ] = outputs.slice(-NUM_SCANS) as [Value, Value, Value, Value, Value, Value];
  root.output("newTokenIds" satisfies DecodeOutput, tokenIds, {
    type: "int64",
    shape: ["N", 1],
  });
  root.output("probabilities" satisfies DecodeOutput, probabilities, {
    type: "float32",
    shape: ["N", 1],
  });
  root.output("alternativeIds" satisfies DecodeOutput, alternativeIds, {
    type: "int64",
    shape: ["N", NUM_ALTERNATIVES],
  });
  root.output(
    "alternativeProbabilities" satisfies DecodeOutput,
    alternativeProbabilities,
    {
      type: "float32",
      shape: ["N", NUM_ALTERNATIVES],
    },
  );
  root.output(
    "targetLogProbabilities" satisfies DecodeOutput,
    targetLogProbabilities,
    {
      type: "float32",
      shape: ["N", "K"],
    },
  );
  root.output("logProbabilities" satisfies DecodeOutput, logProbabilities, {
    type: "float32",
    shape: ["N", "K", folder.config.vocabSize],
  });
  return root.toBytes();
}

type SamplingInputs = ReturnType<typeof declareSamplingInputs>;

function declareSamplingInputs(root: GraphBuilder, vocabSize: number) {
  return {
    vocabSize,
    bias: root.input("bias" satisfies DecodeInput, "float32", [vocabSize]),
    stopFlags: root.input("stopFlags" satisfies DecodeInput, "uint8", [
      2 * vocabSize,
    ]),
    minProbability: root.input(
      "minProbability" satisfies DecodeInput,
      "float32",
      [],
    ),
    recentTokenIds: root.input(
      "recentTokenIds" satisfies DecodeInput,
      "int64",
      ["R"],
    ),
    repetitionPenalty: root.input(
      "repetitionPenalty" satisfies DecodeInput,
      "float32",
      [],
    ),
    inverseTemperature: root.input(
      "inverseTemperature" satisfies DecodeInput,
      "float32",
      [],
    ),
    topK: root.input("topK" satisfies DecodeInput, "int64", [1]),
    topP: root.input("topP" satisfies DecodeInput, "float32", []),
    noise: root.input("noise" satisfies DecodeInput, "float32", [
      "maxTokens",
      "P",
    ]),
  };
}

/** One round of the loop: a forward pass over the tokens not yet in the cache, then the next token. */
function buildBody(
  root: GraphBuilder,
  {
    gpt,
    sampling,
    targets,
  }: {
    gpt: Gpt;
    sampling: SamplingInputs;
    targets: { ids: Value; rows: Value };
  },
): GraphBuilder {
  const body = new GraphBuilder(root);
  const round = body.input("round", "int64", []);
  body.input("conditionIn", "bool", []);
  const tokenIds = body.input("roundTokenIds", "int64", [1, "roundT"]);
  const lastPosition = body.input("roundLastPosition", "int32", [1]);
  const totalLength = body.input("roundTotalLength", "int32", [1]);
  const recentTokenIds = body.input("roundRecentTokenIds", "int64", ["roundR"]);
  const past = gpt.cache.declarePast(body, {
    prefix: "roundPast",
    capacity: "roundCapacity",
  });

  const { hidden, present } = gpt.forward(body, {
    tokenIds,
    lastPosition,
    totalLength,
    past,
  });
  const rows = onnx.gather(body, [hidden!, targets.rows], 1); // [1, K, embeddingDim]
  const rowLogits = gpt.logits(body, rows); // [1, K, V]
  const last = onnx.gather(body, [rowLogits, body.ints([-1])], 1); // [1, 1, V]
  const logits = onnx.reshape(body, [last, body.ints([-1])]); // [V]
  const drawn = drawToken(body, {
    logits,
    round,
    recentTokenIds,
    sampling,
  });

  const one = body.inline("int32", Int32Array.of(1), [1]);
  const scalar = (type: "bool") => ({ type, shape: [] });
  body.output("condition", drawn.goesOn, scalar("bool"));
  body.output(
    "nextTokenIds",
    onnx.reshape(body, [drawn.tokenId, body.ints([1, 1])]),
    { type: "int64", shape: [1, 1] },
  );
  body.output("nextLastPosition", onnx.add(body, [lastPosition, one]), {
    type: "int32",
    shape: [1],
  });
  body.output("nextTotalLength", onnx.add(body, [totalLength, one]), {
    type: "int32",
    shape: [1],
  });
  body.output(
    "nextRecentTokenIds",
    onnx.concat(body, [withoutFirst(body, recentTokenIds), drawn.tokenId], 0),
    { type: "int64", shape: ["nextR"] },
  );
  gpt.cache.outputPresent(body, present, {
    prefix: "roundPresent",
    capacity: "roundNewCapacity",
  });
  body.output("roundTokenId", drawn.tokenId, { type: "int64", shape: [1] });
  body.output("roundProbability", drawn.probability, {
    type: "float32",
    shape: [1],
  });
  body.output("roundAlternativeIds", drawn.alternativeIds, {
    type: "int64",
    shape: [NUM_ALTERNATIVES],
  });
  body.output("roundAlternativeProbabilities", drawn.alternativeProbabilities, {
    type: "float32",
    shape: [NUM_ALTERNATIVES],
  });
  const logProbabilities = onnx.logSoftmax(body, rowLogits, -1); // [1, K, V]
  body.output(
    "roundTargetLogProbabilities",
    gatherTargets(body, { logProbabilities, tokenIds: targets.ids }),
    { type: "float32", shape: ["K"] },
  );
  body.output(
    "roundLogProbabilities",
    onnx.reshape(body, [logProbabilities, body.ints([-1, sampling.vocabSize])]),
    { type: "float32", shape: ["K", sampling.vocabSize] },
  );
  return body;
}

/** Of K tokens by log-probabilities [1, K, V]: [K]. */
function gatherTargets(
  body: GraphBuilder,
  { logProbabilities, tokenIds }: { logProbabilities: Value; tokenIds: Value },
): Value {
  const places = onnx.unsqueeze(body, [tokenIds, body.ints([0, 2])]); // [1, K, 1]
  const chosen = onnx.gatherElements(body, [logProbabilities, places], 2); // [1, K, 1]
  return onnx.reshape(body, [chosen, body.ints([-1])]);
}

function withoutFirst(body: GraphBuilder, x: Value): Value {
  const ends = body.ints([Number.MAX_SAFE_INTEGER]);
  return onnx.slice(body, x, { starts: body.ints([1]), ends, axis: 0 });
}

/** Draws one token from logits [V]: repetition penalty, temperature, top-k, top-p, then the Gumbel-max trick. */
function drawToken(
  body: GraphBuilder,
  {
    logits: plainLogits,
    round,
    recentTokenIds,
    sampling,
  }: {
    logits: Value;
    round: Value;
    recentTokenIds: Value;
    sampling: SamplingInputs;
  },
) {
  const zero = body.ints([0], []);
  const isFirst = onnx.cast(body, onnx.equal(body, [round, zero]), "float32");
  const logits = onnx.add(body, [
    plainLogits,
    onnx.mul(body, [sampling.bias, isFirst]),
  ]); // [V]
  const probabilities = onnx.softmax(body, logits, 0); // [V]
  const candidates = onnx.topK(
    body,
    [logits, body.ints([Math.min(NUM_CANDIDATES, sampling.vocabSize)])],
    0,
  ); // [C] each

  // Repetition penalty: a repeated token's logit is divided when positive, multiplied when negative.
  const isRecent = onnx.cast(
    body,
    onnx.reduceMax(
      body,
      onnx.cast(
        body,
        onnx.equal(body, [
          onnx.unsqueeze(body, [candidates.indices, body.ints([1])]),
          onnx.unsqueeze(body, [recentTokenIds, body.ints([0])]),
        ]), // [C, R]
        "int32",
      ),
      { axis: 1, keepDims: false },
    ),
    "bool",
  ); // [C]
  const penalty = sampling.repetitionPenalty;
  const penalised = onnx.where(body, [
    onnx.greater(body, [candidates.values, body.floats([0])]),
    onnx.div(body, [candidates.values, penalty]),
    onnx.mul(body, [candidates.values, penalty]),
  ]);
  const scores = onnx.mul(body, [
    onnx.where(body, [isRecent, penalised, candidates.values]),
    sampling.inverseTemperature,
  ]); // [C]

  const kept = onnx.topK(body, [scores, sampling.topK], 0); // [P] each
  const before = onnx.cumSumExclusive(
    body,
    onnx.softmax(body, kept.values, 0),
    0,
  );
  const noise = onnx.gather(body, [sampling.noise, round], 0); // [P]
  const noisy = onnx.where(body, [
    onnx.less(body, [before, sampling.topP]),
    onnx.add(body, [kept.values, noise]),
    body.floats([-1e30]),
  ]);
  const place = onnx.argMax(body, noisy, 0); // [1]
  const candidate = onnx.gather(body, [kept.indices, place], 0); // [1]
  const tokenId = onnx.gather(body, [candidates.indices, candidate], 0); // [1]
  const probability = onnx.gather(body, [probabilities, tokenId], 0); // [1]

  const firstAlternatives = {
    starts: body.ints([0]),
    ends: body.ints([NUM_ALTERNATIVES]),
    axis: 0,
  };
  const alternativeIds = onnx.slice(
    body,
    candidates.indices,
    firstAlternatives,
  );

  // The first token has stop flags of its own, since healing asks for that.
  const flagsStart = onnx.mul(body, [
    onnx.min(body, [round, body.ints([1], [])]),
    body.ints([sampling.vocabSize], []),
  ]);
  const stopFlag = onnx.gather(
    body,
    [sampling.stopFlags, onnx.add(body, [tokenId, flagsStart])],
    0,
  );
  const isStop = onnx.reshape(body, [
    onnx.cast(body, stopFlag, "bool"),
    body.ints([], [0]),
  ]);
  const isUnsure = onnx.reshape(body, [
    onnx.less(body, [probability, sampling.minProbability]),
    body.ints([], [0]),
  ]);
  return {
    tokenId,
    probability,
    alternativeIds,
    alternativeProbabilities: onnx.gather(
      body,
      [probabilities, alternativeIds],
      0,
    ),
    goesOn: onnx.not(body, onnx.or(body, [isStop, isUnsure])), // []
  };
}
