// Compares our program with a peer's, turn by turn, so that a slow minute of the machine strikes both.
// Knows programs only as something that answers questions.

import { rounded, Samples } from "../figures";
import {
  CONTINUATION,
  MEMORY,
  nameOf,
  speedQuestions,
  WORK,
  type Question,
} from "../decode/measures";
import {
  peerQuestions,
  questionForPeer,
  trySettings,
  USUAL_CHUNK,
  type BestSettings,
  type PeerSettings,
  type Program,
} from "./peerTrial";

/** How the programs are started. */
export interface Programs {
  ours(): Promise<Program>;
  peer(settings: PeerSettings): Promise<Program>;
}

/** How much is measured. */
export interface ComparisonOptions {
  contexts: readonly number[];
  rounds: number;
  settings: readonly PeerSettings[];
  onProgress: (what: string) => void;
}

/** A figure of both sides. */
export interface Sides {
  ours: number;
  peer: number;
}

/** Rates in tokens/s; above a ratio of 1 we are faster. */
export interface RateRow extends Sides {
  ratio: number;
}

/** All figures of both sides. */
export interface Comparison {
  prefill: (RateRow & { tokens: number })[];
  /** In runs of the size that ours picks; the peer gets the same. */
  prefillChunked: (RateRow & { tokens: number; chunkTokens: number })[];
  /** In the runs that the product picks. */
  decode: (RateRow & { context: number })[];
  decodeInLongRuns: (RateRow & { context: number })[];
  continuation4: {
    context: number;
    oursMs: number;
    peerMs: number;
    ratio: number;
  };
  loadMs: Sides;
  firstTokenMs: Sides;
  /** Peak of the process after the editor's work at 512 tokens. */
  memoryMb: Sides;
  /** Peak after all questions, prompts read in one run among them. */
  peakMemoryMb: Sides;
  peerSettings: Record<string, PeerSettings>;
}

/** Times that each program is started to measure its loading. */
const MAX_STARTS = 3;

/** Finds the peer's best settings, then takes turns. */
export async function compare(
  programs: Programs,
  options: ComparisonOptions,
): Promise<Comparison> {
  const { contexts } = options;
  const best = await trySettings((each) => programs.peer(each), options);
  const starts = await measureStarts(programs, { options, best });
  const turns = await takeTurns(programs, { options, best });
  const rates = (measure: Question["measure"], tokens: number) => {
    const isLong = measure === "decodeInLongRuns";
    const peerMeasure = isLong ? "decode" : measure;
    const ours = turns.ours({ measure, tokens });
    const peer = turns.peer({ measure: peerMeasure, tokens });
    return { ours, peer, ratio: rounded(ours / peer) };
  };
  const oursMs = turns.ours(CONTINUATION);
  const peerMs = turns.peer(CONTINUATION);
  return {
    prefill: contexts.map((tokens) => ({
      tokens,
      ...rates("prefill", tokens),
    })),
    prefillChunked: contexts.map((tokens) => ({
      tokens,
      chunkTokens: turns.chunkTokens(tokens),
      ...rates("prefillChunked", tokens),
    })),
    decode: contexts.map((context) => ({
      context,
      ...rates("decode", context),
    })),
    decodeInLongRuns: contexts.map((context) => ({
      context,
      ...rates("decodeInLongRuns", context),
    })),
    continuation4: {
      context: CONTINUATION.tokens,
      oursMs,
      peerMs,
      ratio: rounded(peerMs / oursMs),
    },
    ...starts,
    peakMemoryMb: {
      ours: turns.peakMemoryMb,
      peer: rounded(best.for(MEMORY).value),
    },
    peerSettings: Object.fromEntries(
      [...peerQuestions(contexts), MEMORY].map((question) => [
        nameOf(question),
        best.for(question).settings,
      ]),
    ),
  };
}

interface Measuring {
  options: ComparisonOptions;
  best: BestSettings;
}

