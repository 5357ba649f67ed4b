import assert from "node:assert/strict";
import {
  formatTable,
  median,
  parseTokenCounts,
  rounded,
  Samples,
} from "../../../bench/figures";
import {
  CONTINUATION,
  parseQuestion,
  speedQuestions,
} from "../../../bench/decode/measures";
import { parseHighWaterMark } from "../../../src/trainer/peakMemory";

suite("Figures of benchmarks", () => {
  test("median() is the middle value, or the mean of the two in the middle", () => {
    const check = (values: number[], expected: number) =>
      assert.equal(median(values), expected);
    check([7], 7);
    check([9, 1, 5], 5);
    check([10, 2, 9, 100], 9.5);
    assert.throws(() => median([]), /no values/);
  });

  test("median() leaves its values in their order", () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });

  test("rounded() keeps as many decimals as asked", () => {
    assert.equal(rounded(1.23456), 1.235);
    assert.equal(rounded(1.23456, 4), 1.2346);
    assert.equal(rounded(12), 12);
  });

  test("Samples.median() keeps values of different names apart", () => {
    const samples = new Samples();
    for (const value of [1, 5, 3]) samples.add("decode 64", value);
    samples.add("decode 512", 8.00049);
    assert.equal(samples.median("decode 64"), 3);
    assert.equal(samples.median("decode 512"), 8);
    assert.throws(() => samples.median("prefill 64"), /no values/);
  });

  test("parseTokenCounts() takes whole numbers within range and names the option otherwise", () => {
    const parse = (text: string) =>
      parseTokenCounts("contexts", { text, max: 1024 });
    assert.deepEqual(parse("64, 512,64"), [64, 512]);
    for (const text of ["", "64,", "0", "1.5", "64;512", "1025", "many"]) {
      assert.throws(() => parse(text), /--contexts is ".*", expected numbers/);
    }
  });

  test("formatTable() aligns the first column left and the others right", () => {
    const table = formatTable(
      ["", "ours", "ratio"],
      [
        ["reading", "1000", "1.5"],
        ["a", "9", "0.25"],
      ],
    );
    assert.deepEqual(table.split("\n"), [
      "         ours  ratio",
      "reading  1000    1.5",
      "a           9   0.25",
    ]);
  });

  test("parseHighWaterMark() reads VmHWM and nothing else", () => {
    const status = "VmPeak:\t 999 kB\nVmHWM:\t  443212 kB\nVmRSS:\t 5 kB\n";
    assert.equal(parseHighWaterMark(status), 443212);
    assert.equal(parseHighWaterMark("VmRSS:\t 5 kB\n"), undefined);
  });

  test("speedQuestions() asks everything at each context and the continuation once", () => {
    const questions = speedQuestions([64, 512]);
    assert.equal(questions.length, 9);
    assert.deepEqual(questions[0], { measure: "prefill", tokens: 64 });
    assert.deepEqual(questions[8], CONTINUATION);
  });

  test("parseQuestion() refuses what cannot be measured", () => {
    assert.deepEqual(parseQuestion('{"measure":"decode","tokens":64}'), {
      measure: "decode",
      tokens: 64,
    });
    assert.deepEqual(parseQuestion('{"measure":"memory"}'), {
      measure: "memory",
      tokens: 1,
    });
    const lines = ["", "null", "{}", '{"measure":"decode","tokens":"64"}'];
    for (const line of [...lines, '{"measure":"toString"}']) {
      assert.throws(() => parseQuestion(line), /Cannot measure/);
    }
  });
});
