// Shows now and then how the model would go on at places of held-out text, as it was and as it has become: through the
// graphs that ship, with the adapter of this moment. Loading them takes seconds and some 450 MB for that time, so it
// happens every few minutes, and a sample that fails is given up rather than the run.

import { rmSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../common/random";
import type { TrainingSample } from "../protocol/training";
import { greedyRequest, type GenerateRequest } from "../protocol/generation";
import { loadEngine } from "../engine/engine";
import type { Parameter } from "../training/trainingModel";
import { writeResult } from "./learner";
import type { PreparedRun } from "./prepareRun";

const NUM_PLACES = 2;
const PROMPT_CHARACTERS = 600;
const EXPECTED_CHARACTERS = 80;
const SAMPLE_TOKENS = 20;

/** A place in a held-out document. */
export type SamplePlace = Pick<
  TrainingSample,
  "document" | "prompt" | "expected"
>;

/** Takes samples when they are due. */
export class PreviewSamples {
  private readonly places: SamplePlace[];
  private readonly everyMs: number;
  private before: string[] | undefined;
  private lastMs = performance.now();
  private isBroken = false;

  constructor(
    private readonly run: PreparedRun,
    private readonly options: {
      /** Of the model that learns, as they are when a sample is taken. */
      parameters: readonly Parameter[];
      everySeconds: number;
    },
  ) {
    const { prepared, request } = run;
    this.everyMs = 1000 * options.everySeconds;
    const { method, seed } = request.settings;
    // A whole model would have to be written for each sample.
    this.places =
      method === "lora" ? choosePlaces(prepared.heldOutTexts, seed) : [];
  }

  /** To be awaited between blocks, with the step that has been reached. */
  async sampleWhenDue(step: number): Promise<void> {
    const isDue = performance.now() - this.lastMs >= this.everyMs;
    if (!isDue || this.isBroken || this.places.length === 0) return;
    try {
      await this.sample(step);
    } catch (error) {
      this.isBroken = true;
      this.run.listener.onNotice(
        `No more samples are shown: ${(error as Error).message}`,
      );
    }
    this.lastMs = performance.now();
  }

  private async sample(step: number): Promise<void> {
    const { request, base, listener } = this.run;
    const folder = path.join(request.outFolder, "checkpoint.sample");
    try {
      writeResult(folder, {
        parameters: this.options.parameters,
        base,
        settings: request.settings,
      });
      this.before ??= await this.continueAll(undefined);
      const now = await this.continueAll(folder);
      this.places.forEach((place, index) =>
        listener.onSample({
          step,
          ...place,
          before: this.before![index]!,
          now: now[index]!,
        }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async continueAll(
    adapterFolder: string | undefined,
  ): Promise<string[]> {
    const { modelFolder, cacheFolder, settings } = this.run.request;
    const engine = await loadEngine(
      { modelFolder, cacheFolder, threads: settings.threads, adapterFolder },
      () => {},
    );
    try {
      const { adapterFault } = engine.description;
      if (adapterFault !== undefined) throw new Error(adapterFault);
      const texts: string[] = [];
      for (const { prompt } of this.places) {
        const { generations } = await engine.generate(requestFor(prompt), {
          isCancelled: () => this.run.control.signal.aborted,
          onText: () => {},
        });
        texts.push(generations[0]?.text ?? "");
      }
      return texts;
    } finally {
      await engine.dispose();
    }
  }
}

function requestFor(prompt: string): GenerateRequest {
  return greedyRequest({
    prompt,
    contextTokens: 256,
    maxTokens: SAMPLE_TOKENS,
    cacheKey: "sample",
  });
}

/** Ends of words somewhere within the documents, one in each, the same for a seed. */
export function choosePlaces(
  texts: readonly { name: string; text: string }[],
  seed: number,
): SamplePlace[] {
  const random = seededRandom(seed);
  const long = texts.filter(
    ({ text }) => text.length > 2 * EXPECTED_CHARACTERS,
  );
  const first = Math.floor(random() * Math.max(1, long.length));
  return Array.from(
    { length: Math.min(NUM_PLACES, long.length) },
    (_, index) => {
      const { name, text } = long[(first + index) % long.length]!;
      const target = Math.floor(text.length * (0.3 + 0.5 * random()));
      const space = text.indexOf(" ", target);
      const place =
        space < 0 || space > text.length - EXPECTED_CHARACTERS ? target : space;
      return {
        document: name,
        prompt: text.slice(Math.max(0, place - PROMPT_CHARACTERS), place),
        expected: text.slice(place, place + EXPECTED_CHARACTERS),
      };
    },
  );
}
