// Token ids of documents and examples -> blocks of one length, as the training graph takes them.
// A long sequence is cut into windows that overlap by an eighth of a block: the overlap gives context and its targets
// count in the window before, so that every target counts exactly once. Short pieces share a block; positions begin
// at 0 and the document id changes at each piece, so that attention does not cross. What is in a block depends on the
// sequences alone; only the order of the blocks (blockOrder.ts) changes with the epoch, so every epoch has as many.

/** Token ids, of which those before `firstTarget` are context that is not learned. */
export interface TokenSequence {
  tokenIds: ArrayLike<number>;
  /** So many of the first stand at the head of every window: what stands in front of every text (BOS). */
  headTokens?: number;
  /** Index of the first token that counts as a target; 1 is the first that can be one. */
  firstTarget: number;
}

/**
 * A document to learn whole: `endTokenId` follows it where the model has such a token, and `bosIds` stand before it
 * where the model wants them there; its first token is learned after those alone.
 */
export function documentSequence(
  tokenIds: ArrayLike<number>,
  endTokenId?: number,
  bosIds: readonly number[] = [],
): TokenSequence {
  return {
    tokenIds: withEnd([...bosIds, ...Array.from(tokenIds)], endTokenId),
    headTokens: bosIds.length,
    firstTarget: Math.max(1, bosIds.length),
  };
}

/** Copies token ids with the end token behind. */
export function withEnd(
  tokenIds: ArrayLike<number>,
  endTokenId: number | undefined,
): Int32Array {
  const ended = new Int32Array(
    tokenIds.length + (endTokenId === undefined ? 0 : 1),
  );
  ended.set(tokenIds);
  if (endTokenId !== undefined) ended[tokenIds.length] = endTokenId;
  return ended;
}

/** One block, in the forms of the graph's inputs; each array is [blockTokens]. */
export interface TokenBlock {
  tokenIds: BigInt64Array;
  /** The token that follows each; 0 where there is none. */
  targetIds: BigInt64Array;
  /** 1 for targets that are learned, 0 for all others. */
  targetWeights: Float32Array;
  /** From 0 in each piece. */
  positions: BigInt64Array;
  /** Attention stays within equal numbers. Padding has one of its own. */
  documentIds: BigInt64Array;
  /** Targets with weight 1. */
  numTargets: number;
}

/** A stretch of a sequence's inputs: its head, then tokens `start` up to `end`, each of which predicts the next. */
export interface Piece {
  sequence: number;
  start: number;
  end: number;
  /** The first input whose target counts. */
  firstCounted: number;
}

/** Which pieces share which block. */
export interface BlockPlan {
  blockTokens: number;
  sequences: readonly TokenSequence[];
  blocks: readonly (readonly Piece[])[];
  /** Over all blocks; each target of each sequence once. */
  numTargets: number;
}

/** What share of a window repeats the window before. */
const OVERLAP_SHARE = 1 / 8;

/** Decides what goes into which block; the arrays are made by `fillBlock`. */
export function planBlocks(
  sequences: readonly TokenSequence[],
  {
    blockTokens,
    overlapTokens = Math.floor(blockTokens * OVERLAP_SHARE),
  }: { blockTokens: number; overlapTokens?: number },
): BlockPlan {
  checkLengths(blockTokens, overlapTokens);
  const pieces = sequences.flatMap((sequence, index) =>
    cutIntoPieces(sequence, { index, blockTokens, overlapTokens }),
  );
  const lengthOf = ({ sequence, start, end }: Piece) =>
    (sequences[sequence]!.headTokens ?? 0) + end - start;
  return {
    blockTokens,
    sequences,
    blocks: packPieces(pieces, { blockTokens, lengthOf }),
    numTargets: pieces.reduce((sum, piece) => sum + countTargets(piece), 0),
  };
}

function checkLengths(blockTokens: number, overlapTokens: number): void {
  if (!Number.isInteger(blockTokens) || blockTokens < 1) {
    throw new RangeError(
      `Cannot plan blocks: blockTokens is ${blockTokens}, expected a whole number above 0`,
    );
  }
  if (overlapTokens < 0 || overlapTokens >= blockTokens) {
    throw new RangeError(
      `Cannot plan blocks: overlapTokens is ${overlapTokens}, expected 0 to ${blockTokens - 1}`,
    );
  }
}

