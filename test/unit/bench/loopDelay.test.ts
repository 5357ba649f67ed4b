import assert from "node:assert/strict";
import { LoopDelay } from "../../../bench/soak/loopDelay";

suite("LoopDelay", () => {
  test("LoopDelay counts what is late, and the pause between two spans is not", () => {
    let nowMs = 0;
    const delay = new LoopDelay(() => nowMs);
    delay.start();
    nowMs = 105; // due at 5
    delay.stop();
    nowMs = 10_000;
    delay.start();
    nowMs = 10_007; // due at 10,005
    delay.stop();
    const { p50, max } = delay.figures;
    assert.equal(max, 100);
    assert.equal(p50, 2);
  });
});
