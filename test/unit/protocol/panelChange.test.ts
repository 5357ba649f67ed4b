// Changes of the panel's state, as a page receives them: through JSON.
import assert from "node:assert/strict";
import { firstState } from "../../../src/panel/panelModel";
import type { PanelChange, PanelState } from "../../../src/protocol/panel";
import { changeOf, withChange } from "../../../src/protocol/panelChange";

suite("PanelChange", () => {
  const state: PanelState = {
    ...firstState({ workspace: "w", saved: {} }),
    phase: "paused",
    notice: { severity: "info", text: "News", actions: [] },
  };

  // Dismissed notices and runs that were over stayed on the page: JSON has no undefined.
  test("withChange() takes away what has become undefined, and leaves what was not named", () => {
    const sent = JSON.stringify(
      changeOf({ notice: undefined, phase: "choosing" }),
    );
    const received = JSON.parse(sent) as PanelChange;
    const after = withChange(state, received);
    assert.deepEqual(after, { ...state, notice: undefined, phase: "choosing" });
    assert.equal(
      withChange(state, changeOf({ hindrance: "" })).notice,
      state.notice,
    );
  });
});
