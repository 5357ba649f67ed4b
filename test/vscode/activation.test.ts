// The extension in a real window: it comes up, and its manifest and its code agree.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { activateInkling, extensionId } from "./support";

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration:
      | { properties: Record<string, unknown> }
      | { properties: Record<string, unknown> }[];
  };
}

suite("activation", () => {
  suiteSetup(activateInkling);

  test("activate() leaves the extension active", () => {
    assert.equal(vscode.extensions.getExtension(extensionId)?.isActive, true);
  });

  test("the commands that users know are there", async () => {
    const commands = await vscode.commands.getCommands(true);
    const known = ["trigger", "toggle", "snooze", "showLog"];
    const missing = known
      .map((name) => `inkling.${name}`)
      .filter((command) => !commands.includes(command));
    assert.deepEqual(missing, []);
  });

  test("every contributed command has a handler", async () => {
    const commands = await vscode.commands.getCommands(true);
    const missing = manifest()
      .contributes.commands.map(({ command }) => command)
      .filter((command) => !commands.includes(command));
    assert.deepEqual(missing, []);
  });

  test("every setting has a default", () => {
    const configuration = vscode.workspace.getConfiguration();
    const keys = [manifest().contributes.configuration]
      .flat()
      .flatMap(({ properties }) => Object.keys(properties));
    const known = [
      "inkling.enable",
      "inkling.temperature",
      "inkling.maxTokens",
      "inkling.stopAt",
      "inkling.topK",
      "inkling.topP",
      "inkling.repetitionPenalty",
      "inkling.contextTokens",
      "inkling.threads",
      "inkling.model",
    ];
    assert.deepEqual(
      known.filter((key) => !keys.includes(key)),
      [],
      "settings that are promised but not contributed",
    );
    assert.deepEqual(
      keys.filter(
        (key) => configuration.inspect(key)?.defaultValue === undefined,
      ),
      [],
      "settings without a default",
    );
  });
});

function manifest(): Manifest {
  const extension = vscode.extensions.getExtension(extensionId);
  assert.ok(extension);
  return extension.packageJSON as Manifest;
}
