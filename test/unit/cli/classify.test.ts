// "inkling classify" on a tiny GPT-2 with random weights: which rows are told, and what is refused.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runClassify } from "../../../src/cli/classify";
import { UsageError } from "../../../src/cli/options";
import { useTemporaryFolder } from "../support/temporaryFolder";

const MODEL = path.join(__dirname, "../../fixtures/gpt2-tiny");

suite("runClassify()", () => {
  const inFolder = useTemporaryFolder();

  /** Runs the command on a file with this text; returns what it wrote to stdout. */
  async function run(name: string, text: string, ...args: string[]) {
    const file = inFolder(name);
    writeFileSync(file, text);
    const write = process.stdout.write.bind(process.stdout);
    let written = "";
    process.stdout.write = (chunk: string | Uint8Array) => {
      written += String(chunk);
      return true;
    };
    try {
      await runClassify([file, "--model", MODEL, "--threads", "1", ...args]);
    } finally {
      process.stdout.write = write;
    }
    return written;
  }

  test("tells a label and its probability for each line, and nothing of what is right", async () => {
    const written = await run("lines.txt", "one\n\ntwo\n", "--labels", "a,b");
    const lines = written.trimEnd().split("\n");
    assert.equal(lines.length, 2);
    for (const [index, text] of ["one", "two"].entries()) {
      assert.match(lines[index]!, new RegExp(`^[ab]\t\\d+\\.\\d%\t${text}$`));
    }
  });

  test("counts what is right where the rows say, row by row and in a table", async () => {
    const rows = "text,label\none,a\ntwo,b\nthree,a\nfour,\nfive,other\n";
    const json = JSON.parse(
      await run("rows.csv", rows, "--labels", "a,b", "--json"),
    ) as {
      answers: {
        expected?: string;
        labels: { label: string; probability: number }[];
      }[];
      rows: number;
      right: number;
      confusions: number[][];
    };
    assert.equal(json.answers.length, 5);
    for (const { labels } of json.answers) {
      const sum = labels.reduce((total, each) => total + each.probability, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
      assert.ok(labels[0]!.probability >= labels[1]!.probability);
    }
    assert.equal(json.rows, 3);
    const isRight = json.answers.filter(
      ({ expected, labels }) => expected === labels[0]!.label,
    );
    assert.equal(json.right, isRight.length);
    assert.deepEqual(
      json.confusions.map((row) => row.reduce((sum, n) => sum + n)),
      [2, 1],
    );
    const words = await run("rows.csv", rows, "--labels", "a,b");
    assert.match(words, /Right: \d of 3 \(\d+\.\d%\)\nright \\ found +a +b\n/);
    assert.equal((words.match(/\(expected/g) ?? []).length, 3 - json.right + 1);
  });

  test("labels that nobody named, one alone and a file without texts are refused", async () => {
    const refuses = (expected: RegExp, ...args: string[]) =>
      assert.rejects(run("x.txt", "one", ...args), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, expected);
        return true;
      });
    await refuses(/neither --adapter nor --labels/);
    await refuses(/--labels is "a", expected at least two/, "--labels", "a");
    await refuses(/learned no labels/, "--adapter", inFolder("none"));
    await assert.rejects(run("x.txt", "\n", "--labels", "a,b"), /has no texts/);
  });
});