/** Starts both anew a few times, the peer with the settings that need the least memory. */
async function measureStarts(
  programs: Programs,
  { options: { rounds, onProgress }, best }: Measuring,
): Promise<Pick<Comparison, "loadMs" | "firstTokenMs" | "memoryMb">> {
  const values = { ours: new Samples(), peer: new Samples() };
  const { settings } = best.for(MEMORY);
  const starts = Math.min(rounds, MAX_STARTS);
  for (let start = 0; start < starts; start++) {
    onProgress(`Loading both, ${start + 1} of ${starts}`);
    const ours = await programs.ours();
    await noteStart(ours, { values: values.ours, work: WORK });
    const peer = await programs.peer(settings);
    await noteStart(peer, {
      values: values.peer,
      work: WORK.map((question) => questionForPeer(question, settings)),
    });
  }
  const sides = (name: string) => ({
    ours: values.ours.median(name),
    peer: values.peer.median(name),
  });
  return {
    loadMs: sides("loadMs"),
    firstTokenMs: sides("firstTokenMs"),
    memoryMb: sides("memory"),
  };
}

async function noteStart(
  program: Program,
  { values, work }: { values: Samples; work: readonly object[] },
): Promise<void> {
  for (const question of work) await program.ask(question);
  values.add("memory", (await program.ask(MEMORY)).value);
  values.add("loadMs", program.times.loadMs);
  values.add("firstTokenMs", program.times.firstTokenMs);
  await program.end();
}

/** Both programs run side by side, one at a time at work; who begins changes from round to round. */
async function takeTurns(
  programs: Programs,
  { options: { contexts, rounds, onProgress }, best }: Measuring,
): Promise<Turns> {
  const turns = new Turns();
  const peers = new Map<string, Program>();
  const ours = await programs.ours();
  try {
    for (const question of peerQuestions(contexts)) {
      const { settings } = best.for(question);
      const key = JSON.stringify(settings);
      if (!peers.has(key)) peers.set(key, await programs.peer(settings));
    }
    const askPeer = async (question: Question) => {
      if (question.measure === "decodeInLongRuns") return;
      const { settings } = best.for(question);
      const peer = peers.get(JSON.stringify(settings))!;
      const { batchTokens } = settings;
      const chunkTokens = turns.lastChunk;
      turns.addPeer(
        question,
        await peer.ask(questionForPeer(question, { batchTokens, chunkTokens })),
      );
    };
    const askOurs = async (question: Question) =>
      turns.addOurs(question, await ours.ask(question));
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      onProgress(`Measuring both, round ${round} of ${rounds}`);
      const order = round % 2 === 0 ? [askOurs, askPeer] : [askPeer, askOurs];
      for (const question of speedQuestions(contexts)) {
        for (const ask of order) await ask(question);
      }
      if (round === 0) turns.forget();
    }
    turns.peakMemoryMb = rounded((await ours.ask(MEMORY)).value);
  } finally {
    for (const program of [ours, ...peers.values()]) await program.end();
  }
  return turns;
}

/** What was answered in turns. */
class Turns {
  peakMemoryMb = 0;
  lastChunk = USUAL_CHUNK;
  private ourValues = new Samples();
  private peerValues = new Samples();
  private chunks = new Samples();

  addOurs(
    question: Question,
    { value, tokensPerRun = 0 }: { value: number; tokensPerRun?: number },
  ): void {
    this.ourValues.add(nameOf(question), value);
    if (question.measure !== "prefillChunked") return;
    this.chunks.add(nameOf(question), tokensPerRun);
    this.lastChunk = tokensPerRun;
  }

  addPeer(question: Question, { value }: { value: number }): void {
    this.peerValues.add(nameOf(question), value);
  }

  forget(): void {
    this.ourValues = new Samples();
    this.peerValues = new Samples();
    this.chunks = new Samples();
  }

  ours(question: Question): number {
    return this.ourValues.median(nameOf(question));
  }

  peer(question: Question): number {
    return this.peerValues.median(nameOf(question));
  }

  chunkTokens(tokens: number): number {
    return this.chunks.median(nameOf({ measure: "prefillChunked", tokens }));
  }
}
