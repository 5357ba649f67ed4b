// What a memory says of documents that came, changed and went is what counting in those that are there says.

import assert from "node:assert/strict";
import { seededRandom } from "../../../src/common/random";
import {
  MAX_ORDER,
  SuffixIndex,
  type Continuations,
} from "../../../src/memory/suffixIndex";
import { continuationsWithin } from "../../../src/memory/textContinuations";
import { WorkspaceMemory } from "../../../src/memory/workspaceMemory";

/** The same by looking at every place. */
function countSlowly(
  documents: readonly Uint32Array[],
  context: readonly number[],
): Continuations[] {
  const found: Continuations[] = [];
  for (let order = 1; order <= Math.min(MAX_ORDER, context.length); order++) {
    const wanted = context.slice(-order).join();
    const counts = new Map<number, number>();
    let total = 0;
    for (const tokens of documents) {
      for (let end = order; end < tokens.length; end++) {
        if (tokens.slice(end - order, end).join() !== wanted) continue;
        counts.set(tokens[end]!, (counts.get(tokens[end]!) ?? 0) + 1);
        total++;
      }
    }
    if (total === 0) break;
    found.push({ order, counts, total });
  }
  return found;
}

/** Counts in the order of tokens, since the order of insertion says nothing. */
const inOrder = (levels: Continuations[]) =>
  levels.map(({ order, counts, total }) => ({
    order,
    total,
    counts: [...counts].sort(([a], [b]) => a - b),
  }));

const drawTokens = (
  random: () => number,
  { length, vocabSize }: { length: number; vocabSize: number },
) => Uint32Array.from({ length }, () => Math.floor(vocabSize * random() ** 2));

suite("SuffixIndex.continuations()", () => {
  test("counts what follows each ending of a context, and stops at a document's end", () => {
    const index = SuffixIndex.build([
      Uint32Array.of(1, 2, 3, 1, 2, 4),
      Uint32Array.of(2, 3),
    ]);
    assert.deepEqual(inOrder(index.continuations([9, 1, 2])), [
      {
        order: 1,
        total: 3,
        counts: [
          [3, 2],
          [4, 1],
        ],
      },
      {
        order: 2,
        total: 2,
        counts: [
          [3, 1],
          [4, 1],
        ],
      },
    ]);
    assert.deepEqual(index.continuations([4]), []);
    assert.deepEqual(index.continuations([7]), []);
    assert.deepEqual(index.continuations([]), []);
  });

  test("is what counting place by place gives", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 40; round++) {
      const vocabSize = 2 + Math.floor(12 * random());
      const documents = Array.from({ length: round % 5 }, () =>
        drawTokens(random, { length: Math.floor(60 * random()), vocabSize }),
      );
      const index = SuffixIndex.build(documents);
      for (let asked = 0; asked < 20; asked++) {
        const length = Math.floor(12 * random());
        const context = [...drawTokens(random, { length, vocabSize })];
        assert.deepEqual(
          inOrder(index.continuations(context)),
          inOrder(countSlowly(documents, context)),
        );
      }
    }
  });
});

suite("continuationsWithin()", () => {
  test("counts in the text before its own end", () => {
    const random = seededRandom(2);
    for (let length = 0; length < 80; length++) {
      const tokens = drawTokens(random, { length, vocabSize: 4 });
      assert.deepEqual(
        inOrder(continuationsWithin([...tokens])),
        inOrder(countSlowly([tokens], [...tokens])),
      );
    }
  });
});

suite("WorkspaceMemory", () => {
  test("answers from the documents that are there, whatever came and went before", () => {
    const random = seededRandom(3);
    const memory = new WorkspaceMemory(1e9);
    const expected = new Map<string, Uint32Array>();
    for (let round = 0; round < 200; round++) {
      const name = `document ${Math.floor(8 * random())}`;
      if (random() < 0.3) {
        memory.delete(name);
        expected.delete(name);
      } else {
        // Now and then more than the large index waits for.
        const length = Math.floor((round % 20 === 7 ? 30_000 : 40) * random());
        const tokens = drawTokens(random, { length, vocabSize: 60 });
        memory.set(name, tokens);
        expected.set(name, tokens);
      }
      const except = random() < 0.5 ? name : undefined;
      const small = [...expected.values()].every((each) => each.length < 50);
      if (!small && round % 7 !== 0) continue;
      const documents = [...expected].flatMap(([key, tokens]) =>
        key === except ? [] : [tokens],
      );
      const context = [...drawTokens(random, { length: 3, vocabSize: 60 })];
      assert.deepEqual(
        inOrder(memory.continuations(context, { except })),
        inOrder(countSlowly(documents, context)),
      );
    }
  });

  test("replaceAll() holds the documents of an index that another thread has built", () => {
    const { tokens, order } = SuffixIndex.build([
      Uint32Array.of(1, 2),
      Uint32Array.of(),
      Uint32Array.of(1, 3),
    ]).parts;
    const memory = new WorkspaceMemory(1e6);
    memory.set("old", Uint32Array.of(1, 4));
    memory.replaceAll(["a", "b", "c"], SuffixIndex.of({ tokens, order }));
    const following = () => {
      const [level] = memory.continuations([1]);
      return [...(level?.counts.keys() ?? [])];
    };
    assert.deepEqual(following(), [2, 3]);
    memory.delete("a");
    assert.deepEqual(following(), [3]);
    assert.equal(memory.numDocuments, 2);
  });

  test("findSource() names a document with the longest match, and none that is gone or being written", () => {
    const memory = new WorkspaceMemory(1e6);
    memory.replaceAll(
      ["a", "b"],
      SuffixIndex.build([Uint32Array.of(1, 2, 3), Uint32Array.of(9, 2, 3)]),
    );
    memory.set("c", Uint32Array.of(8, 2, 3));
    const find = (context: number[], except?: string) =>
      memory.findSource(context, 3, { except });
    assert.deepEqual(find([1, 2]), { name: "a", order: 2 });
    assert.deepEqual(find([5, 9, 2]), { name: "b", order: 2 });
    assert.deepEqual(find([8, 2]), { name: "c", order: 2 });
    assert.deepEqual(find([8, 2], "c")?.order, 1);
    memory.delete("b");
    assert.deepEqual(find([9, 2]), { name: "c", order: 1 });
    assert.equal(find([3]), undefined);
  });

  test("set() refuses what does not fit its budget, and forgets the text before it", () => {
    const memory = new WorkspaceMemory(12 * 10);
    assert.equal(memory.set("a", Uint32Array.of(1, 2, 3, 4, 5, 6)), true);
    assert.equal(memory.set("b", new Uint32Array(5)), false);
    assert.equal(memory.set("b", Uint32Array.of(7, 8, 9, 7)), true);
    assert.equal(memory.sizeBytes, 120);
    assert.equal(memory.set("b", new Uint32Array(5)), false);
    assert.equal(memory.has("b"), false);
    assert.deepEqual(memory.continuations([7]), []);
    memory.clear();
    assert.deepEqual([memory.sizeBytes, memory.numDocuments], [0, 0]);
    assert.deepEqual(memory.continuations([1]), []);
  });
});
