// What scripts/checkWords.mjs finds in translations, each bad one beside its good sibling.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const projectFolder = path.resolve(__dirname, "../../..");
const script = path.join(projectFolder, "scripts/checkWords.mjs");

const bundle = {
  Stop: "Stop",
  "$(check) Accept": "$(check) Accept",
  "{0} of {1}": "{0} of {1}",
  'The setting "inkling.model" is {0}': 'The setting "inkling.model" is {0}',
};
const manifest = {
  enable: "See `*` and `#inkling.exclude#`.",
  start: "Begin.\n[New](command:inkling.trigger)",
  example: "${1:Name} with \\${selection}",
  picture: "media/one.svg",
};
const german = {
  Stop: "Halt",
  "$(check) Accept": "$(check) Annehmen",
  "{0} of {1}": "Von {1} {0}",
  'The setting "inkling.model" is {0}': "Die Einstellung „inkling.model“: {0}",
};
const germanManifest = {
  enable: "Siehe `#inkling.exclude#` und dabei `*`.",
  start: "Los.\n[Neu](command:inkling.trigger)",
  example: "${1:Vorname} mit \\${selection}",
  picture: "media/one.de.svg",
};

/** Runs the script on a project of these two translations. */
function check(words: unknown, ofManifest: unknown = germanManifest) {
  const folder = mkdtempSync(path.join(tmpdir(), "inkling-"));
  const write = (file: string, content: unknown) =>
    writeFileSync(
      path.join(folder, file),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  mkdirSync(path.join(folder, "l10n"));
  mkdirSync(path.join(folder, "media"));
  write("media/one.de.svg", "<svg/>");
  write("l10n/bundle.l10n.json", bundle);
  write("l10n/bundle.l10n.de.json", words);
  write("package.nls.json", manifest);
  write("package.nls.de.json", ofManifest);
  try {
    const { status, stderr } = spawnSync(process.execPath, [script, folder], {
      encoding: "utf8",
    });
    return { status, lines: stderr.trim() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

suite("checkWords", () => {
  test("a translation that keeps places, icons, code and commands passes", () => {
    assert.deepEqual(check(german), { status: 0, lines: "" });
  });

  const bad: [what: string, words: unknown, expected: RegExp][] = [
    [
      "a missing key",
      { ...german, Stop: undefined },
      /bundle\.l10n\.de\.json: "Stop" is missing/,
    ],
    ["a key too many", { ...german, Go: "Los" }, /"Go" is superfluous$/],
    [
      "a lost place",
      { ...german, "{0} of {1}": "{0}" },
      /has \["\{0\}"\], expected \["\{0\}","\{1\}"\]/,
    ],
    ["another place", { ...german, "{0} of {1}": "{0} {2}" }, /"\{2\}"/],
    ["a place twice", { ...german, "{0} of {1}": "{0}{0}{1}" }, /has/],
    ["a place too many", { ...german, Stop: "{0}" }, /"Stop" has/],
    [
      "a full-width place",
      { ...german, "{0} of {1}": "｛0｝ {1}" },
      /has \["\{1\}"\]/,
    ],
    [
      "a lost icon",
      { ...german, "$(check) Accept": "Annehmen" },
      /\$\(check\)/,
    ],
    [
      "another icon",
      { ...german, "$(check) Accept": "$(x) Annehmen" },
      /\$\(x\)/,
    ],
    [
      "a translated setting",
      { ...german, 'The setting "inkling.model" is {0}': "Modell: {0}" },
      /inkling\.model/,
    ],
    ["an empty sentence", { ...german, Stop: " " }, /"Stop" is empty/],
    ["a number", { ...german, Stop: 1 }, /"Stop" is no text/],
    ["broken JSON", "{", /Cannot read .*bundle\.l10n\.de\.json/],
  ];
  for (const [what, words, expected] of bad) {
    test(`${what} in a bundle is refused`, () => {
      const { status, lines } = check(words);
      assert.equal(status, 1);
      assert.match(lines, expected);
    });
  }

  const badManifests: [what: string, change: object, expected: RegExp][] = [
    ["a missing key", { enable: undefined }, /"enable" is missing/],
    ["lost code", { enable: "Siehe #inkling.exclude#." }, /"enable" has/],
    ["another command", { start: "\n[Neu](command:a)" }, /command:a/],
    ["a lost line end", { start: "[Neu](command:inkling.trigger)" }, /"start"/],
    ["a lost variable", { example: "${1:Name}" }, /selection/],
    ["a picture that is not there", { picture: "media/b.svg" }, /not there/],
  ];
  for (const [what, change, expected] of badManifests) {
    test(`${what} in the words of package.json is refused`, () => {
      const { status, lines } = check(german, { ...germanManifest, ...change });
      assert.equal(status, 1);
      assert.match(lines, expected);
    });
  }
});
