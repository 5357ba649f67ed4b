// What can befall a run, with the real trainer and by keyboard alone: its process is killed and the run goes on from the
// checkpoint, a second window says who trains and leaves it alone, and what is discarded leaves nothing.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import {
  changeSettings,
  findTrainer,
  forgetFineTuning,
  Panel,
  storedFiles,
  writeProject,
} from "./panelSupport";
import { openWorkbench, serverProfile, Workbench } from "./support";

const trainingMs = 15 * 60_000;

suite("a training run in a browser", function () {
  this.timeout(30 * 60_000);

  setup(forgetFineTuning);

  test("a killed trainer is told of, its run goes on, another window leaves it alone, and it is discarded", async () => {
    const workspace = writeProject({ numDocuments: 8 });
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n",
    });
    const panel = await Panel.open(workbench);
    await panel.until("the documents", async () =>
      /Training documents: \d+/.test(await panel.text()),
    );
    // Long enough not to be done before the test is.
    await changeSettings(panel, {
      Epochs: "100",
      Rank: "2",
      Layers: "2",
      Length: "64",
    });
    await panel.press("Start Training");
    await panel.until("a checkpoint", async () => hasCheckpoint(), {
      patienceMs: trainingMs,
    });

    await panel.press("Pause");
    await panel.until("the pause", async () =>
      /^Paused/.test(await panel.status()),
    );
    await panel.press("Resume");
    await panel.until("the end of the pause", async () =>
      /^Training/.test(await panel.status()),
    );

    const trainer = findTrainer();
    assert.ok(trainer, "the lock names the trainer's process");
    process.kill(trainer, "SIGKILL");
    await panel.frame.getByText(/training process was ended/).waitFor();
    await panel.until("the rest after the kill", async () =>
      /^Paused/.test(await panel.status()),
    );
    await workbench.screenshot("panel-killed");
    const lastStep = await panel.step();
    await panel.press("Resume");
    let nextStep = 0;
    await panel.until(
      "a step of the new trainer",
      async () => {
        const step = await panel.step();
        if (step !== lastStep) nextStep = step;
        return nextStep > 0;
      },
      { patienceMs: trainingMs },
    );
    assert.ok(nextStep > 1, `${nextStep} is no step from the start`);
    assert.equal(await panel.frame.locator(".notice").count(), 0);

    await leavesAlone(workbench, path.join(workspace, "notes.md"));

    await panel.press("Discard");
    await panel.confirmByKeyboard("Discard");
    await panel.button("Start Training").waitFor();
    const left = storedFiles().filter(
      (file) => file !== "fine-tuning/panel.json",
    );
    assert.deepEqual(left, []);

    const name = /^Remove Prepared Weights \(\d+ MB\)/;
    const remove = panel.frame.getByRole("button", { name });
    assert.equal(preparedFolders().length, 1);
    await panel.reach(remove);
    await workbench.press("Enter");
    await remove.waitFor({ state: "detached" });
    assert.deepEqual(preparedFolders(), []);
  });
});

/** Where the weights that training derives from the model lie, for all workspaces. */
function preparedFolders(): string[] {
  const { folder } = serverProfile();
  const storage = "data/User/globalStorage/inkling.inkling/derived";
  return readdirSync(path.join(folder, storage)).filter((name) =>
    name.includes("-training-"),
  );
}

/** A second window on the same workspace says who trains it, waits, and can give up waiting. */
async function leavesAlone(first: Workbench, file: string): Promise<void> {
  const page = await first.page.context().newPage();
  const second = new Workbench(page, { file, refusedAddresses: [] });
  try {
    await page.goto(first.page.url());
    await second.untilReady();
    const panel = await Panel.open(second);
    await panel.press("Start Training");
    await panel.frame
      .getByText(/Another window \(.+\) is training/)
      .waitFor({ timeout: 90_000 });
    await panel.until("the waiting", async () =>
      /^Another window is training/.test(await panel.status()),
    );
    await second.screenshot("panel-second-window");
    await panel.press("Cancel");
    await panel.button("Start Training").waitFor();
    assert.ok(hasCheckpoint(), "the first window's checkpoint is there");
  } finally {
    await page.close();
  }
}

function hasCheckpoint(): boolean {
  return storedFiles().some((file) => /^adapters\/.+\/checkpoint\//.test(file));
}
