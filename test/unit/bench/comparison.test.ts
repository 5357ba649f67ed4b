import assert from "node:assert/strict";
import { compare } from "../../../bench/peers/comparison";
import {
  BestSettings,
  questionForPeer,
  type PeerSettings,
  type Program,
} from "../../../bench/peers/peerTrial";

type Asked = { measure: string; tokens: number; chunkTokens?: number };

/** A program that answers what it is told to, and notes what it was asked. */
function fakeProgram(
  name: string,
  { log, value }: { log: string[]; value: (question: Asked) => number },
): Program {
  return {
    times: { loadMs: value({ measure: "load", tokens: 0 }), firstTokenMs: 9 },
    async ask(question) {
      const asked = question as Asked;
      const chunk = asked.chunkTokens ? ` by ${asked.chunkTokens}` : "";
      log.push(`${name}: ${asked.measure} ${asked.tokens}${chunk}`);
      return { value: value(asked), tokensPerRun: 96 };
    },
    async end() {
      log.push(`${name}: end`);
    },
  };
}

const SMALL: PeerSettings = { flashAttention: false, batchTokens: 64 };
const LARGE: PeerSettings = { flashAttention: true, batchTokens: 512 };

/** The peer reads faster in large batches, and writes faster in small ones. */
function peerValue({ measure }: Asked, { batchTokens }: PeerSettings): number {
  const isLarge = batchTokens === LARGE.batchTokens;
  switch (measure) {
    case "prefill":
      return isLarge ? 900 : 700;
    case "decode":
      return isLarge ? 100 : 120;
    case "continuation":
      return isLarge ? 40 : 36;
    case "memory":
      return isLarge ? 400 : 300;
    default:
      return 250;
  }
}

function ourValue({ measure, tokens }: Asked): number {
  switch (measure) {
    case "prefill":
      return 1350;
    case "prefillChunked":
      return 1080;
    case "decode":
      return tokens === 64 ? 180 : 150;
    case "decodeInLongRuns":
      return 240;
    case "continuation":
      return 24;
    case "memory":
      return 450;
    default:
      return 500;
  }
}

async function run(rounds: number) {
  const log: string[] = [];
  const comparison = await compare(
    {
      ours: async () => fakeProgram("ours", { log, value: ourValue }),
      peer: async (settings) =>
        fakeProgram(`peer ${settings.batchTokens}`, {
          log,
          value: (question) => peerValue(question, settings),
        }),
    },
    {
      contexts: [64, 512],
      rounds,
      settings: [SMALL, LARGE],
      onProgress: () => {},
    },
  );
  return { comparison, log };
}

suite("Comparison with a peer", () => {
  test("compare() sets each of our figures against the peer's best", async () => {
    const { comparison } = await run(2);
    const { peerSettings, ...figures } = comparison;
    assert.deepEqual(figures, {
      prefill: [
        { tokens: 64, ours: 1350, peer: 900, ratio: 1.5 },
        { tokens: 512, ours: 1350, peer: 900, ratio: 1.5 },
      ],
      prefillChunked: [
        { tokens: 64, chunkTokens: 96, ours: 1080, peer: 900, ratio: 1.2 },
        { tokens: 512, chunkTokens: 96, ours: 1080, peer: 900, ratio: 1.2 },
      ],
      decode: [
        { context: 64, ours: 180, peer: 120, ratio: 1.5 },
        { context: 512, ours: 150, peer: 120, ratio: 1.25 },
      ],
      decodeInLongRuns: [
        { context: 64, ours: 240, peer: 120, ratio: 2 },
        { context: 512, ours: 240, peer: 120, ratio: 2 },
      ],
      continuation4: { context: 512, oursMs: 24, peerMs: 36, ratio: 1.5 },
      loadMs: { ours: 500, peer: 250 },
      firstTokenMs: { ours: 9, peer: 9 },
      memoryMb: { ours: 450, peer: 300 },
      peakMemoryMb: { ours: 450, peer: 300 },
    });
    assert.deepEqual(peerSettings["prefill 512"], LARGE);
    assert.deepEqual(peerSettings["decode 512"], SMALL);
    assert.deepEqual(peerSettings["continuation 512"], SMALL);
    assert.deepEqual(peerSettings["memory 1"], SMALL);
  });

  test("compare() takes turns, and who begins changes from round to round", async () => {
    const { log } = await run(1);
    const turns = log.filter((line) => line.includes(": decode 512"));
    // The trial asks each of the peers three times: a round to warm up and two more.
    assert.deepEqual(turns.slice(6), [
      "ours: decode 512",
      "peer 64: decode 512",
      "peer 64: decode 512",
      "ours: decode 512",
    ]);
  });

  test("compare() gives the peer chunks of the size that ours picked", async () => {
    const { log } = await run(1);
    assert.equal(log.at(-1), "peer 64: end");
    assert.ok(log.includes("peer 512: prefill 512 by 96"));
  });

  test("compare() ends every program that it starts", async () => {
    const { log } = await run(3);
    const count = (line: string) => log.filter((each) => each === line).length;
    // Three starts for loading and one for the turns; the peer's two settings each had a trial.
    assert.equal(count("ours: end"), 4);
    assert.equal(count("peer 64: end"), 5);
    assert.equal(count("peer 512: end"), 2);
  });

  test("questionForPeer() keeps chunks within the peer's batch", () => {
    const ask = (chunkTokens: number) =>
      questionForPeer(
        { measure: "prefillChunked", tokens: 512 },
        { batchTokens: 128, chunkTokens },
      );
    const prefill = { measure: "prefill", tokens: 512 };
    assert.deepEqual(ask(96.4), { ...prefill, chunkTokens: 96 });
    assert.deepEqual(ask(256), { ...prefill, chunkTokens: 128 });
  });

  test("BestSettings.for() refuses what was not tried", () => {
    assert.throws(
      () => new BestSettings().for({ measure: "decode", tokens: 64 }),
      /best settings for decode 64/,
    );
  });
});
