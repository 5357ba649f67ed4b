// Changes of the panel's state, as a page receives them: through JSON.
import assert from "node:assert/strict";
import { firstState } from "../../../src/panel/panelModel";
import type { PanelState } from "../../../src/protocol/panel";
import {
  changeOf,
  withChange,
  type StateChange,
} from "../../../src/common/stateChange";

suite("StateChange", () => {
  const state: PanelState = {
    ...firstState({ workspace: "w", saved: {} }),
    phase: "estimating",
    notice: { severity: "info", text: "News", actions: [] },
  };

  // Dismissed notices and runs that were over stayed on the page: JSON has no undefined.
  test("withChange() takes away what has become undefined, and leaves what was not named", () => {
    const sent = JSON.stringify(
      changeOf<PanelState>({ notice: undefined, phase: "choosing" }),
    );
    const received = JSON.parse(sent) as StateChange<PanelState>;
    const after = withChange(state, received);
    assert.deepEqual(after, { ...state, notice: undefined, phase: "choosing" });
    assert.equal(
      withChange(state, changeOf<PanelState>({ blockedReason: "" })).notice,
      state.notice,
    );
  });
});
