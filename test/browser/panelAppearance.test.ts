// Pictures of the panel in all kinds of themes, in the side bar and as a wide tab, for a person to look at, and what
// axe finds in each. The adapter that is shown is written to the disk with figures of a made-up run.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { defaultTrainingSettings } from "../../src/protocol/defaultTrainingSettings";
import type { AdapterManifest, BeforeAfter } from "../../src/protocol/training";
import { Panel, seriousFaults, writeProject } from "./panelSupport";
import { openWorkbench, serverProfile } from "./support";

const themes = [
  { name: "light", theme: "Default Light Modern", kind: "vs" },
  { name: "dark", theme: "Default Dark Modern", kind: "vs-dark" },
  { name: "hc-dark", theme: "Default High Contrast", kind: "hc-black" },
  { name: "hc-light", theme: "Default High Contrast Light", kind: "hc-light" },
];

suite("appearance of the fine-tuning panel", function () {
  this.timeout(10 * 60_000);

  for (const { name, theme, kind } of themes) {
    test(`it is drawn in the ${name} theme, narrow and wide, and axe finds no serious fault`, async () => {
      writeProject({ numDocuments: 6 });
      const workbench = await openWorkbench({
        fileName: "notes.md",
        content: "# Notes\n",
        settings: { "workbench.colorTheme": theme },
      });
      writeAdapter();
      const narrow = await Panel.open(workbench);
      assert.equal(await workbench.themeKind(), kind);
      await narrow.button("Show Figures: Varnholm").click();
      await narrow.frame.locator("p.verdict").waitFor();
      await workbench.screenshot(`panel-narrow-${name}`);
      assert.deepEqual(await seriousFaults(narrow), []);

      await narrow.frame.locator("body").press("Control+b");
      await workbench.page.setViewportSize({ width: 1300, height: 1500 });
      const wide = await Panel.open(
        workbench,
        "Inkling: Open Fine-tuning as Editor Tab",
      );
      await wide.frame.locator("p.verdict").waitFor();
      await workbench.screenshot(`panel-wide-${name}`);
      assert.deepEqual(await seriousFaults(wide, "editor"), []);
    });
  }
});

/** Into the storage of the one workspace that has been opened. */
function writeAdapter(): void {
  const storages = path.join(
    serverProfile().folder,
    "data/User/workspaceStorage",
  );
  for (const storage of readdirSync(storages)) {
    const folder = path.join(
      storages,
      storage,
      "inkling.inkling/adapters/varnholm",
    );
    mkdirSync(folder, { recursive: true });
    const config = { peft_type: "LORA", base_model_name_or_path: "SmolLM2" };
    const files = {
      "adapter_config.json": JSON.stringify(config),
      "adapter_model.safetensors": emptySafetensors(),
      "inkling_manifest.json": JSON.stringify(manifest()),
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), content);
    }
  }
}

function emptySafetensors(): Buffer {
  const header = Buffer.from("{}");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

function manifest(): AdapterManifest {
  const passage = {
    document: "logbook/day-06.md",
    before: "The lamp of Varnholm burns rapeseed oil from",
    expected: " the Sandvig mill.",
    shownBefore: " the oil",
    shownAfter: " the Sandvig mill",
  };
  return {
    version: 1,
    name: "Varnholm",
    createdAt: "2026-01-02T10:00:00.000Z",
    base: { name: "SmolLM2-135M-Instruct", sha256: "" },
    documents: [
      { name: "logbook/day-01.md", sha256: "", heldOut: false },
      { name: "logbook/day-06.md", sha256: "", heldOut: true },
    ],
    settings: defaultTrainingSettings(2),
    losses: [],
    outcome: {
      ended: "finished",
      steps: 240,
      seconds: 600,
      tokensPerSecond: 210,
      peakMemoryMb: 1500,
      bestStep: 220,
      verdict: "helps",
      examples: undefined,
      proof: {
        documents: 4,
        resampled: "paragraphs",
        bitsPerCharacter: change(1.402, 1.211, [-0.232, -0.151]),
        saved1Word: change(0.212, 0.274, [0.041, 0.083]),
        precision: change(0.61, 0.66, [0.02, 0.08]),
        wrongShowRate: change(0.081, 0.075, [-0.011, -0.001]),
        rivals: { wordCache: 0.13, ngram: 0.171 },
        general: { before: 1.12, after: 1.135 },
        passages: [passage, { ...passage, shownBefore: "" }, passage],
      },
    },
  };
}

function change(
  before: number,
  after: number,
  [low, high]: [number, number],
): BeforeAfter {
  return { before, after, low, high };
}
