// A folder that nobody has said to trust: Inkling writes there, with the model in the package and not with one that the
// folder chooses.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  installExtension,
  removeProfile,
  startSession,
  temporaryProfile,
} from "../../scripts/serverSession";
import type { ServerProfile, ServerSession } from "../../scripts/serverSession";
import { prepareVsCodeServer } from "../../scripts/vscodeServer";
import { openWindow, vsix } from "./support";

suite("Restricted Mode in a browser", () => {
  let profile: ServerProfile;
  let session: ServerSession | undefined;

  suiteSetup(async () => {
    const server = await prepareVsCodeServer();
    profile = temporaryProfile({
      "security.workspace.trust.enabled": true,
      "security.workspace.trust.startupPrompt": "never",
    });
    await installExtension(server, { profile, vsix });
    session = await startSession(server, { profile, hasWorkspaceTrust: true });
  });
  suiteTeardown(async () => {
    await session?.stop();
    removeProfile(profile);
  });

  test("ghost text is written with the model in the package, whatever the folder's settings say", async () => {
    assert.ok(session, "the server has been started");
    const folder = profile.workspace;
    const file = path.join(folder, "restricted.md");
    writeFileSync(file, "# Days\n\n");
    mkdirSync(path.join(folder, ".vscode"), { recursive: true });
    const settings = { "inkling.model": path.join(folder, "no-model-here") };
    writeFileSync(
      path.join(folder, ".vscode/settings.json"),
      JSON.stringify(settings),
    );
    const url = session.workbench({ folder, file });
    const workbench = await openWindow(url, file);
    const banner = workbench.page.getByText("Restricted Mode").first();
    await banner.waitFor();
    await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
    assert.match(await workbench.untilGhostText(), /^ ?Friday/);
    await workbench.screenshot("restricted-mode");
    assert.deepEqual(workbench.refusedAddresses, []);
  });
});
