// Token ids of documents and examples -> blocks of one length, as the training graph takes them.
// A long sequence is cut into windows that overlap by an eighth of a block: the overlap gives context and its targets
// count in the window before, so that every target counts exactly once. Short pieces share a block; positions begin
// at 0 and the document id changes at each piece, so that attention does not cross. What is in a block depends on the
// sequences alone; only the order of the blocks (blockOrder.ts) changes with the epoch, so every epoch has as many.

/** Token ids, of which those before `firstTarget` are context that is not learned. */
export interface TokenSequence {
  tokenIds: ArrayLike<number>;
  /** Index of the first token that counts as a target; 1 is the first that can be one. */
  firstTarget: number;
}

/** A document to learn whole: `endTokenId` follows it where the model has such a token. */
export function documentSequence(
  tokenIds: ArrayLike<number>,
  endTokenId?: number,
): TokenSequence {
  return { tokenIds: withEnd(tokenIds, endTokenId), firstTarget: 1 };
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

/** A stretch of a sequence's inputs: tokens `start` up to `end`, each of which predicts the next. */
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
  return {
    blockTokens,
    sequences,
    blocks: packPieces(pieces, blockTokens),
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
 */
function cutIntoPieces(
  { tokenIds, firstTarget }: TokenSequence,
  {
    index,
    blockTokens,
    overlapTokens,
  }: { index: number; blockTokens: number; overlapTokens: number },
): Piece[] {
  const numInputs = tokenIds.length - 1;
  const pieces: Piece[] = [];
  for (
    let firstCounted = Math.max(firstTarget - 1, 0);
    firstCounted < numInputs;
  ) {
    // The first window reaches back over as much of the context as leaves room for half a block of targets.
    const isFirst = pieces.length === 0;
    const numTargets = numInputs - firstCounted;
    const start = isFirst
      ? Math.max(
          0,
          firstCounted -
            Math.max(blockTokens - numTargets, Math.floor(blockTokens / 2)),
        )
      : firstCounted - overlapTokens;
    const end = Math.min(start + blockTokens, numInputs);
    pieces.push({ sequence: index, start, end, firstCounted });
    firstCounted = end;
  }
  return pieces;
}

function countTargets({ end, firstCounted }: Piece): number {
  return end - firstCounted;
}

/** Longest first, each into the fullest block that has room (best fit decreasing). */
function packPieces(pieces: readonly Piece[], blockTokens: number): Piece[][] {
  const order = pieces
    .map((piece, index) => ({ piece, index, length: piece.end - piece.start }))
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
    const { tokenIds } = sequences[piece.sequence]!;
    for (let i = piece.start; i < piece.end; i++, place++) {
      block.tokenIds[place] = BigInt(tokenIds[i]!);
      block.targetIds[place] = BigInt(tokenIds[i + 1]!);
      block.targetWeights[place] = i >= piece.firstCounted ? 1 : 0;
      block.positions[place] = BigInt(i - piece.start);
      block.documentIds[place] = BigInt(documentId);
    }
    block.numTargets += countTargets(piece);
  });
  for (let position = 0; place < blockTokens; place++, position++) {
    block.positions[place] = BigInt(position);
    block.documentIds[place] = BigInt(pieces.length);
  }
  return block;
}
