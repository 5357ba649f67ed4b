// "inkling complete" on a tiny GPT-2 with random weights: what it writes is known from transformers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { runComplete } from "../../../src/cli/complete";
import { withDefaultValue } from "../../../src/cli/options";
import { loadTokenizer } from "../../../src/tokenizer/tokenizer";
import { mostProbable, type NextToken } from "../../../src/engine/nextTokens";
import { assertClose } from "../support/assertClose";

const MODEL = path.join(__dirname, "../../fixtures/gpt2-tiny");
const golden = JSON.parse(
  readFileSync(path.join(MODEL, "golden.json"), "utf8"),
) as {
  scoredTokenIds: number[];
  lastLogits: number[];
  greedy: { prompt: number[]; tokenIds: number[] };
};

/** Runs the command; returns what it wrote to stdout. */
async function run(...args: string[]): Promise<string> {
  const write = process.stdout.write.bind(process.stdout);
  let written = "";
  process.stdout.write = (chunk: string | Uint8Array) => {
    written +=
      typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  try {
    await runComplete([...args, "--model", MODEL, "--threads", "1"]);
  } finally {
    process.stdout.write = write;
  }
  return written;
}

suite("runComplete() with a GPT-2 folder", () => {
  let prompt: string;
  suiteSetup(async () => {
    const tokenizer = await loadTokenizer(MODEL);
    prompt = tokenizer.decode(golden.greedy.prompt);
  });

  interface Written {
    generations: { text: string; tokens: { tokenId: number }[] }[];
  }
  const idsOf = ({ tokens }: Written["generations"][number]) =>
    tokens.map(({ tokenId }) => tokenId);

  test("continues greedily as transformers does, the same each time", async () => {
    const written = await run(
      prompt,
      ...["--max-tokens", String(golden.greedy.tokenIds.length)],
      ...["--count", "2", "--json"],
    );
    const { generations } = JSON.parse(written) as Written;
    assert.deepEqual(generations.map(idsOf), [
      golden.greedy.tokenIds,
      golden.greedy.tokenIds,
    ]);
  });

  test("samples several sequences that differ, and the same ones with the same seed", async () => {
    const args = ["--max-tokens", "50", "--count", "3", "--temperature", "1"];
    const written = await run(prompt, ...args, "--json");
    const { generations } = JSON.parse(written) as Written;
    const texts = generations.map(({ text }) => text);
    assert.equal(new Set(texts).size, 3);
    const again = await run(prompt, ...args);
    assert.equal(
      again,
      texts.map((text, at) => `${at + 1}. ${prompt}${text}\n\n`).join(""),
    );
    assert.ok(!again.includes("<|endoftext|>"));
  });

  test("--logits lists the next tokens with the probabilities of transformers", async () => {
    const tokenizer = await loadTokenizer(MODEL);
    const text = tokenizer.decode(golden.scoredTokenIds);
    assert.deepEqual(tokenizer.encode(text), golden.scoredTokenIds);
    const expected = mostProbable(Float32Array.from(golden.lastLogits), 7);
    const written = await run(text, "--logits", "7", "--json");
    const { promptTokens, candidates } = JSON.parse(written) as {
      promptTokens: number;
      candidates: NextToken[];
    };
    assert.equal(promptTokens, golden.scoredTokenIds.length);
    assert.deepEqual(
      candidates.map(({ tokenId }) => tokenId),
      expected.map(({ tokenId }) => tokenId),
    );
    assertClose(
      candidates.map(({ probability }) => probability),
      expected.map(({ probability }) => probability),
      { name: "probabilities", atol: 1e-5 },
    );
    const lines = (await run(text, "--logits")).trimEnd().split("\n");
    assert.equal(lines.length, 10);
    const [first] = candidates;
    const percent = (100 * first!.probability).toFixed(2);
    assert.equal(
      lines[0],
      ` 1.   ${percent}%  ${JSON.stringify(first!.text)} (token ${first!.tokenId})`,
    );
  });

  test("--logits writes special tokens out", async () => {
    const written = await run("", "--logits", "300", "--json");
    const { candidates } = JSON.parse(written) as { candidates: NextToken[] };
    assert.equal(candidates.length, 300);
    const end = candidates.find(({ tokenId }) => tokenId === 0);
    assert.equal(end!.text, "<|endoftext|>");
    const sum = candidates.reduce((total, each) => total + each.probability, 0);
    assertClose([sum], [1], { name: "sum of all", atol: 1e-5 });
  });
});

suite("mostProbable()", () => {
  test("gives the largest entries of the softmax, ties by token id", () => {
    const logits = Float32Array.from([1, 3, 2, 3].map(Math.log));
    const found = mostProbable(logits, 3);
    assert.deepEqual(
      found.map(({ tokenId }) => tokenId),
      [1, 3, 2],
    );
    assertClose(
      found.map(({ probability }) => probability),
      [3 / 9, 3 / 9, 2 / 9],
      { name: "probabilities", atol: 1e-6 },
    );
  });
});

suite("withDefaultValue()", () => {
  const check = (args: string[], expected: string[]) =>
    assert.deepEqual(
      withDefaultValue(args, { name: "--logits", value: "10" }),
      expected,
    );

  test("puts the value in where none stands", () => {
    check(["text", "--logits"], ["text", "--logits", "10"]);
    check(["--logits", "--json"], ["--logits", "10", "--json"]);
    check(["--logits", "some text"], ["--logits", "10", "some text"]);
  });

  test("leaves a value that is there", () => {
    check(["--logits", "3", "text"], ["--logits", "3", "text"]);
    check(["text"], ["text"]);
  });
});
