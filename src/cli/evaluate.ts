// inkling evaluate: types held-out documents through the editor's own completion code and prints what it was worth.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { CompletionSettings, GateMode } from "../completion/decision";
import { GATE_SETTINGS } from "../completion/gateSettings";
import { EVALUATION_SETTINGS } from "../evaluation/compare";
import { parseCase, runCase } from "../evaluation/cases";
import { coldTexts } from "../evaluation/coldTexts";
import { drawCurves, type CurvePoint } from "../evaluation/curvePicture";
import {
  evaluateMode,
  BaselineScores,
  scoreGate,
  scoreTexts,
  type EvaluationResult,
  type BaselineTexts,
} from "../evaluation/evaluate";
import {
  planEvaluation,
  type EvaluationDocument,
  type EvaluationPlan,
} from "../evaluation/plan";
import { readDocuments } from "../evaluation/readDocuments";
import { RecordedPass } from "../evaluation/record";
import { hashAdapter } from "../adapters/peftAdapter";
import { hashModel } from "../model/files/baseHash";
import { openModelFolder } from "../model/files/modelFolder";
import { openRecordFile, passKey } from "../evaluation/recordFile";
import { recordPass } from "../evaluation/recorder";
import { formatResults } from "../evaluation/report";
import { WorkspaceMemory } from "../memory/workspaceMemory";
import { writeFileAtomically } from "../common/atomicFile";
import type { Engine } from "../engine/engine";
import { loadTextScorer } from "../engine/textScorer";
import { engineGenerator } from "../engine/engineGenerator";
import { loadForCommand, requestOf } from "./loadForCommand";
import { parseOptions, suggestionNumbers, UsageError } from "./options";
import { defaultModelFolder } from "./places";
import { showProgress } from "./showProgress";

const USAGE = `inkling evaluate --documents DIR [options]
inkling evaluate --cases FILE.jsonl --json
Types documents character by character through the editor's completion code and measures what suggestions save.

  --documents DIR     texts to be typed
  --workspace DIR     texts that the memory has read, and the baselines (word cache, 5-gram model): figures are of the
                      model alone and of model and memory; a text that is typed is left out of its own memory
  --no-memory         with --workspace: the model alone
  --cold              beginnings of documents and single paragraphs, of 200 characters at the most, with nothing before them
  --tune DIR          texts on which the baselines' thresholds are chosen (default: a quarter of the workspace)
  --cases FILE        asks once for each line {id, before, after, language, path?} instead
  --mode MODE         quiet, balanced, eager or all (${EVALUATION_SETTINGS.mode})
  --sample N          positions at sampled words, for the next-word hit (2000)
  --characters N      characters that are typed, in spans of whole paragraphs (ten times the sample)
  --seed S            which words and spans (1)
  --record FILE       keeps what the model wrote (with a memory in FILE.memory); broken off, the same command goes on
  --stop-at WHERE     sentence, line, paragraph or none (${EVALUATION_SETTINGS.stopAt})
  --max-tokens N      tokens of a suggestion at the most (${EVALUATION_SETTINGS.maxTokens})
  --context-tokens N  tokens of prompt at the most (${EVALUATION_SETTINGS.contextTokens})
  --no-bits           leaves out bits per character
  --no-heal           half-typed words are not taken back, to see what that is worth
  --curve FILE        draws precision against coverage as an SVG picture
  --model DIR         model folder (default: the embedded model)
  --adapter DIR       LoRA adapter on top of it
  --threads N         threads of the model
  --json              one JSON object instead of a table (for --mode all and --cases: one a line)`;

const MODES: readonly GateMode[] = ["quiet", "balanced", "eager"];
const STOPS = ["sentence", "line", "paragraph", "none"] as const;

/** Runs the command. */
export async function runEvaluate(args: string[]): Promise<void> {
  const options = parseEvaluateOptions(args);
  const { strings, numbers } = options;
  const engine = await loadForCommand(
    requestOf({ ...strings, threads: numbers.threads }),
  );
  try {
    await (strings.cases === ""
      ? evaluateDocuments(engine, options)
      : evaluateCases(engine, options));
  } finally {
    await engine.dispose();
  }
}

type EvaluateOptions = ReturnType<typeof parseEvaluateOptions>;

