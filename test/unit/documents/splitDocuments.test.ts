import assert from "node:assert/strict";
import { seededRandom } from "../../../src/common/random";
import {
  estimateSimilarity,
  groupNearDuplicates,
  sketchText,
} from "../../../src/documents/nearDuplicates";
import {
  MAX_HELD_OUT_SHARE,
  splitDocuments,
  type DocumentSide,
  type SplitDocument,
} from "../../../src/documents/splitDocuments";
import { drawProse } from "../support/textTree";

suite("sketchText() and estimateSimilarity()", () => {
  test("the estimate is the share of common runs of five words, within its error", () => {
    const words = drawProse(1, 3000).split(/\s+/);
    const shingles = (text: string[]) =>
      new Set(text.slice(4).map((_, i) => text.slice(i, i + 5).join(" ")));
    for (const common of [0, 500, 1500, 2500, 3000]) {
      const other = [
        ...words.slice(0, common),
        ...drawProse(2, 3000).split(/\s+/).slice(common),
      ];
      const [a, b] = [shingles(words), shingles(other)];
      const both = [...a].filter((each) => b.has(each)).length;
      const exact = both / (a.size + b.size - both);
      const estimate = estimateSimilarity(
        sketchText(words.join(" ")),
        sketchText(other.join(" ")),
      );
      // The standard error is at most 0.044; five of them.
      assert.ok(Math.abs(estimate - exact) < 0.22, `${exact} ${estimate}`);
      if (exact === 0 || exact === 1) {
        assert.ok(Math.abs(estimate - exact) < 0.02, `${exact} ${estimate}`);
      }
    }
  });

  test("case, signs and line breaks make no other document", () => {
    const text = drawProse(3);
    assert.deepEqual(
      sketchText(
        text.toUpperCase().replaceAll("\n", "  ").replaceAll(".", "!"),
      ),
      sketchText(text),
    );
  });

  test("texts of a few words are compared too, and no text is like no other", () => {
    const similarity = (a: string, b: string) =>
      estimateSimilarity(sketchText(a), sketchText(b));
    assert.equal(similarity("one two three", "One, two; three!"), 1);
    assert.ok(similarity("one two three", "one two four") < 0.05);
    assert.ok(similarity(drawProse(1, 40), drawProse(2, 40)) < 0.05);
    // 36 runs of five each, 20 of them common: 20 / 52. The places that copy others make the error larger: 0.08.
    const words = drawProse(1, 40).split(/\s+/);
    const half = [...words.slice(0, 24), ...drawProse(2, 16).split(/\s+/)];
    const estimate = similarity(words.join(" "), half.join(" "));
    assert.ok(Math.abs(estimate - 20 / 52) < 0.3, `${estimate}`);
  });

  test("scripts without spaces are compared letter by letter", () => {
    const text =
      "吾輩は猫である名前はまだ無いどこで生れたかとんと見当がつかぬ何でも薄暗いじめじめした所で";
    const similarity = estimateSimilarity(
      sketchText(text.repeat(2)),
      sketchText(`${text.repeat(2)}終`),
    );
    assert.ok(similarity > 0.8);
  });
});

suite("groupNearDuplicates()", () => {
  test("documents that differ in a few words are one group, also over a third, others are alone", () => {
    const text = drawProse(1, 400);
    const replaceFrom = (source: string, start: number) => {
      const words = source.split(" ");
      return [
        ...words.slice(0, start),
        "one",
        "other",
        "stretch",
        ...words.slice(start + 3),
      ].join(" ");
    };
    const a = replaceFrom(text, 50);
    const b = replaceFrom(a, 150);
    const groups = groupNearDuplicates(
      [drawProse(2, 400), text, drawProse(3, 400), a, b].map(sketchText),
    );
    assert.deepEqual(groups, [0, 1, 2, 1, 1]);
  });

  test("shared boilerplate makes no near-duplicates", () => {
    const header = drawProse(9, 60);
    const texts = [1, 2, 3, 4].map((seed) => header + drawProse(seed, 300));
    assert.deepEqual(groupNearDuplicates(texts.map(sketchText)), [0, 1, 2, 3]);
  });

  test("a thousand copies are one group", () => {
    const sketch = sketchText(drawProse(1));
    const groups = groupNearDuplicates(
      Array.from({ length: 1000 }, () => sketch),
    );
    assert.ok(groups.every((group) => group === 0));
  });
});

