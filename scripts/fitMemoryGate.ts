// Fits the gate that weighs model, workspace and document (src/memory/gate.ts) on development text and writes its
// weights. Each document of a corpus is predicted with the others as its workspace, and once more with none.
//   npx tsx scripts/fitMemoryGate.ts [--tokens N] [--documents N] [--threads N] [--adapter DIR] CORPUS…

import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { loadEngineParts, type EngineParts } from "../src/engine/engine";
import { wordContinuation } from "../src/engine/memoryMixer";
import { predictText } from "../src/engine/textPredictions";
import { readDocuments } from "../src/evaluation/readDocuments";
import { blendOrders } from "../src/memory/contextDistribution";
import { gateInputs, type GateWeights } from "../src/memory/gate";
import { opinionOf } from "../src/memory/modelOpinion";
import { continuationsWithin } from "../src/memory/textContinuations";
import { WorkspaceMemory } from "../src/memory/workspaceMemory";
import { defaultCacheFolder, EMBEDDED_MODEL } from "../src/cli/places";
import { fitGate, meanLoss, type GateExample } from "./gateFit";

const TARGET = path.resolve(__dirname, "../src/memory/gateWeights.json");
/** Tokens before the cursor that a suggestion is asked with, as in the settings. */
const CONTEXT_TOKENS = 512;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      tokens: { type: "string", default: "2000" },
      documents: { type: "string", default: "Infinity" },
      threads: { type: "string", default: "2" },
      adapter: { type: "string" },
    },
    allowPositionals: true,
  });
  const adapters = [undefined, values.adapter].filter(
    (adapter, index) => index === 0 || adapter !== undefined,
  );
  const examples: GateExample[] = [];
  for (const adapterFolder of adapters) {
    const parts = await loadEngineParts(
      {
        modelFolder: path.resolve(__dirname, "../models", EMBEDDED_MODEL),
        cacheFolder: defaultCacheFolder(),
        threads: Number(values.threads),
        adapterFolder,
      },
      () => {},
    );
    for (const corpus of positionals) {
      examples.push(
        ...(await collectExamples(parts, {
          corpus,
          maxTokens: Number(values.tokens),
          maxDocuments: Number(values.documents),
        })),
      );
    }
    await parts.sessions.decode.release();
    await parts.sessions.prefill?.release();
  }
  checkAcrossDocuments(examples);
  const command = [
    "npx tsx scripts/fitMemoryGate.ts",
    `--tokens ${values.tokens}`,
    `--documents ${values.documents}`,
    ...(values.adapter ? ["--adapter DIR"] : []),
    ...positionals.map((corpus) => path.basename(corpus)),
  ].join(" ");
  const weights: GateWeights = { command, ...fitGate(examples) };
  const json = JSON.stringify(weights, roundNumber);
  writeFileSync(TARGET, await format(json, { parser: "json" }));
  console.log(`${TARGET}: bits a token ${describe(examples, weights)}`);
}

/** Every second document is left out of a fit and measured with it, so that the figures are of text it has not seen. */
function checkAcrossDocuments(examples: readonly GateExample[]): void {
  for (const side of [0, 1]) {
    const isOut = ({ document }: GateExample) => document % 2 === side;
    const weights = fitGate(examples.filter((each) => !isOut(each)));
    const out = examples.filter(isOut);
    console.log(`not seen by the fit: bits a token ${describe(out, weights)}`);
  }
}

function describe(
  examples: readonly GateExample[],
  weights: Omit<GateWeights, "command">,
): string {
  const bits = (loss: number) => (loss / Math.LN2).toFixed(4);
  return [true, false]
    .map((isWith) => {
      const kind = examples.filter((each) => each.isWithWorkspace === isWith);
      const { model, mixed } = meanLoss(kind, weights);
      const change = ((100 * mixed) / model - 100).toFixed(1);
      return `${isWith ? "with" : "without"} workspace ${bits(model)} -> ${bits(mixed)} (${change}%, ${kind.length} tokens)`;
    })
    .join(", ");
}

async function collectExamples(
  parts: EngineParts,
  {
    corpus,
    maxTokens,
    maxDocuments,
  }: { corpus: string; maxTokens: number; maxDocuments: number },
): Promise<GateExample[]> {
  const documents = readDocuments(corpus).map(({ name, text }) => ({
    name,
    tokenIds: Uint32Array.from(parts.tokenizer.encode(text)),
  }));
  const continuesWord = wordContinuation(parts.tokenizer);
  const memory = new WorkspaceMemory(Infinity);
  for (const { name, tokenIds } of documents) memory.set(name, tokenIds);
  const examples: GateExample[] = [];
  // Spread over the corpus, whose documents of a kind lie together.
  const every = Math.max(1, documents.length / maxDocuments);
  const chosen = documents.filter(
    (_, index) => Math.floor(index % every) === 0,
  );
  for (const [document, { name, tokenIds }] of chosen.entries()) {
    const start = performance.now();
    const read = [...tokenIds.subarray(0, maxTokens)];
    for await (const { index, logProbabilities } of predictText(parts, read)) {
      const context = read.slice(Math.max(0, index - CONTEXT_TOKENS), index);
      const tokenId = read[index]!;
      const model = opinionOf(logProbabilities);
      const own = blendOrders(continuationsWithin(context));
      const all = memory.continuations(context, { except: name });
      for (const isWithWorkspace of [true, false]) {
        const workspace = blendOrders(isWithWorkspace ? all : []);
        const ofModel = model.probabilityOf(tokenId);
        const part = ({ probabilities, escape, longest }: typeof own) =>
          longest && (probabilities.get(tokenId) ?? 0) + escape * ofModel;
        examples.push({
          document,
          isWithWorkspace,
          inputs: gateInputs({
            workspace,
            document: own,
            model,
            continuesWord,
          }),
          probabilities: [ofModel, part(workspace), part(own)],
        });
      }
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${name}: ${read.length} tokens, ${seconds} s`);
  }
  return examples;
}

/** Six digits are more than the fit knows. */
function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

void main();
