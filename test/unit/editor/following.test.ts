// Whether the view goes along with a text that grows. A view is 100 characters high here.
import assert from "node:assert/strict";
import { Following } from "../../../src/editor/generate/following";

type Step = [top: number, end: number];

suite("Following", () => {
  const rows: [string, Step[], boolean][] = [
    ["the text grows past the bottom", [[0, 101]], true],
    [
      "it has grown past the bottom often",
      [
        [0, 101],
        [1, 140],
        [40, 150],
      ],
      true,
    ],
    ["nobody has looked yet", [], true],
    [
      "the person scrolls up",
      [
        [100, 150],
        [0, 150],
      ],
      false,
    ],
    [
      "the person scrolls up and the text grows on",
      [
        [100, 150],
        [0, 150],
        [0, 400],
      ],
      false,
    ],
    [
      "the person comes back to the end",
      [
        [100, 150],
        [0, 150],
        [120, 180],
      ],
      true,
    ],
    [
      "the person scrolls up with the end still in view",
      [
        [100, 150],
        [90, 150],
      ],
      true,
    ],
    [
      "the person types at the top, where the end is out of view",
      [
        [300, 350],
        [0, 350],
        [2, 352],
      ],
      false,
    ],
    ["the person reads further down", [[500, 150]], false],
  ];
  for (const [what, steps, expected] of rows) {
    test(`Following.wants() is ${expected} when ${what}`, () => {
      const following = new Following();
      for (const [top, end] of steps) {
        following.seen({ top, bottom: top + 100 }, end);
      }
      const [top, end] = steps.at(-1) ?? [0, 0];
      const view = steps.length === 0 ? undefined : { top, bottom: top + 100 };
      assert.equal(following.wants(view, end), expected);
    });
  }
});
