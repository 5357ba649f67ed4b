import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import {
  choices,
  faultText,
  numberRanges,
  readSettings,
  SettingsCache,
  type InklingSettings,
} from "../../../src/editor/settingValues";
import { EVALUATION_SETTINGS } from "../../../src/evaluation/compare";
import { defaultSettings } from "../../../src/settings/defaultSettings";

interface SettingSchema {
  type: string;
  default: unknown;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  scope: string;
  markdownDescription: string;
}

interface Manifest {
  contributes: {
    configuration: { properties: Record<string, SettingSchema> }[];
    commands: { command: string; title: string }[];
  };
  capabilities: {
    untrustedWorkspaces: { restrictedConfigurations: string[] };
  };
}

const projectFolder = path.resolve(__dirname, "../../..");
const manifestText = readFileSync(
  path.join(projectFolder, "package.json"),
  "utf8",
);
const manifest = JSON.parse(manifestText) as Manifest;
const schemas = Object.fromEntries(
  manifest.contributes.configuration
    .flatMap(({ properties }) => Object.entries(properties))
    .map(([key, schema]) => [key.replace("inkling.", ""), schema]),
);

/** The settings with some values in place of the defaults. */
function readWith(values: Record<string, unknown>) {
  return readSettings((key) =>
    key in values ? values[key] : schemas[key]?.default,
  );
}

/** `used` is what remains of `value`; it is named as a fault when the two differ. */
function check(key: keyof InklingSettings, value: unknown, used: unknown) {
  const { settings, faults } = readWith({ [key]: value });
  assert.deepEqual(settings[key], used);
  const isSame = JSON.stringify(value) === JSON.stringify(used);
  assert.deepEqual(
    faults.map((fault) => fault.key),
    isSame ? [] : [key],
  );
}

suite("readSettings()", () => {
  test("readSettings() takes the defaults of the manifest without a fault", () => {
    const { settings, faults } = readWith({});
    assert.deepEqual(faults, []);
    assert.deepEqual(
      settings,
      Object.fromEntries(
        Object.keys(settings).map((key) => [key, schemas[key]?.default]),
      ),
    );
  });

  test("readSettings() clamps numbers to their ranges and rounds those that count", () => {
    check("temperature", 0.7, 0.7);
    check("temperature", -1, 0);
    check("temperature", 3, 2);
    check("maxTokens", 0, 1);
    check("maxTokens", 24.4, 24);
    check("maxTokens", 1000, 256);
    check("topK", 41, 40);
    check("topP", 0, 0.01);
    check("topP", 1, 1);
    check("repetitionPenalty", 0.5, 1);
    check("contextTokens", 32, 64);
    check("contextTokens", 1e9, 2048);
    check("threads", 65, 64);
    check("idleMinutes", Infinity, 240);
    check("memory", -1, 0);
  });

  test("readSettings() takes the default for a value of another kind", () => {
    check("maxTokens", "12", 24);
    check("topP", null, 0.95);
    check("temperature", Number.NaN, 0);
    check("mode", "loud", "balanced");
    check("mode", "quiet", "quiet");
    check("stopAt", "none", "sentence");
    check("enable", true, defaultSettings.enable);
    check("enable", ["markdown"], defaultSettings.enable);
  });

  test("readSettings() keeps the languages that are true or false", () => {
    check(
      "enable",
      { "*": false, markdown: true },
      { "*": false, markdown: true },
    );
    check("enable", { "*": false, markdown: "yes" }, { "*": false });
  });

  test("readSettings() takes absolute model folders, with ~ for the home folder", () => {
    const folder = path.resolve("/models/tiny");
    check("model", folder, folder);
    const { settings } = readWith({ model: "~/models" });
    assert.equal(settings.model, path.join(homedir(), "models"));
    check("model", "models/tiny", "");
    check("model", 7, "");
  });

  test("readSettings() keeps the patterns that are strings", () => {
    check("exclude", ["*.csv", "private/**"], ["*.csv", "private/**"]);
    check("exclude", ["*.csv", 7], ["*.csv"]);
    check("exclude", "*.csv", []);
    check("exclude", ["*.csv", "{a,b}".repeat(18)], ["*.csv"]);
  });

  test("faultText() names the setting, its value, what was expected and what is used", () => {
    const { faults } = readWith({ topP: 3 });
    assert.deepEqual(faults.map(faultText), [
      "Setting inkling.topP is 3, expected a number from 0.01 to 1: 1 is used",
    ]);
  });
});

