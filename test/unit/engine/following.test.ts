import assert from "node:assert/strict";
import type { GeneratedToken } from "../../../src/protocol/generation";
import { scoreFollowing } from "../../../src/engine/following";

/** Token ids are places in the text: 100, 101, … */
function tokensOf(pieces: string[]): GeneratedToken[] {
  return pieces.map((text, index) => ({
    tokenId: 100 + index,
    text,
    logProbability: -1,
    alternatives: [],
  }));
}

const NEXT: GeneratedToken = {
  tokenId: 99,
  text: " next",
  logProbability: -5,
  alternatives: [],
};

/** Scores of what follows these pieces; `first` is its first token's log-probability in place of each and behind them. */
async function score(
  pieces: string[],
  {
    healed = "",
    next,
    first = pieces.map(() => -1).concat(-1),
    followingIds = [1, 2, 3, 4, 5, 6],
    runs = Infinity,
  }: {
    healed?: string;
    next?: GeneratedToken | undefined;
    first?: number[];
    followingIds?: number[];
    runs?: number;
  } = {},
) {
  const asked: [contextIds: readonly number[], targetIds: readonly number[]][] =
    [];
  const scores = await scoreFollowing(
    {
      promptIds: [7],
      nothingWrittenIds: [7, 8],
      healed,
      tokens: tokensOf(pieces),
      next,
      firstLogProbabilities: first,
    },
    {
      followingIds,
      score: (contextIds, targetIds) => {
        asked.push([contextIds, targetIds]);
        return Promise.resolve(-contextIds.length);
      },
      isCancelled: () => asked.length >= runs,
    },
  );
  return { asked, scores };
}

suite("scoreFollowing()", () => {
  test("asks how the text behind goes on after the words that lead up to it best, and after nothing", async () => {
    const { asked, scores } = await score([" quick", " brown", " fox"], {
      first: [-9, -9, -2, -9],
    });
    const targets = [1, 2, 3, 4];
    assert.deepEqual(asked, [
      [[7, 100, 101], targets],
      [[7, 8], targets],
    ]);
    assert.deepEqual(scores, [
      { length: 0, logProbability: -2 },
      { length: 12, logProbability: -3 },
    ]);
  });

  test("what healing took back is no word written, and counts in no length", async () => {
    const { scores } = await score(["a", " quick"], {
      healed: "a qu",
      next: NEXT,
      first: [-9, -1, -2],
    });
    assert.deepEqual(scores, [
      { length: 0, logProbability: -2 },
      { length: 3, logProbability: -3 },
    ]);
  });

  test("those words and the first token of the text behind are most probable together", async () => {
    // Each word costs 1.
    const rows: [number[], number][] = [
      [[-9, -3, -3, -3], 6],
      [[-9, -3, -1.5, -3], 12],
      [[-9, -3, -2.5, -0.5], 16],
      // In place of the first word it says nothing of any end.
      [[0, -3, -3, -3], 6],
      // What would come after the last word was not looked at.
      [[-9, -3, -3], 6],
    ];
    for (const [first, expected] of rows) {
      const { scores } = await score([" quick", " brown", " fox"], {
        first,
        next: NEXT,
      });
      assert.equal(scores![1]!.length, expected, String(first));
    }
  });

  test("a word ends where no letter follows, as far as is known", async () => {
    const rows: [string[], GeneratedToken | undefined, number | undefined][] = [
      [[" qui", "ck"], undefined, undefined],
      [[" qui", "ck"], NEXT, 6],
      [[" qui", "ck"], { ...NEXT, text: "ly" }, undefined],
      [[" qui", "ck", ","], undefined, 6],
      // The letters before the cursor were taken back and are no part of the text.
      [["", "ck", " bro"], undefined, 2],
      [[" "], NEXT, undefined],
    ];
    for (const [pieces, next, expected] of rows) {
      const { scores } = await score(pieces, { next });
      assert.equal(scores![1]?.length, expected, pieces.join("|"));
    }
  });

  test("asks nothing where no word ends or no text follows", async () => {
    for (const each of [
      await score([" qui"]),
      await score([]),
      await score([" quick"], { next: NEXT, followingIds: [] }),
    ]) {
      assert.deepEqual([each.asked, each.scores], [[], []]);
    }
  });

  test("stops between two runs once cancelled", async () => {
    for (const runs of [0, 1]) {
      const { asked, scores } = await score([" quick", " brown"], { runs });
      assert.deepEqual([asked.length, scores], [runs, undefined]);
    }
  });
});
