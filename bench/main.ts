// npm run bench -- NAME: what Inkling costs, how it compares with its peer, and what its speed costs in quality.

import { runBenchDecode } from "./decode/decode";
import { runBenchFuzz } from "./fuzz/fuzz";
import { runBenchGenerate } from "./generate/generate";
import { runBenchLanguages } from "./languages/languages";
import { runBenchLogProbabilities } from "./quality/logProbabilities";
import { runBenchMemory } from "./memory/memory";
import { runBenchPeers } from "./peers/peers";
import { runBenchQuality } from "./quality/quality";
import { runBenchResident } from "./resident";
import { runBenchSecrets } from "./secrets/secrets";
import { runBenchTyping } from "./typing/typing";
import { endWith } from "../src/cli/endWith";
import { HelpRequest, UsageError } from "../src/cli/options";

const USAGE = `npm run bench -- decode     loading, reading and writing speed, and memory
npm run bench -- peers      the same beside llama.cpp, turn by turn
npm run bench -- typing     the wait for a suggestion in each situation of writing
npm run bench -- memory     reading a workspace for its memory, and asking it
npm run bench -- resident   what stays in memory when the model was let go and adapters were exchanged
npm run bench -- quality    what each step that makes it fast costs in bits per character
npm run bench -- languages  where Inkling is silent because the model does not know the language
npm run bench -- generate   what Generate makes of thirty everyday texts, for a person to judge
npm run bench -- log-probabilities  of the tokens of a text, to compare with Python
npm run bench -- fuzz       files that are damaged or made to break their readers, by what becomes of them
npm run bench -- secrets    secrets that are missed and harmless lines that are taken for one

Each explains itself with --help.`;

const BENCHMARKS = new Map([
  ["decode", runBenchDecode],
  ["peers", runBenchPeers],
  ["typing", runBenchTyping],
  ["memory", runBenchMemory],
  ["resident", runBenchResident],
  ["languages", runBenchLanguages],
  ["generate", runBenchGenerate],
  ["quality", runBenchQuality],
  ["fuzz", runBenchFuzz],
  ["secrets", runBenchSecrets],
  ["log-probabilities", runBenchLogProbabilities],
]);

async function main([name = "", ...args]: string[]): Promise<void> {
  if (name === "" || name === "--help") throw new HelpRequest(USAGE);
  const run = BENCHMARKS.get(name);
  if (!run) {
    throw new UsageError(`Found "${name}", expected one of these:\n\n${USAGE}`);
  }
  await run(args);
}

endWith(main(process.argv.slice(2)));
