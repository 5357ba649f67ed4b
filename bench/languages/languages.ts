// How often Inkling is silent because the model does not know the language, by folder of texts: places are drawn, the
// language of the text before each is asked for, and where there is one, what the model needs for that text.

import { statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { readFileSync, readdirSync } from "node:fs";
import { defaultCacheFolder } from "../../src/cli/places";
import { HelpRequest, UsageError } from "../../src/cli/options";
import { quantile } from "../../src/common/statistics";
import {
  bitsPerLetter,
  isKnown,
  LANGUAGE_CHARACTERS,
  measuredText,
} from "../../src/completion/languageKnowledge";
import { loadEngine, type Engine } from "../../src/engine/engine";
import { seededRandom } from "../../src/common/random";
import { writtenLanguage } from "../../src/text/writtenLanguage";

const USAGE = `npm run bench -- languages [--places N] [--measured N] [--model DIR] FOLDER...

At --places (1000) places of the texts in each folder: the language found; and at --measured (20) of them, bits per
letter of the text before, whether Inkling is silent there, and how long the measurement takes. English, code and mixtures are to have no language.`;

/** Runs the benchmark. */
export async function runBenchLanguages(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      places: { type: "string", default: "1000" },
      measured: { type: "string", default: "20" },
      model: { type: "string", default: "models/smollm2-135m-instruct" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (values.help) throw new HelpRequest(USAGE);
  if (positionals.length === 0) {
    throw new UsageError(`Found no folder, expected one\n\n${USAGE}`);
  }
  const engine = await loadEngine(
    {
      modelFolder: values.model,
      cacheFolder: defaultCacheFolder(),
      threads: 2,
    },
    () => undefined,
  );
  process.stdout.write(
    "| texts | language found | silent | bits per letter: least, median, most | ms |\n| --- | --- | --- | --- | ---: |\n",
  );
  for (const folder of positionals) {
    const row = await rowOf(folder, {
      engine,
      numPlaces: Number(values.places),
      numMeasured: Number(values.measured),
    });
    process.stdout.write(`${row}\n`);
  }
  await engine.dispose();
}

async function rowOf(
  folder: string,
  {
    engine,
    numPlaces,
    numMeasured,
  }: { engine: Engine; numPlaces: number; numMeasured: number },
): Promise<string> {
  const texts = textsIn(folder);
  const random = seededRandom(1);
  const counts = new Map<string, number>();
  const measured: number[] = [];
  const times: number[] = [];
  let numSilent = 0;
  for (let place = 0; place < numPlaces; place++) {
    const text = texts[Math.floor(random() * texts.length)]!;
    const before = text.slice(0, Math.floor(random() * text.length));
    const language = writtenLanguage(before.slice(-LANGUAGE_CHARACTERS));
    counts.set(language ?? "none", (counts.get(language ?? "none") ?? 0) + 1);
    if (language === undefined || measured.length >= numMeasured) continue;
    const start = performance.now();
    const pieces = await engine.measureText({
      text: measuredText(language, before),
      cacheKey: "bench",
    });
    times.push(performance.now() - start);
    measured.push(bitsPerLetter(language, pieces));
    if (!isKnown(language, pieces)) numSilent++;
  }
  const found = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${percent(count / numPlaces)}`);
  const numWithout = counts.get("none") ?? 0;
  const silent =
    measured.length === 0
      ? 0
      : (numSilent / measured.length) * (1 - numWithout / numPlaces);
  const bits = [0, 0.5, 1].map(
    (share) => quantile(measured, share)?.toFixed(2) ?? "–",
  );
  return `| ${path.basename(folder)} | ${found.join(", ")} | ${percent(silent)} | ${bits.join(", ")} | ${quantile(times, 0.5)?.toFixed(0) ?? "–"} |`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** All files below, as text. */
function textsIn(place: string): string[] {
  if (statSync(place).isFile()) return [readFileSync(place, "utf8")];
  const names = readdirSync(place).filter((name) => !/^LICEN[CS]E/.test(name));
  return names.flatMap((name) => textsIn(path.join(place, name)));
}