/**
 *     inputs     0 1 2 3 4 5 6 7 8 9        blockTokens 6, overlapTokens 2
 *     window 1  [0 1 2 3 4 5]
 *     window 2          (4 5)[6 7 8 9]      targets of (4 5) count in window 1
 *
 * With a head of one token window 2 is 0 (3 4)[5 6 7].
 */
function cutIntoPieces(
  { tokenIds, firstTarget, headTokens = 0 }: TokenSequence,
  {
    index,
    blockTokens,
    overlapTokens,
  }: { index: number; blockTokens: number; overlapTokens: number },
): Piece[] {
  const numInputs = tokenIds.length - 1;
  const windowTokens = blockTokens - headTokens;
  const pieces: Piece[] = [];
  for (
    let firstCounted = Math.max(firstTarget - 1, 0);
    firstCounted < numInputs;
  ) {
    // The first window reaches back over as much of the context as leaves room for half a block of targets.
    const isFirst = pieces.length === 0;
    const numTargets = numInputs - firstCounted;
    const numContext = isFirst
      ? Math.max(windowTokens - numTargets, Math.floor(windowTokens / 2))
      : overlapTokens;
    const start = Math.max(headTokens, firstCounted - numContext);
    const end = Math.min(start + windowTokens, numInputs);
    pieces.push({ sequence: index, start, end, firstCounted });
    firstCounted = end;
  }
  return pieces;
}

function countTargets({ end, firstCounted }: Piece): number {
  return end - firstCounted;
}

/** Longest first, each into the fullest block that has room (best fit decreasing). */
function packPieces(
  pieces: readonly Piece[],
  {
    blockTokens,
    lengthOf,
  }: { blockTokens: number; lengthOf: (piece: Piece) => number },
): Piece[][] {
  const order = pieces
    .map((piece, index) => ({ piece, index, length: lengthOf(piece) }))
    .sort((a, b) => b.length - a.length || a.index - b.index);
  const blocks: Piece[][] = [];
  /** Free tokens -> blocks that have so many. */
  const blocksByRoom: Piece[][][] = Array.from(
    { length: blockTokens + 1 },
    () => [],
  );
  for (const { piece, length } of order) {
    let room = length;
    while (room < blockTokens && blocksByRoom[room]!.length === 0) room++;
    let block = blocksByRoom[room]!.pop();
    if (!block) {
      block = [];
      blocks.push(block);
    }
    block.push(piece);
    blocksByRoom[room - length]!.push(block);
  }
  return blocks;
}

/** Makes the arrays of block `index`; what is left over is padding of weight 0. */
export function fillBlock(
  { blockTokens, sequences, blocks }: BlockPlan,
  index: number,
): TokenBlock {
  const pieces = blocks[index];
  if (!pieces) {
    throw new RangeError(
      `Cannot fill block ${index}: there are ${blocks.length}, expected a number below`,
    );
  }
  const block: TokenBlock = {
    tokenIds: new BigInt64Array(blockTokens),
    targetIds: new BigInt64Array(blockTokens),
    targetWeights: new Float32Array(blockTokens),
    positions: new BigInt64Array(blockTokens),
    documentIds: new BigInt64Array(blockTokens),
    numTargets: 0,
  };
  let place = 0;
  pieces.forEach((piece, documentId) => {
    const { tokenIds, headTokens = 0 } = sequences[piece.sequence]!;
    let position = 0;
    const put = (i: number) => {
      block.tokenIds[place] = BigInt(tokenIds[i]!);
      block.targetIds[place] = BigInt(tokenIds[i + 1]!);
      block.targetWeights[place] = i >= piece.firstCounted ? 1 : 0;
      block.positions[place] = BigInt(position++);
      block.documentIds[place++] = BigInt(documentId);
    };
    for (let i = 0; i < headTokens; i++) put(i);
    for (let i = piece.start; i < piece.end; i++) put(i);
    block.numTargets += countTargets(piece);
  });
  for (let position = 0; place < blockTokens; place++, position++) {
    block.positions[place] = BigInt(position);
    block.documentIds[place] = BigInt(pieces.length);
  }
  return block;
}
