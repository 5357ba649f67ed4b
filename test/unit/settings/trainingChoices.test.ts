// What a choice will take, by the text and by the speed of the machine.
import assert from "node:assert/strict";
import { defaultSettingTexts } from "../../../src/panel/panelModel";
import {
  choiceNames,
  choiceOf,
  forecastOf,
  trainingChoices,
} from "../../../src/settings/trainingChoices";

suite("choices of training", () => {
  const texts = defaultSettingTexts();
  const speed = { tokensPerSecond: 115, preparingSeconds: 10 };

  test("choiceOf() knows the texts of each choice, and numbers of one's own as none", () => {
    for (const name of choiceNames) {
      assert.equal(choiceOf({ ...texts, ...trainingChoices[name] }), name);
    }
    assert.equal(choiceOf({ ...texts, maxMinutes: "7" }), undefined);
    assert.equal(choiceOf(texts), "good");
  });

  const table: [
    name: string,
    settings: { epochs: number; maxMinutes: number | undefined },
    trainingTokens: number,
    seconds: number,
  ][] = [
    ["the limit binds", { epochs: 2, maxMinutes: 5 }, 100_000, 300],
    // 10 s, a whole pass at a hundred tokens a second with looks, 111 s of measuring.
    ["the text ends before", { epochs: 1, maxMinutes: 5 }, 5_000, 171],
    ["no limit", { epochs: 2, maxMinutes: undefined }, 10_000, 366],
  ];
  for (const [name, settings, trainingTokens, seconds] of table) {
    test(`forecastOf() where ${name}`, () => {
      const forecast = forecastOf(settings, { trainingTokens, speed });
      assert.equal(Math.round(forecast.seconds!), seconds);
      assert.equal(forecast.isAtMost, settings.maxMinutes === undefined);
    });
  }

  test("forecastOf() without a speed knows the limit alone", () => {
    const foreseen = (maxMinutes: number | undefined) =>
      forecastOf(
        { epochs: 2, maxMinutes },
        { trainingTokens: 5_000, speed: undefined },
      );
    assert.deepEqual(foreseen(5), { seconds: 300, isAtMost: true });
    assert.deepEqual(foreseen(undefined), {
      seconds: undefined,
      isAtMost: true,
    });
  });
});
