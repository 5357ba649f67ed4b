import assert from "node:assert/strict";
import {
  documentSequence,
  fillBlock,
  planBlocks,
  type TokenSequence,
} from "../../../src/training/blocks";
import { exampleSequence } from "../../../src/training/examples";
import { seededRandom } from "../../../src/common/random";

const END = 99;
const numbers = (array: BigInt64Array) => Array.from(array, Number);
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** The only block of a plan, as plain numbers. */
function blockOf(sequences: TokenSequence[], blockTokens: number) {
  const plan = planBlocks(sequences, { blockTokens });
  assert.equal(plan.blocks.length, 1);
  const block = fillBlock(plan, 0);
  return {
    tokenIds: numbers(block.tokenIds),
    targetIds: numbers(block.targetIds),
    targetWeights: Array.from(block.targetWeights),
    positions: numbers(block.positions),
    documentIds: numbers(block.documentIds),
    numTargets: block.numTargets,
  };
}

suite("planBlocks() and fillBlock()", () => {
  test("short documents share a block, each with positions and a document id of its own, padding with weight 0", () => {
    const block = blockOf(
      [documentSequence([11, 12, 13], END), documentSequence([21, 22], END)],
      8,
    );
    assert.deepEqual(block, {
      tokenIds: [11, 12, 13, 21, 22, 0, 0, 0],
      targetIds: [12, 13, END, 22, END, 0, 0, 0],
      targetWeights: [1, 1, 1, 1, 1, 0, 0, 0],
      positions: [0, 1, 2, 0, 1, 0, 1, 2],
      documentIds: [0, 0, 0, 1, 1, 2, 2, 2],
      numTargets: 5,
    });
  });

  test("a long document is cut into windows whose overlap is context and counts once", () => {
    const plan = planBlocks([documentSequence(range(0, 11))], {
      blockTokens: 6,
      overlapTokens: 2,
    });
    assert.deepEqual(plan.blocks, [
      [{ sequence: 0, start: 0, end: 6, firstCounted: 0 }],
      [{ sequence: 0, start: 4, end: 10, firstCounted: 6 }],
    ]);
    const second = fillBlock(plan, 1);
    assert.deepEqual(numbers(second.tokenIds), [4, 5, 6, 7, 8, 9]);
    assert.deepEqual(numbers(second.targetIds), [5, 6, 7, 8, 9, 10]);
    assert.deepEqual(Array.from(second.targetWeights), [0, 0, 1, 1, 1, 1]);
    assert.deepEqual(numbers(second.positions), [0, 1, 2, 3, 4, 5]);
    assert.equal(plan.numTargets, 10);
  });

  test("what stands in front of every text heads every window, and the first token is learned after it", () => {
    const plan = planBlocks([documentSequence(range(1, 10), END, [77])], {
      blockTokens: 6,
      overlapTokens: 2,
    });
    const blocks = plan.blocks.map((_, index) => fillBlock(plan, index));
    assert.deepEqual(
      blocks.map(({ tokenIds }) => numbers(tokenIds)),
      [
        [77, 1, 2, 3, 4, 5],
        [77, 4, 5, 6, 7, 8],
        [77, 7, 8, 9, 0, 0],
      ],
    );
    assert.deepEqual(
      blocks.map(({ targetIds }) => numbers(targetIds).slice(1)),
      [
        [2, 3, 4, 5, 6],
        [5, 6, 7, 8, 9],
        [8, 9, END, 0, 0],
      ],
    );
    assert.equal(numbers(blocks[0]!.targetIds)[0], 1);
    assert.deepEqual(
      blocks.map(({ targetWeights }) => Array.from(targetWeights)),
      [
        [1, 1, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 1, 0, 0],
      ],
    );
    assert.deepEqual(numbers(blocks[1]!.positions), range(0, 6));
    assert.equal(plan.numTargets, 10);
  });

  test("documents with and without a head share blocks, and each target of theirs counts once", () => {
    const seed = 5;
    const random = seededRandom(seed);
    const documents = range(0, 40).map((document) =>
      documentSequence(
        range(0, 1 + Math.floor(random() * 150)),
        END,
        document % 2 === 0 ? [77] : [],
      ),
    );
    const plan = planBlocks(documents, { blockTokens: 32 });
    let weight = 0;
    plan.blocks.forEach((_, index) => {
      for (const each of fillBlock(plan, index).targetWeights) weight += each;
    });
    const expected = documents.reduce(
      (sum, { tokenIds }) => sum + tokenIds.length - 1,
      0,
    );
    assert.deepEqual([weight, plan.numTargets], [expected, expected]);
  });

  test("without an end token a document's last token is its last target", () => {
    const block = blockOf([documentSequence([1, 2, 3])], 4);
    assert.deepEqual(block.targetIds, [2, 3, 0, 0]);
    assert.equal(block.numTargets, 2);
  });

  test("every target of random documents counts exactly once, follows its input, and has the context it is due", () => {
    const seed = 7;
    const random = seededRandom(seed);
    const overlapTokens = 4;
    const documents = range(0, 60).map((document) =>
      documentSequence(
        range(0, 1 + Math.floor(random() * 200)).map(
          (place) => 1 + document * 1000 + place,
        ),
        END,
      ),
    );
    const plan = planBlocks(documents, { blockTokens: 32, overlapTokens });
    const counted = new Map<string, number>();
    let numTargets = 0;
    plan.blocks.forEach((_, index) => {
      const block = fillBlock(plan, index);
      numTargets += block.numTargets;
      for (let i = 0; i < 32; i++) {
        if (block.targetWeights[i] === 0) continue;
        const tokenId = Number(block.tokenIds[i]);
        const targetId = Number(block.targetIds[i]);
        assert.ok(
          targetId === END || targetId === tokenId + 1,
          `seed ${seed}: ${tokenId} is followed by ${targetId}`,
        );
        const place = (tokenId - 1) % 1000;
        assert.ok(
          Number(block.positions[i]) >= Math.min(place, overlapTokens),
          `seed ${seed}: token ${tokenId} lacks context`,
        );
        const key = `${tokenId}>${targetId}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      }
    });
    const expected = documents.reduce(
      (sum, { tokenIds }) => sum + tokenIds.length - 1,
      0,
    );
    assert.equal(numTargets, expected);
    assert.equal(plan.numTargets, expected);
    assert.equal(counted.size, expected);
    assert.ok([...counted.values()].every((count) => count === 1));
  });

  test("blocks are packed with little padding", () => {
    const random = seededRandom(3);
    const documents = range(0, 300).map(() =>
      documentSequence(new Int32Array(20 + Math.floor(random() * 500)), END),
    );
    const plan = planBlocks(documents, { blockTokens: 256 });
    const used = plan.blocks
      .flat()
      .reduce((sum, { start, end }) => sum + end - start, 0);
    assert.ok(used / (plan.blocks.length * 256) > 0.97);
  });

  test("documents of fewer than two tokens give nothing", () => {
    const plan = planBlocks([documentSequence([]), documentSequence([5])], {
      blockTokens: 8,
    });
    assert.deepEqual(plan.blocks, []);
    assert.equal(plan.numTargets, 0);
  });

  test("planBlocks() refuses lengths that cannot be", () => {
    assert.throws(() => planBlocks([], { blockTokens: 0 }), {
      name: "RangeError",
      message:
        "Cannot plan blocks: blockTokens is 0, expected a whole number above 0",
    });
    assert.throws(
      () => planBlocks([], { blockTokens: 4, overlapTokens: 4 }),
      /overlapTokens is 4, expected 0 to 3/,
    );
  });

  test("fillBlock() refuses a block that is not there", () => {
    const plan = planBlocks([documentSequence([1, 2])], { blockTokens: 4 });
    assert.throws(() => fillBlock(plan, 1), /there are 1/);
  });
});

suite("exampleSequence()", () => {
  const check = (
    [promptIds, completionIds, blockTokens]: [number[], number[], number],
    expected: { tokenIds: number[]; firstTarget: number } | undefined,
  ) => {
    const sequence = exampleSequence(
      { promptIds, completionIds },
      { blockTokens, endTokenId: END },
    );
    assert.deepEqual(
      sequence && { ...sequence, tokenIds: Array.from(sequence.tokenIds) },
      expected && { headTokens: 0, ...expected },
    );
  };

  test("the prompt is context, the completion and its end are learned", () => {
    check([[1, 2, 3], [4, 5], 8], {
      tokenIds: [1, 2, 3, 4, 5, END],
      firstTarget: 3,
    });
    const sequence = exampleSequence(
      { promptIds: [1, 2, 3], completionIds: [4, 5] },
      { blockTokens: 8, endTokenId: END },
    )!;
    const block = blockOf([sequence], 8);
    assert.deepEqual(block.targetWeights, [0, 0, 1, 1, 1, 0, 0, 0]);
    assert.deepEqual(block.targetIds.slice(2, 5), [4, 5, END]);
    assert.equal(block.numTargets, 3);
  });

  test("a long prompt loses its beginning, so that one block holds the whole", () => {
    check([[1, 2, 3, 4, 5], [6, 7], 4], {
      tokenIds: [4, 5, 6, 7, END].slice(0),
      firstTarget: 2,
    });
    const sequence = exampleSequence(
      { promptIds: range(0, 50), completionIds: [60, 61] },
      { blockTokens: 16, endTokenId: END },
    )!;
    const block = blockOf([sequence], 16);
    assert.equal(block.numTargets, 3);
    assert.deepEqual(block.tokenIds.slice(-3), [49, 60, 61]);
  });

  test("what stands in front of every text stays when a long prompt loses its beginning", () => {
    for (const [promptIds, tokenIds, firstTarget] of [
      [[1, 2], [77, 1, 2, 6, 7, END], 3],
      [[1, 2, 3, 4, 5], [77, 4, 5, 6, 7, END], 3],
    ] as const) {
      const sequence = exampleSequence(
        { promptIds, completionIds: [6, 7] },
        { blockTokens: 5, endTokenId: END, bosIds: [77] },
      )!;
      assert.deepEqual(Array.from(sequence.tokenIds), tokenIds);
      assert.equal(sequence.firstTarget, firstTarget);
      const block = blockOf([sequence], 5);
      assert.deepEqual(block.tokenIds, tokenIds.slice(0, -1));
      assert.deepEqual(block.targetWeights, [0, 0, 1, 1, 1]);
    }
  });

  test("an example that does not fit or has nothing to learn gives nothing", () => {
    check([[1], [2, 3, 4, 5], 4], undefined);
    check([[1], [2, 3, 4], 4], { tokenIds: [1, 2, 3, 4, END], firstTarget: 1 });
    check([[], [2], 4], undefined);
    check([[1], [], 4], undefined);
  });

  test("several examples share a block, attention apart", () => {
    const sequences = [1, 2].map((start) =>
      exampleSequence(
        { promptIds: [start, start + 10], completionIds: [start + 20] },
        { blockTokens: 8, endTokenId: END },
      )!,
    );
    const block = blockOf(sequences, 8);
    assert.deepEqual(block.documentIds, [0, 0, 0, 1, 1, 1, 2, 2]);
    assert.deepEqual(block.targetWeights, [0, 1, 1, 0, 1, 1, 0, 0]);
  });
});
