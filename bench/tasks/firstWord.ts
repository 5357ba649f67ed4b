// How long a generation takes to its first word, for a selection of 200 words: on a loaded model, from the order to the
// first text, a different selection each time so that nothing of it is in a cache.
// npx tsx bench/tasks/firstWord.ts [--threads N] [--times N]

import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../../src/cli/places";
import { generateLong } from "../../src/writing/longGeneration";
import { builtInTask } from "../../src/writing/builtInTasks";
import { MAX_SELECTION_CHARACTERS, messagesFor } from "../../src/writing/task";
import { loadEngine } from "../../src/engine/engine";
import { engineGenerator } from "../../src/engine/engineGenerator";
import { quantile } from "../../src/common/statistics";

const NUM_WORDS = 200;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      threads: { type: "string", default: "2" },
      times: { type: "string", default: "20" },
    },
  });
  const { texts } = JSON.parse(
    readFileSync(path.join(__dirname, "inputs.json"), "utf8"),
  ) as { texts: { text: string }[] };
  const words = texts.flatMap(({ text }) => text.split(/\s+/));
  const engine = await loadEngine(
    {
      modelFolder: path.resolve(
        __dirname,
        "../../models/smollm2-135m-instruct",
      ),
      cacheFolder: defaultCacheFolder(),
      threads: Number(values.threads),
    },
    () => {},
  );
  const elapsedMs: number[] = [];
  // The first is the model's first run ever and does not count.
  for (let time = 0; time <= Number(values.times); time++) {
    const start = (time * 37) % (words.length - NUM_WORDS);
    const selection = words.slice(start, start + NUM_WORDS).join(" ");
    const controller = new AbortController();
    const { firstTokenMs } = await generateLong(
      engineGenerator(engine),
      {
        chat: messagesFor(
          builtInTask("summarise"),
          { selection },
          { maxSelectionCharacters: MAX_SELECTION_CHARACTERS },
        ),
        textBefore: "",
        form: "text",
        maxTokens: 16,
        sampling: { temperature: 0.2, seed: 1 },
        cacheKey: "first-word",
      },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    if (time > 0) elapsedMs.push(firstTokenMs ?? NaN);
  }
  await engine.dispose();
  const at = (share: number) => quantile(elapsedMs, share)!.toFixed(0);
  console.log(
    `first word of ${NUM_WORDS} words selected, ${values.threads} threads, ${elapsedMs.length} times: ` +
      `least ${at(0)}, median ${at(0.5)}, 95 of 100 within ${at(0.95)} ms`,
  );
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exit(1);
});
