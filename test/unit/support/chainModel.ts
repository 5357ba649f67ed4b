// A tiny model that says what the test wants, through real weights and graphs: each token has one most probable
// successor, or several that are as probable. Its layers add nothing to the embedding, and its head is made so that the successor's row fits best.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseModelConfig } from "../../../src/model/files/parseConfig";
import {
  allLinearGroups,
  allOtherWeights,
} from "../../../src/model/files/weightNames";
import { gaussians } from "./matrices";
import { TINY_CONFIG, writeFloats } from "./tinyModel";
import { createTinyTokenizer, TINY_TOKENIZER_FILES } from "./tinyTokenizer";

/** Large enough that a successor's logit, about 64 times this, is far above the others'. */
const GAIN = 0.4;

/** Layers whose outputs would be added to the residual stream. */
const SILENT = /\.(o_proj|down_proj)$/;

/** Token -> what may follow it. */
export type Chain = Map<number, number[]>;

/** Which token follows which, from texts; a token that is followed by two is an error of the test. */
export function chainOf(...texts: string[]): Chain {
  const tokenizer = createTinyTokenizer();
  const next: Chain = new Map();
  for (const text of texts) {
    const tokenIds = tokenizer.encode(text);
    tokenIds.slice(1).forEach((tokenId, place) => {
      const before = tokenIds[place]!;
      if (next.has(before) && next.get(before)![0] !== tokenId) {
        throw new RangeError(
          `Token ${before} of ${JSON.stringify(text)} has two successors`,
        );
      }
      next.set(before, [tokenId]);
    });
  }
  return next;
}

/** Writes the folder, tokenizer included; the caller removes it. */
export function makeChainModel(
  next: Chain,
  change: Partial<typeof TINY_CONFIG> = {},
): string {
  const config = { ...TINY_CONFIG, tie_word_embeddings: false, ...change };
  const directory = mkdtempSync(path.join(tmpdir(), "inkling-chain-"));
  const files = { "config.json": config, ...TINY_TOKENIZER_FILES };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(directory, name), JSON.stringify(content));
  }
  const parsed = parseModelConfig(config);
  const { vocabSize, embeddingDim } = parsed;
  const embedding = gaussians(1, vocabSize * embeddingDim);
  const matrices: Record<string, Float32Array> = {
    "model.embed_tokens": embedding,
    lm_head: headFor(next, { embedding, embeddingDim }),
  };
  const tensors = allLinearGroups(parsed).flatMap(({ parts, numColumns }) =>
    parts.map(({ name, numRows }, index) => {
      const size = numRows * numColumns;
      const random = () =>
        gaussians(name.length + index, size).map((x) => x / 8);
      const data = SILENT.test(name)
        ? new Float32Array(size)
        : (matrices[name] ?? random());
      return { name: `${name}.weight`, shape: [numRows, numColumns], data };
    }),
  );
  const norms = allOtherWeights(parsed).map(({ name }) => ({
    name,
    shape: [embeddingDim],
    data: new Float32Array(embeddingDim).fill(1),
  }));
  writeFloats(path.join(directory, "model.safetensors"), [
    ...tensors,
    ...norms,
  ]);
  return directory;
}

/** Adds each token's normalised embedding to the row of its successor. */
function headFor(
  next: Chain,
  {
    embedding,
    embeddingDim,
  }: { embedding: Float32Array; embeddingDim: number },
): Float32Array {
  const head = new Float32Array(embedding.length);
  for (const [tokenId, successors] of next) {
    const row = embedding.subarray(
      tokenId * embeddingDim,
      (tokenId + 1) * embeddingDim,
    );
    const square = row.reduce((sum, value) => sum + value * value, 0);
    const root = Math.sqrt(square / embeddingDim);
    for (const successor of successors) {
      row.forEach((value, i) => {
        head[successor * embeddingDim + i]! += (GAIN * value) / root;
      });
    }
  }
  return head;
}