suite("SettingsCache", () => {
  test("SettingsCache.read() reads each setting once for a scope until clear(), and names a fault once", () => {
    let numReads = 0;
    let mode = "quiet";
    const faults: string[] = [];
    const cache = new SettingsCache((found) =>
      faults.push(...found.map(({ key }) => key)),
    );
    const read = (scope: string) =>
      cache.read(scope, () => (key) => {
        numReads++;
        if (key === "topP") return 3;
        return key === "mode" ? mode : schemas[key]?.default;
      });
    // What one suggestion asks for.
    for (let time = 0; time < 7; time++) read("markdown");
    const numSettings = Object.keys(defaultSettings).length;
    assert.equal(numReads, numSettings);
    assert.deepEqual(faults, ["topP"]);
    mode = "eager";
    assert.equal(read("markdown").mode, "quiet");
    assert.equal(read("latex").mode, "eager");
    assert.equal(numReads, 2 * numSettings);
    cache.clear();
    assert.equal(read("markdown").mode, "eager");
    assert.equal(numReads, 3 * numSettings);
  });
});

suite("package.json", () => {
  test("package.json and the code agree on ranges, choices and defaults", () => {
    for (const [key, range] of Object.entries(numberRanges)) {
      const schema = schemas[key];
      assert.deepEqual(
        [schema?.type, schema?.minimum, schema?.maximum],
        [range.isInteger ? "integer" : "number", range.min, range.max],
        key,
      );
    }
    for (const [key, values] of Object.entries(choices)) {
      assert.deepEqual(schemas[key]?.enum, values, key);
    }
    for (const [key, value] of Object.entries(defaultSettings)) {
      assert.deepEqual(schemas[key]?.default, value, key);
    }
  });

  test("package.json and the evaluation agree on the settings of a fresh installation", () => {
    const { sampling, ...others } = EVALUATION_SETTINGS;
    const { seed, ...drawn } = sampling;
    for (const [key, value] of Object.entries({ ...others, ...drawn })) {
      assert.equal(value, schemas[key]?.default, key);
    }
    assert.equal(seed, 1);
  });

  test("package.json lets no workspace choose the model file before it is trusted", () => {
    const { restrictedConfigurations } =
      manifest.capabilities.untrustedWorkspaces;
    assert.deepEqual(restrictedConfigurations, ["inkling.model"]);
    assert.equal(schemas["model"]?.scope, "machine-overridable");
    assert.equal(schemas["threads"]?.scope, "machine");
  });

  test("every setting that a folder may set is in ARCHITECTURE.md with its guard", () => {
    const architecture = readFileSync(
      path.join(projectFolder, "docs", "ARCHITECTURE.md"),
      "utf8",
    );
    const named = [...architecture.matchAll(/^\| `inkling\.([\w.]+)`/gm)].map(
      (match) => match[1],
    );
    const ofFolders = Object.entries(schemas).filter(
      ([, { scope }]) => scope !== "machine" && scope !== "application",
    );
    assert.deepEqual(named.sort(), ofFolders.map(([key]) => key).sort());
  });

  test("package.json takes every string from package.nls.json, which holds no other", () => {
    const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map(
      (match) => match[1],
    );
    const words = JSON.parse(
      readFileSync(path.join(projectFolder, "package.nls.json"), "utf8"),
    ) as Record<string, string>;
    assert.deepEqual([...new Set(used)].sort(), Object.keys(words).sort());
  });

  test("l10n/bundle.l10n.json holds what the code says", () => {
    execFileSync(process.execPath, ["scripts/exportWords.mjs", "--check"], {
      cwd: projectFolder,
    });
  });
});
