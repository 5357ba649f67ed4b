import assert from "node:assert/strict";
import {
  COLD_GATE_SETTINGS,
  GATE_SETTINGS,
  gateFor,
  MANUAL_GATE,
} from "../../../src/completion/gateSettings";
import { contextAt } from "./support";

suite("gateFor()", () => {
  const long = "All of this stood there before. ".repeat(7);

  test("asks for less where a document begins, and nothing by hand", () => {
    const { balanced } = GATE_SETTINGS;
    const cold = COLD_GATE_SETTINGS.balanced;
    const rows = [
      ["Dear all, I am writing [|]", cold],
      ["Dear all, I am writing [|]\n\n", cold],
      [`${long.slice(0, 199)}[|]`, cold],
      [`${"雨".repeat(99)}[|]`, cold],
      [`${"雨".repeat(100)}[|]`, GATE_SETTINGS.balanced],
      [`${long.slice(0, 200)}[|]`, balanced],
      [`${long}[|]`, balanced],
      // What stands there is known, though it stands behind the cursor.
      [`Dear all, [|]\n\n${long}`, balanced],
    ] as const;
    for (const [marked, expected] of rows) {
      assert.equal(gateFor(contextAt(marked)), expected, marked);
    }
    const byHand = contextAt("Dear all, [|]", { trigger: "manual" });
    assert.equal(gateFor(byHand), MANUAL_GATE);
  });

  test("asks for less in every mode where a document begins, and for more the quieter it is", () => {
    for (const gates of [GATE_SETTINGS, COLD_GATE_SETTINGS]) {
      const { quiet, balanced, eager } = gates;
      assert.ok(quiet.minFirstWord > balanced.minFirstWord);
      assert.ok(balanced.minFirstWord > eager.minFirstWord);
    }
    for (const mode of ["quiet", "balanced", "eager"] as const) {
      const cold = COLD_GATE_SETTINGS[mode].minFirstWord;
      assert.ok(cold < GATE_SETTINGS[mode].minFirstWord);
    }
  });
});
