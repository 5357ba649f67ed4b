// How many secrets are missed and how many harmless lines are taken for one, by kind, on lines drawn with a fixed seed.

import { HelpRequest } from "../../src/cli/options";
import { findSecret } from "../../src/documents/secretText";
import { drawLines, HARMLESS, SECRETS, type Forms, type Line } from "./kinds";

/** Lines of each kind; so there are more than 200 secrets and more than 1,000 harmless lines. */
const SECRETS_OF_A_KIND = 100;
const HARMLESS_OF_A_KIND = 250;

/** What of a kind went wrong. */
export interface KindResult {
  kind: string;
  lines: number;
  wrong: Line[];
}

/** Both sides, by kind. */
export function measureSecrets(seed = 1): {
  missed: KindResult[];
  falseAlarms: KindResult[];
} {
  const judge = (forms: Forms, count: number, isSecret: boolean) => {
    const lines = drawLines(forms, count, seed);
    return Object.keys(forms).map((kind) => {
      const ofKind = lines.filter((line) => line.kind === kind);
      const wrong = ofKind.filter(
        ({ text }) => (findSecret(inText(text)) !== undefined) !== isSecret,
      );
      return { kind, lines: ofKind.length, wrong };
    });
  };
  return {
    missed: judge(SECRETS, SECRETS_OF_A_KIND, true),
    falseAlarms: judge(HARMLESS, HARMLESS_OF_A_KIND, false),
  };
}

/** A line as it stands in a document. */
function inText(line: string): string {
  return `# Notes\n\nSome words before it.\n${line}\nAnd some after.\n`;
}

/** The sum of several kinds. */
export function shareWrong(results: readonly KindResult[]): number {
  const sum = (of: (result: KindResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return sum(({ wrong }) => wrong.length) / sum(({ lines }) => lines);
}

/** `npm run bench -- secrets`. */
export function runBenchSecrets(args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    throw new HelpRequest(
      "npm run bench -- secrets    has no options: the lines are drawn with a fixed seed",
    );
  }
  const { missed, falseAlarms } = measureSecrets();
  printSide("secrets missed", missed);
  printSide("false alarms", falseAlarms);
  return Promise.resolve();
}

function printSide(title: string, results: readonly KindResult[]): void {
  console.log(`\n${title}: ${(100 * shareWrong(results)).toFixed(2)}%`);
  for (const { kind, lines, wrong } of results) {
    console.log(`${kind.padEnd(28)} ${wrong.length} of ${lines}`);
    const texts = new Set(wrong.map(({ text }) => text));
    for (const text of [...texts].slice(0, 3)) {
      console.log(`    ${text.replaceAll("\n", "⏎").slice(0, 110)}`);
    }
  }
}
