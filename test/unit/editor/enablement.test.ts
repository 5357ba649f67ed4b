import assert from "node:assert/strict";
import {
  isOnFor,
  isSuitableScheme,
  withEverywhere,
  withLanguage,
} from "../../../src/editor/enablement";
import { defaultSettings } from "../../../src/settings/defaultSettings";

suite("isOnFor()", () => {
  test("isOnFor() is on for prose and code by default, off for input fields and logs", () => {
    const languages = ["markdown", "plaintext", "python", "scminput", "log"];
    assert.deepEqual(
      languages.map((languageId) =>
        isOnFor(languageId, defaultSettings.enable),
      ),
      [true, true, true, false, false],
    );
  });

  test('isOnFor() follows "*" for languages that are not named, Markdown included', () => {
    assert.equal(isOnFor("markdown", { "*": false }), false);
    assert.equal(isOnFor("markdown", { "*": true }), true);
    assert.equal(isOnFor("markdown", {}), true);
    assert.equal(isOnFor("markdown", { "*": false, markdown: true }), true);
    assert.equal(isOnFor("markdown", { "*": true, markdown: false }), false);
  });
});

suite("isSuitableScheme()", () => {
  test("isSuitableScheme() takes files wherever they are and no input fields, output or old versions", () => {
    const schemes = {
      file: true,
      untitled: true,
      "vscode-remote": true,
      "vscode-vfs": true,
      "vscode-notebook-cell": true,
      sftp: true,
      output: false,
      "vscode-scm": false,
      comment: false,
      git: false,
      "vscode-terminal": false,
    };
    const answers = Object.keys(schemes).map((scheme) => [
      scheme,
      isSuitableScheme(scheme),
    ]);
    assert.deepEqual(Object.fromEntries(answers), schemes);
  });
});

suite("withEverywhere()", () => {
  test("withEverywhere() turns off languages that were named as on", () => {
    assert.deepEqual(
      withEverywhere({ "*": false, markdown: true, log: false }, false),
      { "*": false, log: false },
    );
  });

  test("withEverywhere() leaves off what was turned off by name", () => {
    assert.deepEqual(
      withEverywhere({ "*": false, markdown: true, log: false }, true),
      { "*": true, markdown: true, log: false },
    );
  });
});

suite("withLanguage()", () => {
  test("withLanguage() changes one language", () => {
    assert.deepEqual(
      withLanguage(
        { "*": true, log: false },
        { languageId: "markdown", isOn: false },
      ),
      { "*": true, log: false, markdown: false },
    );
  });
});
