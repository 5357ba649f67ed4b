// What Generate makes of thirty everyday texts when it goes on with them, for a person to judge by the rules below, and
// what a program can say of each. The judgement of every output stands in docs/LOG.md.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../../src/cli/places";
import { HelpRequest } from "../../src/cli/options";
import { quantile } from "../../src/common/statistics";
import { loadEngine, type Engine } from "../../src/engine/engine";
import { engineGenerator } from "../../src/engine/engineGenerator";
import {
  EMBEDDED_MAX_SENTENCES,
  generateLong,
  type LongResult,
} from "../../src/writing/longGeneration";
import { endsNaturally, findLoopStart } from "../../src/writing/naturalEnd";
import { faultOf, registerOf } from "../../src/writing/register";

const USAGE = `npm run bench -- generate [--inputs FILE] [--model DIR] [--as-drawn] [--seed N] [--tokens N] [--threads N] [--json]

Goes on with each text of bench/generate/inputs.json as Generate does, or with --as-drawn as the model does without
Generate's rules, and prints a table: the text's end, what came, and what a program can say of it.

An output is usable where its reader would keep it with small edits, of a few words: it goes on with the text that
stands there, in its register; it is whole; it says nothing that the text contradicts or that makes no sense there. Made
up facts of a kind that the writer would fill in (a name, a reason) are small edits. Nothing is not usable.`;

interface Input {
  kind: string;
  language?: string;
  text: string;
}

/** What a program can say of an output. */
interface Figures {
  end: string;
  tokens: number;
  ms: number;
  bitsPerCharacter: number | undefined;
  loops: boolean;
  marks: boolean;
  isWhole: boolean;
}

/** Runs the benchmark. */
export async function runBenchGenerate(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      inputs: { type: "string", default: "bench/generate/inputs.json" },
      model: { type: "string", default: "models/smollm2-135m-instruct" },
      "as-drawn": { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      tokens: { type: "string", default: "200" },
      threads: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) throw new HelpRequest(USAGE);
  const inputs = JSON.parse(readFileSync(values.inputs, "utf8")) as Input[];
  const engine = await loadEngine(
    {
      modelFolder: values.model,
      cacheFolder: defaultCacheFolder(),
      threads: Number(values.threads),
    },
    () => undefined,
  );
  const write = values["as-drawn"] ? asDrawn : byRules;
  const rows: { input: Input; text: string; figures: Figures }[] = [];
  if (!values.json) process.stdout.write(HEADING);
  try {
    for (const input of inputs) {
      const startMs = performance.now();
      const result = await write(engine, input, {
        seed: Number(values.seed),
        maxTokens: Number(values.tokens),
      });
      const ms = performance.now() - startMs;
      const figures = await judge(engine, { input, result, ms });
      rows.push({ input, text: result.text, figures });
      if (!values.json) process.stdout.write(rowOf(rows.length, rows.at(-1)!));
    }
  } finally {
    await engine.dispose();
  }
  const count = (is: (figures: Figures) => boolean) =>
    rows.filter(({ figures }) => is(figures)).length;
  const sums = {
    texts: rows.length,
    nothing: rows.filter(({ text }) => text.trim() === "").length,
    loops: count((each) => each.loops),
    marks: count((each) => each.marks),
    whole: count((each) => each.isWhole),
    medianMs: quantile(
      rows.map(({ figures }) => figures.ms),
      0.5,
    ),
  };
  process.stdout.write(
    `${values.json ? JSON.stringify({ rows, sums }) : `\n${JSON.stringify(sums)}`}\n`,
  );
}

type Write = (
  engine: Engine,
  input: Input,
  options: { seed: number; maxTokens: number },
) => Promise<Pick<LongResult, "text" | "tokens" | "end">>;

const byRules: Write = (engine, { text, language = "plaintext" }, options) =>
  generateLong(
    engineGenerator(engine),
    {
      chat: [],
      textBefore: text,
      languageId: language,
      form: "text",
      maxTokens: options.maxTokens,
      maxSentences: EMBEDDED_MAX_SENTENCES,
      sampling: { temperature: 0.2, seed: options.seed },
      cacheKey: "bench",
    },
    { signal: new AbortController().signal },
  );

const asDrawn: Write = async (engine, { text }, { seed, maxTokens }) => {
  const { generations } = await engine.generate(
    {
      prompt: text,
      contextTokens: 2048,
      maxTokens,
      sampling: {
        temperature: 0.2,
        topK: 40,
        topP: 0.95,
        repetitionPenalty: 1.1,
        seed,
      },
      stopAt: "none",
      heal: true,
      minProbability: 0,
      cacheKey: "bench",
      count: 1,
      long: { chat: [], writtenTokenIds: [], mustGoOn: true },
    },
    { isCancelled: () => false, onText: () => undefined },
  );
  const [generation] = generations;
  const end = generation!.stopReason === "length" ? "length" : "natural";
  return {
    text: generation!.text,
    tokens: generation!.tokens.length,
    end,
  };
};

async function judge(
  engine: Engine,
  {
    input,
    result: { text, tokens, end },
    ms,
  }: {
    input: Input;
    result: Pick<LongResult, "text" | "tokens" | "end">;
    ms: number;
  },
): Promise<Figures> {
  const place = {
    textBefore: input.text,
    languageId: input.language ?? "plaintext",
  };
  const register = registerOf(place);
  const isProse = register === "sentences";
  const [logProbability = 0] =
    text === "" ? [] : await engine.scoreContinuations(input.text, [text]);
  const part = { gap: "", text: text.trimStart(), isLast: true };
  return {
    end,
    tokens,
    ms,
    bitsPerCharacter:
      text === "" ? undefined : -logProbability / Math.LN2 / text.length,
    loops: findLoopStart(text, input.text) !== undefined,
    marks: isProse && faultOf(part, { place, register }) === "markup",
    isWhole: isProse ? endsNaturally(text) : text.trim() !== "",
  };
}

const HEADING =
  "| | the text's end and what came | end | bits a character | loops | marks | whole | s |\n| --- | --- | --- | ---: | --- | --- | --- | ---: |\n";

function rowOf(
  number: number,
  { input, text, figures }: { input: Input; text: string; figures: Figures },
): string {
  const yes = (is: boolean) => (is ? "yes" : "");
  const cells = [
    `${number} ${input.kind}`,
    `…${inCell(input.text.slice(-40))}**${inCell(text)}**`,
    figures.end,
    figures.bitsPerCharacter?.toFixed(2) ?? "",
    yes(figures.loops),
    yes(figures.marks),
    yes(figures.isWhole),
    (figures.ms / 1000).toFixed(1),
  ];
  return `| ${cells.join(" | ")} |\n`;
}

/** Text on one line of a table. */
function inCell(text: string): string {
  return text.replaceAll("\n", "⏎").replaceAll("|", "\\|");
}
