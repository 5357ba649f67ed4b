import assert from "node:assert/strict";
import { trainingChoices } from "../../../src/settings/trainingChoices";
import { defaultSettingTexts } from "../../../src/panel/panelModel";
import { longerSettings } from "../../../src/settings/settingTexts";

suite("longerSettings()", () => {
  const texts = { ...defaultSettingTexts(), epochs: "2", maxMinutes: "" };
  const table: [
    name: string,
    epochs: string,
    minutes: string,
    longer: object,
  ][] = [
    ["three times the minutes", "2", "4", { maxMinutes: "12" }],
    ["a part of a minute more", "2", "1.5", { maxMinutes: "5" }],
    ["no more minutes than there can be", "2", "1000", { maxMinutes: "1000" }],
    ["twice the epochs without a limit of time", "2", "", { epochs: "4" }],
    ["a part of an epoch", "0.5", "", { epochs: "1" }],
    ["no more epochs than there can be", "80", "", { epochs: "80" }],
  ];
  test("longerSettings() of a choice are those of the next one", () => {
    const { quick, good, thorough } = trainingChoices;
    assert.deepEqual(longerSettings({ ...texts, ...quick }), good);
    assert.deepEqual(longerSettings({ ...texts, ...good }), thorough);
    assert.deepEqual(longerSettings({ ...texts, ...thorough }), {
      epochs: "8",
    });
  });

  for (const [name, epochs, maxMinutes, longer] of table) {
    test(name, () => {
      assert.deepEqual(
        longerSettings({ ...texts, epochs, maxMinutes }),
        longer,
      );
    });
  }
});