suite("splitDocuments()", () => {
  const draw = (seed: number, count: number): SplitDocument[] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, (_, index) => ({
      name: `docs/chapter-${seed}-${index}.md`,
      characters: Math.ceil(300 + 40_000 * random() ** 3),
      group: index,
    }));
  };
  const shareOf = (
    documents: readonly SplitDocument[],
    sides: readonly DocumentSide[],
  ) => {
    const sum = (list: readonly SplitDocument[]) =>
      list.reduce((total, { characters }) => total + characters, 0);
    return (
      sum(documents.filter((_, index) => sides[index] === "heldOut")) /
      sum(documents)
    );
  };
  const count = (sides: readonly DocumentSide[], side: DocumentSide) =>
    sides.filter((each) => each === side).length;

  test("about 15% are held out, at least one document and never more than 40%", () => {
    const shares: number[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      for (const size of [3, 5, 12, 40, 300]) {
        const documents = draw(seed, size);
        const sides = splitDocuments(documents, { seed });
        const share = shareOf(documents, sides);
        assert.ok(count(sides, "heldOut") >= 1, `seed ${seed} of ${size}`);
        assert.ok(count(sides, "training") >= 1, `seed ${seed} of ${size}`);
        if (size > 3) {
          assert.ok(share <= MAX_HELD_OUT_SHARE, `seed ${seed}: ${share}`);
          shares.push(share);
        }
      }
    }
    const mean = shares.reduce((sum, share) => sum + share) / shares.length;
    assert.ok(mean > 0.12 && mean < 0.2, `mean ${mean}`);
  });

  test("the same seed gives the same split in whatever order the documents come, another seed another", () => {
    const documents = draw(1, 40);
    const sides = splitDocuments(documents, { seed: 3 });
    assert.deepEqual(
      splitDocuments(documents.toReversed(), { seed: 3 }).toReversed(),
      sides,
    );
    assert.notDeepEqual(splitDocuments(documents, { seed: 4 }), sides);
  });

  test("documents that are added move hardly any other to the other side", () => {
    let moved = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const documents = draw(seed, 60);
      const before = splitDocuments(documents.slice(0, 50));
      const after = splitDocuments(documents);
      moved += before.filter((side, index) => side !== after[index]).length;
    }
    // Drawing anew would move a quarter of them.
    assert.ok(moved <= 20 * 50 * 0.05, `${moved} of 1000 moved`);
  });

  test("near-duplicates stay on one side", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const documents = draw(seed, 30).map((document, index) => ({
        ...document,
        group: Math.floor(index / 3),
      }));
      const sides = splitDocuments(documents, { seed });
      for (let first = 0; first < 30; first += 3) {
        assert.equal(new Set(sides.slice(first, first + 3)).size, 1);
      }
    }
  });

  test("a document moved by hand takes its group along, and the rest is drawn as before", () => {
    const documents = draw(1, 40).map((document, index) => ({
      ...document,
      group: index === 1 ? 0 : index,
    }));
    const drawn = splitDocuments(documents);
    const other = drawn[0] === "heldOut" ? "training" : "heldOut";
    const moved = splitDocuments(documents, {
      overrides: new Map([[documents[1]!.name, other]]),
    });
    assert.deepEqual(moved.slice(0, 2), [other, other]);
    const changed = moved
      .slice(2)
      .filter((side, index) => side !== drawn[index + 2]);
    assert.ok(changed.length <= 2);
  });

  test("of overrides that contradict each other in a group, holding out wins", () => {
    const documents = [0, 0, 1, 2].map((group, index) => ({
      name: `${index}.md`,
      characters: 1000,
      group,
    }));
    const sides = splitDocuments(documents, {
      overrides: new Map([
        ["0.md", "heldOut"],
        ["1.md", "training"],
      ]),
    });
    assert.deepEqual(sides.slice(0, 2), ["heldOut", "heldOut"]);
  });

  test("when all that was held out is moved, others are drawn; when all is moved, none is", () => {
    const documents = draw(2, 10);
    const first = splitDocuments(documents);
    const toTraining = (names: string[]) =>
      new Map(names.map((name) => [name, "training" as const]));
    const heldOut = documents.filter((_, index) => first[index] === "heldOut");
    const second = splitDocuments(documents, {
      overrides: toTraining(heldOut.map(({ name }) => name)),
    });
    assert.ok(count(second, "heldOut") >= 1);
    const none = splitDocuments(documents, {
      overrides: toTraining(documents.map(({ name }) => name)),
    });
    assert.equal(count(none, "heldOut"), 0);
  });

  test("of two documents the smaller one is held out; one alone is learned from; none gives none", () => {
    const of = (...sizes: number[]) =>
      splitDocuments(
        sizes.map((characters, group) => ({
          name: `${group}.md`,
          characters,
          group,
        })),
      );
    assert.deepEqual(of(5000, 4000), ["training", "heldOut"]);
    assert.deepEqual(of(100, 9000), ["heldOut", "training"]);
    assert.deepEqual(of(5000), ["training"]);
    assert.deepEqual(of(), []);
  });
});
