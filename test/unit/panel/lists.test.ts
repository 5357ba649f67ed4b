// Small rules of the panel's host half: lists, records, settings, patterns.
import assert from "node:assert/strict";
import path from "node:path";
import { existsSync, writeFileSync } from "node:fs";
import {
  documentList,
  MAX_LISTED_OUT,
  patternsOf,
  uniquePrefixes,
  withAssigned,
} from "../../../src/panel/documentList";
import { defaultSettingTexts } from "../../../src/panel/panelModel";
import { PanelStore } from "../../../src/panel/panelStore";
import { newRun, withProgress } from "../../../src/panel/runRecord";
import { settingErrors, settingsOf } from "../../../src/settings/settingTexts";
import { defaultTrainingSettings } from "../../../src/settings/defaultTrainingSettings";
import type { TrainingProgress } from "../../../src/protocol/training";
import { readTrainingSetting } from "../../../src/settings/trainingSettings";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("documentList", () => {
  const leftOut = (name: string) => ({
    file: `/${name}`,
    name,
    reason: "ignored by git" as const,
    sizeBytes: 40,
  });

  test("documentList() lets a person take in again only what the person left out", () => {
    const chosen = {
      documents: [],
      training: [],
      heldOut: [],
      leftOut: [leftOut("a/"), leftOut("b.md")],
      numNotMatched: 3,
      unaskedRepositories: [],
    };
    const { documents } = documentList(chosen, { "b.md": "leftOut" });
    assert.deepEqual(
      documents.map(({ name, reason, isChoosable }) => [
        name,
        reason?.code,
        isChoosable,
      ]),
      [
        ["b.md", "by-hand", true],
        ["a", "ignored by git", false],
      ],
    );
  });

  test("documentList() offers secrets that may be overruled, before what may not, and says which were", () => {
    const secret = { kind: "password", line: 3, sha256: "0a" } as const;
    const allowed = {
      file: "/in.md",
      name: "in.md",
      side: "training" as const,
      sizeBytes: 40,
      characters: 40,
      sha256: "1b",
      group: undefined,
      allowedSecret: "2c",
    };
    const chosen = {
      documents: [allowed],
      training: [allowed],
      heldOut: [],
      leftOut: [
        leftOut("a.md"),
        { ...leftOut("named.md"), reason: "secret" as const },
        { ...leftOut("b.md"), reason: "secret" as const, secret },
      ],
      numNotMatched: 0,
      unaskedRepositories: [],
    };
    // What was left out and holds a secret is not taken in again without a question.
    const { documents } = documentList(chosen, { "b.md": "leftOut" });
    assert.deepEqual(
      documents.map((document) => [
        document.name,
        document.reason?.code,
        document.isChoosable,
        document.canTrainAnyway,
      ]),
      [
        ["in.md", "allowed-by-hand", true, false],
        ["b.md", "secret", false, true],
        ["a.md", "ignored by git", false, false],
        ["named.md", "secret", false, false],
      ],
    );
  });

  test("documentList() counts what it does not list", () => {
    const many = Array.from({ length: MAX_LISTED_OUT + 7 }, (_, i) =>
      leftOut(`${i}.md`),
    );
    const chosen = {
      documents: [],
      training: [],
      heldOut: [],
      leftOut: many,
      numNotMatched: 0,
      unaskedRepositories: [],
    };
    const list = documentList(chosen, {});
    assert.equal(list.documents.length, MAX_LISTED_OUT);
    assert.equal(list.unlisted, 7);
  });

  test("withAssigned() takes back a leaving out and keeps what else was said", () => {
    const overrides = { "a.md": "leftOut", "b.md": "heldOut" } as const;
    const names = ["a.md", "b.md", "__proto__"];
    assert.deepEqual(withAssigned(overrides, { names, role: "in" }), {
      "b.md": "heldOut",
    });
    assert.deepEqual(withAssigned({}, { names: ["a.md"], role: "held-out" }), {
      "a.md": "heldOut",
    });
  });

  test("uniquePrefixes() tells folders of one name apart", () => {
    assert.deepEqual(uniquePrefixes(["docs", "a/b", "docs"]), [
      "docs/",
      "a-b/",
      "docs (2)/",
    ]);
  });

  test("patternsOf() splits at commas and lines, not within braces", () => {
    assert.deepEqual(patternsOf(" *.{md,txt}, docs/**,\n,!x "), [
      "*.{md,txt}",
      "docs/**",
      "!x",
    ]);
  });
});

