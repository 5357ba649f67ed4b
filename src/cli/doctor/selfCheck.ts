// Loads a model and looks whether what it writes is sound: the same twice, and the same with keys and values reused.

import { loadTokenizer } from "../../tokenizer/tokenizer";
import type { LoadModelRequest } from "../../protocol/worker";
import { loadEngine, type Engine } from "../../engine/engine";
import { greedyRequest } from "../../protocol/generation";
import { failed, guarded, passed, type Check } from "./check";

/** Letters outside of ASCII, an emoji of several code points, and a special token written out. */
const SENTENCE =
  "Zoë’s naïve façade cost 12 € – 你好, 👩🏽‍🚀 and <|im_end|> stay text.\n";
/** Goes on so predictably that rounding cannot tip the balance; long enough for the graph that reads prompts. */
const COUNTED =
  "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, Monday, Tuesday,";
const MAX_TOKENS = 12;
const REPORT = "please report this with the output of inkling doctor --json";

/** Runs all checks that need the model. */
export async function checkEngine(request: LoadModelRequest): Promise<Check[]> {
  const tokens = await guarded("Tokens", {
    advice: "import the model again",
    run: () => checkTokenizer(request.modelFolder),
  });
  let engine: Engine;
  try {
    engine = await loadEngine(request, () => {});
  } catch (error) {
    const advice =
      "check the lines above; if all are ok, import the model again";
    const found = (error as Error).message;
    return [tokens, failed("Loading", { found, advice })];
  }
  try {
    const loadMs = engine.description.loadMs.toFixed(0);
    return [
      tokens,
      passed("Loading", `${loadMs} ms`),
      await guarded("Writing", {
        advice: REPORT,
        run: () => checkRepeats(engine),
      }),
      await guarded("Reuse", { advice: REPORT, run: () => checkReuse(engine) }),
    ];
  } finally {
    await engine.dispose();
  }
}

async function checkTokenizer(modelFolder: string): Promise<Check> {
  const tokenizer = await loadTokenizer(modelFolder);
  const tokenIds = tokenizer.encode(SENTENCE);
  const text = tokenizer
    .decode(tokenIds)
    .slice(tokenizer.prefixLength(SENTENCE));
  return text === SENTENCE
    ? passed("Tokens", `${tokenIds.length} for a sentence, and back again`)
    : failed("Tokens", {
        found: `a sentence came back as ${JSON.stringify(text)}`,
        advice:
          "import the model again; its tokenizer.json may belong to another kind of tokenizer",
      });
}

async function checkRepeats(engine: Engine): Promise<Check> {
  const first = await write(engine, { prompt: COUNTED, cacheKey: "first" });
  const second = await write(engine, { prompt: COUNTED, cacheKey: "second" });
  if (first.text.trim() === "") {
    return failed("Writing", {
      found: "the model wrote nothing",
      advice: "import the model again: its weights may be damaged",
    });
  }
  return first.text === second.text
    ? passed("Writing", `"…${first.text}", the same twice`)
    : failed("Writing", {
        found: `"${first.text}", then "${second.text}" for the same text`,
        advice: REPORT,
      });
}

/** A prompt whose end has changed keeps its beginning in the cache. */
async function checkReuse(engine: Engine): Promise<Check> {
  const cacheKey = "reuse";
  await write(engine, { prompt: `${COUNTED} and then rain,`, cacheKey });
  const reused = await write(engine, { prompt: COUNTED, cacheKey });
  const fresh = await write(engine, { prompt: COUNTED, cacheKey: "fresh" });
  const isReused = reused.reusedTokens > 0 && fresh.reusedTokens === 0;
  return isReused && reused.text === fresh.text
    ? passed(
        "Reuse",
        `${reused.reusedTokens} tokens of keys and values reused, the same text as without`,
      )
    : failed("Reuse", {
        found: `"${reused.text}" with ${reused.reusedTokens} tokens reused, "${fresh.text}" with ${fresh.reusedTokens}`,
        advice: REPORT,
      });
}

async function write(
  engine: Engine,
  { prompt, cacheKey }: { prompt: string; cacheKey: string },
): Promise<{ text: string; reusedTokens: number }> {
  const { generations, reusedTokens } = await engine.generate(
    greedyRequest({
      prompt,
      contextTokens: engine.description.contextLength,
      maxTokens: MAX_TOKENS,
      cacheKey,
    }),
    { isCancelled: () => false, onText: () => {} },
  );
  return { text: generations[0]!.text, reusedTokens };
}
