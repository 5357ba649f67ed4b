// Adapters and a paused run that suites of the panel write to the disk, with made-up figures: what the panel shows of
// them takes no training. The adapters' weights are those of no model.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { defaultTrainingSettings } from "../../src/settings/defaultTrainingSettings";
import type { AdapterManifest, BeforeAfter } from "../../src/protocol/training";
import type { SavedPanel } from "../../src/panel/panelStore";
import { storageFolders } from "./panelSupport";

/** What distinguishes an adapter that is written. */
export interface WrittenAdapter {
  /** Its folder's name. */
  id: string;
  name: string;
  heldOut?: string;
  /** Files instead of sound ones. */
  files?: Record<string, string | Buffer>;
}

/** Into the storage of each workspace that has been opened. */
export function writeAdapter({
  id,
  name,
  heldOut = "logbook/day-06.md",
  files = {},
}: WrittenAdapter): void {
  const config = {
    peft_type: "LORA",
    base_model_name_or_path: "SmolLM2",
    r: 1,
    lora_alpha: 1,
  };
  const all = {
    "adapter_config.json": JSON.stringify(config),
    "adapter_model.safetensors": smallSafetensors(),
    "inkling_manifest.json": JSON.stringify(manifest(name, heldOut)),
    ...files,
  };
  for (const storage of storageFolders()) {
    const folder = path.join(storage, "adapters", id);
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of Object.entries(all)) {
      writeFileSync(path.join(folder, file), content);
    }
  }
}

/** A run that its person has paused, as the last window has left it for the next one. */
export function writePausedRun(): void {
  const steps = Array.from({ length: 120 }, (_, index) => index + 1);
  const lossAt = (step: number) => 2.2 + 1.6 * Math.exp(-step / 35);
  const losses = steps.map((step) => ({
    step,
    loss: lossAt(step) + 0.25 * Math.sin(step * 1.7),
  }));
  const sample = {
    document: "logbook/day-06.md",
    prompt: "The lamp of Varnholm burns rapeseed oil from",
    expected: " the Sandvig mill.",
    before: " the sea, and the light is not far away.",
    now: " the Sandvig mill on the other shore.",
  };
  const saved: SavedPanel = {
    run: {
      adapterId: "paused",
      name: "Varnholm in winter",
      request: {
        source: { kind: "documents", training: [], heldOut: [] },
        modelFolder: "",
        cacheFolder: "",
        outFolder: "",
        generalFile: undefined,
        settings: defaultTrainingSettings(2),
        resume: true,
      },
      trainingLosses: losses,
      heldOutLosses: steps
        .filter((step) => step % 20 === 0)
        .map((step) => ({ step, loss: lossAt(step) + 0.1 })),
      samples: [
        { ...sample, step: 60, now: " the mill of the island." },
        { ...sample, step: 120 },
      ],
      state: { kind: "pausedByUser", work: "training" },
    },
  };
  for (const storage of storageFolders()) {
    const folder = path.join(storage, "fine-tuning");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "panel.json"), JSON.stringify(saved));
    mkdirSync(path.join(storage, "adapters/paused"), { recursive: true });
  }
}

function smallSafetensors(): Buffer {
  const x = { dtype: "U8", shape: [1], data_offsets: [0, 1] };
  const header = Buffer.from(JSON.stringify({ x }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(1)]);
}

function manifest(name: string, heldOut: string): AdapterManifest {
  const passage = {
    document: heldOut,
    before: "The lamp of Varnholm burns rapeseed oil from",
    expected: " the Sandvig mill.",
    shownBefore: " the oil",
    shownAfter: " the Sandvig mill",
  };
  return {
    version: 1,
    name,
    createdAt: "2026-01-02T10:00:00.000Z",
    base: { name: "SmolLM2-135M-Instruct", sha256: "" },
    documents: [
      { name: "logbook/day-01.md", sha256: "", heldOut: false },
      { name: heldOut, sha256: "", heldOut: true },
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