function parseEvaluateOptions(args: string[]) {
  const options = parseOptions(args, {
    usage: USAGE,
    strings: {
      documents: "",
      workspace: "",
      tune: "",
      cases: "",
      mode: EVALUATION_SETTINGS.mode,
      record: "",
      "stop-at": EVALUATION_SETTINGS.stopAt,
      curve: "",
      model: defaultModelFolder(),
      adapter: "",
    },
    numbers: {
      sample: { fallback: 2000, min: 0, max: 1e6, isInteger: true },
      characters: { fallback: -1, min: -1, max: 1e9, isInteger: true },
      ...suggestionNumbers,
    },
    flags: ["cold", "json", "no-bits", "no-heal", "no-memory"],
  });
  const { strings } = options;
  if ((strings.documents === "") === (strings.cases === "")) {
    throw new UsageError(
      `Found ${strings.documents === "" ? "neither" : "both"} --documents and --cases, expected one of them\n\n${USAGE}`,
    );
  }
  const modes =
    strings.mode === "all"
      ? MODES
      : MODES.filter((mode) => mode === strings.mode);
  const stopAt = STOPS.find((each) => each === strings["stop-at"]);
  if (modes.length === 0 || !stopAt) {
    throw new UsageError(
      `Found --mode ${strings.mode} and --stop-at ${strings["stop-at"]}, expected ${MODES.join(", ")} or all, and ${STOPS.join(", ")}\n\n${USAGE}`,
    );
  }
  return { ...options, modes, stopAt };
}

/** The settings that a fresh installation has, but for what the options say. */
function settingsOf({
  modes,
  stopAt,
  numbers,
}: EvaluateOptions): CompletionSettings {
  return {
    ...EVALUATION_SETTINGS,
    maxTokens: numbers["max-tokens"],
    contextTokens: numbers["context-tokens"],
    stopAt,
    mode: modes[0]!,
  };
}

function charactersOf({ numbers }: EvaluateOptions): number {
  return numbers.characters < 0 ? 10 * numbers.sample : numbers.characters;
}

async function evaluateDocuments(
  engine: Engine,
  options: EvaluateOptions,
): Promise<void> {
  const { strings, numbers, flags, modes } = options;
  const settings = settingsOf(options);
  const { seed } = numbers;
  const whole = readDocuments(strings.documents);
  const documents = flags.cold
    ? coldTexts(whole, { characters: charactersOf(options), seed })
    : whole;
  const plan = planEvaluation(documents, {
    sample: numbers.sample,
    characters: flags.cold ? Infinity : charactersOf(options),
    seed,
  });
  const baselines = new BaselineScores(
    documents,
    plan.spans,
    baselineTexts(documents, { plan, options }),
  );
  const memory = workspaceMemory(engine, options);
  const results: EvaluationResult[] = [];
  for (const hasMemory of memory ? [false, true] : [false]) {
    engine.useMemory(hasMemory ? memory : undefined);
    const pass = await record(engine, { documents, plan, options, hasMemory });
    const bitsPerCharacter = flags["no-bits"]
      ? undefined
      : await (hasMemory
          ? countMixedBits(engine, documents)
          : countBits(documents, options));
    const ofPass = modes.map((mode) =>
      evaluateMode(pass, {
        plan,
        mode,
        settings: { ...settings, mode },
        baselines,
        bitsPerCharacter,
        hasMemory,
      }),
    );
    results.push(...ofPass);
    if (strings.curve !== "" && hasMemory === (memory !== undefined)) {
      const picture = drawCurve(pass, { plan, results: ofPass, options });
      writeFileAtomically(strings.curve, picture);
    }
  }
  if (!flags.json) process.stdout.write(`${formatResults(results)}\n`);
  else for (const result of results) print(result);
}

/** The texts of `--workspace`, under their own names; undefined where there are none. */
function workspaceMemory(
  engine: Engine,
  { strings, flags }: EvaluateOptions,
): WorkspaceMemory | undefined {
  if (strings.workspace === "" || flags["no-memory"]) return undefined;
  const memory = new WorkspaceMemory(Infinity);
  for (const { name, text } of readDocuments(strings.workspace)) {
    memory.set(name, engine.encode(text));
  }
  return memory;
}

/** Bits per character of the mixture, each text without itself in the memory. */
async function countMixedBits(
  engine: Engine,
  documents: readonly EvaluationDocument[],
): Promise<number> {
  let bits = 0;
  let characters = 0;
  for (const { name, text } of documents) {
    const counted = await engine.countBits(text, { cacheKey: name });
    bits += counted.bits;
    characters += counted.characters;
  }
  return characters > 0 ? bits / characters : 0;
}

