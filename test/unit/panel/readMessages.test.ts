// The border to the page: only actions of the known forms pass.
import assert from "node:assert/strict";
import {
  isAdapterId,
  readAction,
  readPageMessage,
} from "../../../src/panel/readMessages";

suite("readAction", () => {
  test("readAction() passes every known form and drops what does not belong to it", () => {
    const actions = [
      { kind: "start" },
      { kind: "filter", include: "*.md", exclude: "", withComments: true },
      { kind: "assign", names: ["a.md"], role: "held-out" },
      { kind: "assign", names: [], role: "in" },
      { kind: "preview", name: "a.md" },
      { kind: "trainAnyway", name: "a.md" },
      { kind: "source", source: "examples" },
      { kind: "setting", field: "rank", text: "8" },
      { kind: "stop", keep: false },
      { kind: "delete", id: "project-22-nov-2026" },
    ];
    for (const action of actions) {
      assert.deepEqual(readAction({ ...action, more: 1 }), action);
    }
  });

  test("readAction() refuses anything else", () => {
    const refused = [
      null,
      "start",
      {},
      { kind: "format" },
      { kind: "stop" },
      { kind: "stop", keep: "yes" },
      { kind: "assign", names: "a.md", role: "out" },
      { kind: "assign", names: [1], role: "out" },
      { kind: "assign", names: ["a.md"], role: "secret" },
      { kind: "trainAnyway" },
      { kind: "trainAnyway", name: ["a.md"] },
      { kind: "setting", field: "threads", text: "8" },
      { kind: "source", source: "network" },
      { kind: "filter", include: "*", exclude: "*" },
      { kind: "delete" },
    ];
    for (const value of refused) {
      assert.throws(() => readAction(value), /Cannot act on a message/);
    }
  });

  test("readAction() refuses ids that lead out of the folder of adapters", () => {
    for (const id of [
      "..",
      "../x",
      "a/b",
      "a\\b",
      "/etc",
      "",
      ".hidden",
      "C:",
    ]) {
      assert.equal(isAdapterId(id), false, id);
      assert.throws(() => readAction({ kind: "delete", id }));
    }
  });
});

suite("readPageMessage", () => {
  test("readPageMessage() passes requests alone, as the host asks the page for nothing", () => {
    const request = { kind: "request", id: 1, name: "open", argument: null };
    assert.deepEqual(readPageMessage(request), request);
    for (const message of [
      undefined,
      "x",
      { ...request, kind: "event" },
      { ...request, kind: "result" },
      { ...request, id: "1" },
      { ...request, name: 1 },
    ]) {
      assert.equal(readPageMessage(message), undefined);
    }
  });
});
