// inkling complete "TEXT": continues a text in the terminal, token by token.

import type { LoadModelRequest } from "../protocol/worker";
import { findNextTokens } from "../engine/nextTokens";
import { loadForCommand, requestOf } from "./loadForCommand";
import { parseOptions, withDefaultValue, writingThreads } from "./options";
import { defaultModelFolder } from "./places";

const USAGE = `inkling complete "TEXT" [options]

  --model DIR               model folder, or the name of an imported model (default: the embedded model)
  --adapter DIR             LoRA adapter, made by inkling train or by peft
  --max-tokens N            tokens to write at the most (50)
  --temperature T           0 is greedy and repeats exactly (0)
  --top-k K                 keep the K most probable tokens, 0 for all (0)
  --top-p P                 keep the most probable tokens that sum to P (1)
  --repetition-penalty R    above 1 holds down repeats (1)
  --seed S                  seed of the random numbers (1)
  --count N                 how many continuations (1)
  --logits [N]              instead of a text, the N most probable next tokens and their probabilities (10)
  --threads N               threads of the model (half of the processor's, at most 4)
  --json                    one JSON object instead of text`;

/** Runs the command. */
export async function runComplete(args: string[]): Promise<void> {
  const options = parseOptions(
    withDefaultValue(args, { name: "--logits", value: "10" }),
    {
      usage: USAGE,
      positionals: ["TEXT"],
      strings: { model: defaultModelFolder(), adapter: "" },
      numbers: {
        "max-tokens": { fallback: 50, min: 1, max: 8192, isInteger: true },
        temperature: { fallback: 0, min: 0, max: 10 },
        "top-k": { fallback: 0, min: 0, max: 64, isInteger: true },
        "top-p": { fallback: 1, min: 0.01, max: 1 },
        "repetition-penalty": { fallback: 1, min: 1, max: 10 },
        seed: { fallback: 1, min: 0, max: 2 ** 31, isInteger: true },
        count: { fallback: 1, min: 1, max: 100, isInteger: true },
        logits: { fallback: 0, min: 0, max: 1000, isInteger: true },
        threads: writingThreads,
      },
      flags: ["json"],
    },
  );
  const { numbers } = options;
  const request = requestOf({ ...options.strings, threads: numbers.threads });
  const isJson = options.flags.json;
  const prompt = options.positionals[0]!;
  if (numbers.logits > 0) {
    await showNextTokens(request, { prompt, count: numbers.logits, isJson });
    return;
  }
  const engine = await loadForCommand(request);
  try {
    if (!isJson && numbers.count === 1) process.stdout.write(prompt);
    const result = await engine.generate(
      {
        prompt,
        contextTokens: engine.description.contextLength,
        maxTokens: numbers["max-tokens"],
        sampling: {
          temperature: numbers.temperature,
          topK: numbers["top-k"],
          topP: numbers["top-p"],
          repetitionPenalty: numbers["repetition-penalty"],
          seed: numbers.seed,
        },
        stopAt: "none",
        heal: false,
        minProbability: 0,
        cacheKey: "complete",
        count: numbers.count,
      },
      {
        isCancelled: () => false,
        onText(_index, text) {
          if (!isJson && numbers.count === 1) process.stdout.write(text);
        },
      },
    );
    if (isJson) {
      process.stdout.write(`${JSON.stringify({ prompt, ...result })}\n`);
    } else if (numbers.count === 1) {
      process.stdout.write("\n");
    } else {
      result.generations.forEach(({ text }, index) =>
        process.stdout.write(`${index + 1}. ${prompt}${text}\n\n`),
      );
    }
  } finally {
    await engine.dispose();
  }
}

/** Prints what may come next, one token a line. */
async function showNextTokens(
  request: LoadModelRequest,
  { prompt, count, isJson }: { prompt: string; count: number; isJson: boolean },
): Promise<void> {
  const result = await findNextTokens(request, { prompt, count });
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ prompt, ...result })}\n`);
    return;
  }
  for (const [index, candidate] of result.candidates.entries()) {
    const rank = `${index + 1}.`.padStart(`${count}.`.length);
    const percent = `${(100 * candidate.probability).toFixed(2)}%`.padStart(7);
    process.stdout.write(
      `${rank} ${percent}  ${JSON.stringify(candidate.text)} (token ${candidate.tokenId})\n`,
    );
  }
}