async function countBits(
  documents: readonly EvaluationDocument[],
  { strings, numbers }: EvaluateOptions,
): Promise<number> {
  const scorer = await loadTextScorer(
    requestOf({ ...strings, threads: numbers.threads }),
  );
  try {
    return await scoreTexts(scorer, documents);
  } finally {
    await scorer.dispose();
  }
}

async function record(
  engine: Engine,
  {
    documents,
    plan,
    options,
    hasMemory,
  }: {
    documents: EvaluationDocument[];
    plan: EvaluationPlan;
    options: EvaluateOptions;
    hasMemory: boolean;
  },
): Promise<RecordedPass> {
  // What is recorded depends on no mode.
  const settings: CompletionSettings = {
    ...settingsOf(options),
    mode: "eager",
  };
  const pass = new RecordedPass(documents, settings);
  const { adapter } = engine.description;
  const completer = { heal: !options.flags["no-heal"] };
  const { record: recordFile, workspace } = options.strings;
  const file = hasMemory ? `${recordFile}.memory` : recordFile;
  const onRecord =
    recordFile === ""
      ? undefined
      : openRecordFile(file, {
          key: passKey({
            documents,
            plan,
            settings,
            completer,
            model: hashModel(openModelFolder(options.strings.model)),
            ...(adapter ? { adapter: hashAdapter(adapter.folder) } : {}),
            ...(hasMemory ? { memory: readDocuments(workspace) } : {}),
          }),
          pass,
        });
  const progress = showProgress("Typing");
  await recordPass(engineGenerator(engine), {
    plan,
    pass,
    options: {
      settings,
      completer,
      onProgress: (done, total) => progress(done / total),
      ...(onRecord ? { onRecord } : {}),
    },
  });
  return pass;
}

/** Where no other text is given, the baselines are tuned on the very documents that are typed, in their favour. */
function baselineTexts(
  documents: EvaluationDocument[],
  { plan, options }: { plan: EvaluationPlan; options: EvaluateOptions },
): BaselineTexts {
  const { workspace: folder, tune } = options.strings;
  const workspace = folder === "" ? [] : readDocuments(folder);
  const heldBack = workspace.filter((_, index) => index % 4 === 3);
  const tuned = tune === "" ? heldBack : readDocuments(tune);
  if (tuned.length === 0) {
    return {
      workspace,
      tuning: { workspace, documents, spans: plan.spans },
    };
  }
  return {
    workspace,
    tuning: {
      workspace:
        tune === ""
          ? workspace.filter((each) => !heldBack.includes(each))
          : workspace,
      documents: tuned,
      spans: planEvaluation(tuned, {
        sample: 0,
        characters: charactersOf(options) / 2,
        seed: options.numbers.seed,
      }).spans,
    },
  };
}

/** The curve of all thresholds, in the proportion that the balanced mode has, with the modes on it. */
function drawCurve(
  pass: RecordedPass,
  {
    plan,
    results,
    options,
  }: {
    plan: EvaluationPlan;
    results: readonly EvaluationResult[];
    options: EvaluateOptions;
  },
): string {
  const { minFirstWord, minRunning, minCharacters } = GATE_SETTINGS.balanced;
  const points: CurvePoint[] = [];
  for (let percent = 5; percent <= 95; percent += 5) {
    const gate = {
      minFirstWord: percent / 100,
      minRunning: ((percent / 100) * minRunning) / minFirstWord,
      minCharacters,
    };
    const settings = settingsOf(options);
    points.push(scoreGate(pass, { plan, gate, settings }).figures);
  }
  const modes = results.map(({ precision, coverage, mode }) => ({
    precision,
    coverage,
    label: mode,
  }));
  const line = points.map(({ precision, coverage }) => ({
    precision,
    coverage,
  }));
  return drawCurves([
    {
      title: path.basename(options.strings.documents),
      points: [...line, ...modes],
    },
  ]);
}

async function evaluateCases(
  engine: Engine,
  options: EvaluateOptions,
): Promise<void> {
  engine.useMemory(workspaceMemory(engine, options));
  const lines = readFileSync(options.strings.cases, "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const each = parseCase(line, index + 1);
    print(
      await runCase(engineGenerator(engine), {
        each,
        settings: settingsOf(options),
      }),
    );
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