suite("withProgress", () => {
  const progress = (step: number): TrainingProgress => ({
    phase: "training",
    fraction: 0,
    elapsedSeconds: 60,
    step,
    steps: 2000,
    tokensPerSecond: 0,
    trainingLoss: 1 / step,
    heldOutLoss: undefined,
    secondsLeft: undefined,
    residentMb: 0,
  });

  test("withProgress() replaces the steps that a resumed run does again", () => {
    let run = newRun({ adapterId: "a", name: "A" });
    for (const step of [1, 2, 3, 2]) run = withProgress(run, progress(step));
    assert.deepEqual(
      run.trainingLosses.map(({ step }) => step),
      [1, 2],
    );
  });

  test("withProgress() thins a long curve and keeps its newest point", () => {
    let run = newRun({ adapterId: "a", name: "A" });
    for (let step = 1; step <= 2000; step++)
      run = withProgress(run, progress(step));
    const steps = run.trainingLosses.map(({ step }) => step);
    assert.ok(steps.length <= 500, `${steps.length}`);
    assert.equal(steps.at(-1), 2000);
    assert.ok((steps[0] ?? 0) < 100, "the beginning is still there");
  });
});

suite("settings of training", () => {
  test("readTrainingSetting() reads what a person types", () => {
    assert.deepEqual(readTrainingSetting("learningRate", " 5e-4 "), {
      value: 5e-4,
    });
    assert.deepEqual(readTrainingSetting("epochs", "1,5"), { value: 1.5 });
    assert.deepEqual(readTrainingSetting("maxMinutes", ""), {
      value: undefined,
    });
    assert.deepEqual(readTrainingSetting("rank", ""), {
      fault: "not-a-number",
    });
    assert.deepEqual(readTrainingSetting("rank", "Infinity"), {
      fault: "not-a-number",
    });
    assert.deepEqual(readTrainingSetting("rank", "2.5"), {
      fault: "not-whole",
    });
    assert.deepEqual(readTrainingSetting("rank", "0"), {
      fault: "out-of-range",
    });
  });

  test("settingsOf() of untouched texts is the default, for twenty minutes", () => {
    assert.deepEqual(settingsOf(defaultSettingTexts(), 3), {
      ...defaultTrainingSettings(3),
      maxMinutes: 20,
    });
  });

  test("settingsOf() keeps the scale when the rank changes", () => {
    const { rank, alpha } = settingsOf(
      { ...defaultSettingTexts(), rank: "32" },
      1,
    );
    const defaults = defaultTrainingSettings(1);
    assert.equal(alpha / rank, defaults.alpha / defaults.rank);
  });

  test("settingErrors() names the fault of each field", () => {
    const texts = { ...defaultSettingTexts(), rank: "x", epochs: "1000" };
    assert.deepEqual(settingErrors(texts), {
      rank: "not-a-number",
      epochs: "out-of-range",
    });
  });
});

suite("PanelStore", () => {
  const inFolder = useTemporaryFolder();

  test("PanelStore.update() keeps what another window wrote meanwhile, and leaves no file for nothing", () => {
    const folder = inFolder("two-windows");
    const first = new PanelStore(folder);
    const second = new PanelStore(folder);
    first.update({ include: "*.md" });
    second.update({ source: "examples" });
    assert.deepEqual(first.saved, { include: "*.md", source: "examples" });
    first.update({ include: undefined, source: undefined });
    assert.equal(existsSync(path.join(folder, "panel.json")), false);
  });

  test("PanelStore takes a damaged file for none", () => {
    const folder = inFolder();
    for (const text of ["{", "[]", "null", ""]) {
      writeFileSync(path.join(folder, "panel.json"), text);
      assert.deepEqual(new PanelStore(folder).saved, {});
    }
  });
});
