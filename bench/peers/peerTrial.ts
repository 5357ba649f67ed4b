// Finds the settings under which a peer is the fastest for each figure, so that it is compared at its best.

import { Samples } from "../figures";
import {
  isCost,
  MEMORY,
  nameOf,
  speedQuestions,
  type Question,
} from "../decode/measures";

/** A program that has loaded a model and answers one question at a time. */
export interface Program {
  times: { loadMs: number; firstTokenMs: number };
  ask(question: object): Promise<{ value: number; tokensPerRun?: number }>;
  end(): Promise<void>;
}

/** What of a peer is tried. */
export interface PeerSettings {
  flashAttention: boolean;
  batchTokens: number;
}

/** Rounds of a trial, after one to warm up. */
const ROUNDS = 2;
/** Size of chunks where our program has not picked one yet. */
export const USUAL_CHUNK = 128;

/** Which settings were the best for what. */
export class BestSettings {
  private readonly best = new Map<
    string,
    { settings: PeerSettings; value: number }
  >();

  /** Notes the answer to a question under `settings`. */
  note(
    question: Question,
    found: { settings: PeerSettings; value: number },
  ): void {
    const before = this.best.get(nameOf(question));
    const isBetter =
      !before ||
      (isCost(question)
        ? found.value < before.value
        : found.value > before.value);
    if (isBetter) this.best.set(nameOf(question), found);
  }

  for(question: Question): { settings: PeerSettings; value: number } {
    const found = this.best.get(nameOf(question));
    if (!found) {
      throw new RangeError(
        `Cannot tell the peer's best settings for ${nameOf(question)}: none was tried, expected one`,
      );
    }
    return found;
  }
}

/** Starts the peer with each of the settings and puts all questions to it. */
export async function trySettings(
  startPeer: (settings: PeerSettings) => Promise<Program>,
  {
    contexts,
    settings,
    onProgress,
  }: {
    contexts: readonly number[];
    settings: readonly PeerSettings[];
    onProgress: (what: string) => void;
  },
): Promise<BestSettings> {
  const best = new BestSettings();
  for (const each of settings) {
    onProgress(
      `Trying the peer with flash attention ${each.flashAttention ? "on" : "off"} and batches of ${each.batchTokens}`,
    );
    const program = await startPeer(each);
    const values = new Samples();
    for (let round = 0; round <= ROUNDS; round++) {
      for (const question of peerQuestions(contexts)) {
        const { value } = await program.ask(questionForPeer(question, each));
        if (round > 0) values.add(nameOf(question), value);
      }
    }
    for (const question of peerQuestions(contexts)) {
      const value = values.median(nameOf(question));
      best.note(question, { settings: each, value });
    }
    best.note(MEMORY, { settings: each, ...(await program.ask(MEMORY)) });
    await program.end();
  }
  return best;
}

/** What a peer is asked: it writes token by token in any case, so `decode` stands for long runs too. */
export function peerQuestions(contexts: readonly number[]): Question[] {
  return speedQuestions(contexts).filter(
    ({ measure }) => measure !== "decodeInLongRuns",
  );
}

/** The same question in the words of bench/peers/measure.mjs. */
export function questionForPeer(
  { measure, tokens }: Question,
  {
    batchTokens,
    chunkTokens = USUAL_CHUNK,
  }: { batchTokens: number; chunkTokens?: number },
): object {
  switch (measure) {
    case "prefillChunked":
      return {
        measure: "prefill",
        tokens,
        chunkTokens: Math.min(Math.round(chunkTokens), batchTokens),
      };
    case "prefill":
    case "decode":
    case "decodeInLongRuns":
    case "continuation":
    case "memory":
      return { measure, tokens };
  }
}
