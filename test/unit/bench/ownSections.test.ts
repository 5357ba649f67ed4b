import assert from "node:assert/strict";
import { findOwnSections } from "../../../bench/soak/ownSections";

const OWN = "file:///extension.js";

function node(
  id: number,
  {
    functionName,
    url = "",
    children = [],
  }: { functionName: string; url?: string; children?: number[] },
) {
  const callFrame = {
    functionName,
    url,
    scriptId: "1",
    lineNumber: 0,
    columnNumber: 0,
  };
  return { id, callFrame, children };
}

suite("findOwnSections()", () => {
  const nodes = [
    node(1, { functionName: "(root)", children: [2, 3, 5] }),
    node(2, { functionName: "(idle)" }),
    node(3, { functionName: "provide", url: OWN, children: [4] }),
    node(4, { functionName: "(garbage collector)" }),
    node(5, { functionName: "other", url: "file:///other.js", children: [6] }),
    node(6, { functionName: "listener", url: OWN }),
  ];
  const isOwn = (url: string) => url === OWN;

  test("adds up neighbouring samples below the extension's code, with what it called", () => {
    const samples = [2, 3, 4, 3, 2, 6, 5, 3];
    const timeDeltas = [9, 1_000, 1_000, 2_000, 3_000, 5_000, 500, 700];
    assert.deepEqual(
      findOwnSections(
        { nodes, samples, timeDeltas, startTime: 0, endTime: 0 },
        isOwn,
      ),
      [
        { elapsedMs: 6, functionName: "provide" },
        { elapsedMs: 0.5, functionName: "listener" },
        { elapsedMs: 0, functionName: "provide" },
      ],
    );
  });

  test("finds none where the extension did not run", () => {
    const profile = {
      nodes,
      samples: [2, 5],
      timeDeltas: [1, 1],
      startTime: 0,
      endTime: 2,
    };
    assert.deepEqual(findOwnSections(profile, isOwn), []);
  });
});
