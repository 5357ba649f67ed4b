// What a model writes on with, greedily, after everyday beginnings: to be read, before and after weights are changed.
// npx tsx bench/beginnings.ts [--model DIR]... [--tokens N]
// Prints a table of Markdown: each beginning, and below it the continuation of the model in the package and of each DIR.

import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { defaultCacheFolder } from "../src/cli/places";
import { loadEngine } from "../src/engine/engine";
import { greedyRequest } from "../src/protocol/generation";
import { threadsFor } from "../src/settings/threads";

const EMBEDDED = path.join(__dirname, "../models/smollm2-135m-instruct");

interface Beginning {
  kind: string;
  text: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: "string", multiple: true, default: [] },
      tokens: { type: "string", default: "32" },
    },
  });
  const beginnings = JSON.parse(
    readFileSync(path.join(__dirname, "beginnings.json"), "utf8"),
  ) as Beginning[];
  const models = [EMBEDDED, ...values.model];
  const columns: string[][] = [];
  for (const model of models) {
    columns.push(
      await writeOn(model, beginnings, { maxTokens: Number(values.tokens) }),
    );
  }
  const lines = ["| | beginning and continuations |", "| --- | --- |"];
  for (const [index, { kind, text }] of beginnings.entries()) {
    lines.push(`| ${index + 1} ${kind} | **${text}** |`);
    for (const [place, column] of columns.entries()) {
      lines.push(
        `| ${path.basename(models[place]!)} | ${inCell(column[index]!)} |`,
      );
    }
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The greedy continuation of each beginning, cut where the model ends a text. */
async function writeOn(
  model: string,
  beginnings: readonly Beginning[],
  { maxTokens }: { maxTokens: number },
): Promise<string[]> {
  const engine = await loadEngine(
    {
      modelFolder: model,
      cacheFolder: defaultCacheFolder(),
      threads: threadsFor("writing"),
    },
    () => undefined,
  );
  try {
    const texts: string[] = [];
    for (const { text } of beginnings) {
      const { generations } = await engine.generate(
        greedyRequest({
          prompt: text,
          contextTokens: 512,
          maxTokens,
          cacheKey: "beginnings",
        }),
        { isCancelled: () => false, onText: () => undefined },
      );
      texts.push(generations[0]!.text);
    }
    return texts;
  } finally {
    await engine.dispose();
  }
}

/** Text on one line of a table. */
function inCell(text: string): string {
  return text.replaceAll("\n", "⏎").replaceAll("|", "\\|");
}

void main();
