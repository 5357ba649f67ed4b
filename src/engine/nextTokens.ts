// Which tokens a model expects next, with their probabilities: for a look at what it thinks, beside what it writes.

import { LOGITS_NAME } from "../common/graphNames";
import { KvCache } from "../inference/kvCache";
import { sequenceFeeds } from "../inference/languageModel";
import { buildForwardGraph } from "../model/graphs/forwardGraph";
import { MAX_POSITIONS } from "../model/layers/gpt";
import { openModelFolder } from "../model/files/modelFolder";
import { readAdapter } from "../adapters/peftAdapter";
import type { LoadModelRequest } from "../protocol/worker";
import { createSession } from "../runtime/session";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";
import { graphOptions } from "./engineParts";
import { startPrompt } from "./textStart";

/** A token that may come next. */
export interface NextToken {
  tokenId: number;
  /** Special tokens as they are written in a chat template. */
  text: string;
  probability: number;
}

/** The `count` most probable tokens after `prompt`, at temperature 1; a prompt that is too long loses its start. */
export async function findNextTokens(
  request: LoadModelRequest,
  { prompt, count }: { prompt: string; count: number },
): Promise<{ promptTokens: number; candidates: NextToken[] }> {
  const folder = openModelFolder(request.modelFolder);
  const tokenizer = await loadTokenizer(request.modelFolder);
  const { config } = folder;
  const promptIds = startPrompt(tokenizer.encode(prompt), {
    model: { tokenizer, folder },
    maxTokens: Math.min(config.contextLength, MAX_POSITIONS),
  });
  const adapter =
    request.adapterFolder === undefined
      ? undefined
      : readAdapter(request.adapterFolder, folder);
  const options = graphOptions(folder, adapter);
  const session = await createSession(
    buildForwardGraph(folder, { ...options, logits: "last" }),
    { weightsFolder: folder.weightsFolder, threads: request.threads },
  );
  try {
    const { numLayers, numKvHeads, headDim } = config;
    const type = options.kvScales ? "int8" : "float32";
    const cache = new KvCache({ type, numLayers, numKvHeads, headDim });
    const outputs = await session.run(
      { ...sequenceFeeds(cache, promptIds), ...cache.feeds() },
      [LOGITS_NAME],
    );
    return {
      promptTokens: promptIds.length,
      candidates: mostProbable(
        outputs[LOGITS_NAME]!.data as Float32Array,
        count,
      ).map(({ tokenId, probability }) => ({
        tokenId,
        text: textOf(tokenizer, tokenId),
        probability,
      })),
    };
  } finally {
    await session.release();
  }
}

/** The `count` largest entries of the softmax of `logits`, largest first; ties by token id. */
export function mostProbable(
  logits: Float32Array,
  count: number,
): { tokenId: number; probability: number }[] {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, x) => total + Math.exp(x - largest), 0);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, count)
    .map((tokenId) => ({
      tokenId,
      probability: Math.exp(logits[tokenId]! - largest) / sum,
    }));
}

function textOf(tokenizer: Tokenizer, tokenId: number): string {
  if (!tokenizer.specialTokenIds.has(tokenId)) {
    return tokenizer.decode([tokenId]);
  }
  const special = tokenizer.specialTokens.find(
    (token) => token.tokenId === tokenId,
  );
  return special?.text ?? "";
}
