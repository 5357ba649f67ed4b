// How long it takes from a cursor to a decision in the situations that writing consists of, with everything reused
// that the editor would reuse. Texts come from documents; nothing is judged.

import {
  Completer,
  type CompletionSettings,
  type Decision,
} from "../../src/completion/completer";
import type { Generator } from "../../src/completion/generator";
import { quantile } from "../../src/common/statistics";
import type { EvaluationDocument } from "../../src/evaluation/plan";
import { seededRandom } from "../../src/common/random";
import type { Wait } from "./slowCauses";

/** What has just happened before a cursor is asked about. */
export const TYPING_SITUATIONS = [
  /** The document has not been read yet. */
  "cold",
  /** Another character of the document, whatever was suggested. */
  "appended",
  /** Those of them that the model had to be asked about. */
  "appendedAnew",
  /** A character of the visible suggestion. */
  "alongSuggestion",
  /** The last word was deleted. */
  "deletion",
  /** The document came back to the front after another one was worked on. */
  "switchedFile",
  /** A word was put in near the beginning of the prompt, then one at the end. */
  "editFarAbove",
  /** The cursor was set elsewhere in the document. */
  "jump",
] as const;

export type TypingSituation = (typeof TYPING_SITUATIONS)[number];

/** Milliseconds from the cursor to the decision. */
export type TypingLatencies = Record<
  TypingSituation,
  { count: number; p50: number; p95: number }
>;

const APPENDED_PER_ROUND = 30;

/** Goes through all situations `rounds` times. */
export async function measureTyping(
  generator: Generator,
  {
    documents,
    settings,
    rounds,
    seed,
    pause = () => Promise.resolve(),
    onWait = () => {},
  }: {
    documents: readonly EvaluationDocument[];
    settings: CompletionSettings;
    rounds: number;
    seed: number;
    /** Between a decision and the next key. */
    pause?: () => Promise<unknown>;
    onWait?: (situation: TypingSituation, wait: Wait) => void;
  },
): Promise<TypingLatencies> {
  const random = seededRandom(seed);
  const times = new Map<TypingSituation, number[]>();
  for (let round = 0; round < rounds; round++) {
    const own = documents[round % documents.length]!;
    const other = documents[(round + 1) % documents.length]!;
    const simulatedEditor = new SimulatedEditor(generator, {
      settings,
      round,
      pause,
      record: (situation, wait) => {
        const elapsedMs = wait.endMs - wait.startMs;
        times.set(situation, [...(times.get(situation) ?? []), elapsedMs]);
        // Those of `appendedAnew` are among these.
        if (situation !== "appendedAnew") onWait(situation, wait);
      },
    });
    await typeOnce(simulatedEditor, { own, other, random });
  }
  const latencies = {} as TypingLatencies;
  for (const situation of TYPING_SITUATIONS) {
    const all = times.get(situation) ?? [];
    latencies[situation] = {
      count: all.length,
      p50: quantile(all, 0.5) ?? 0,
      p95: quantile(all, 0.95) ?? 0,
    };
  }
  return latencies;
}

/** One round: each situation once, appended characters several times. */
async function typeOnce(
  simulatedEditor: SimulatedEditor,
  {
    own,
    other,
    random,
  }: {
    own: EvaluationDocument;
    other: EvaluationDocument;
    random: () => number;
  },
): Promise<void> {
  const { text } = own;
  // Behind the first third, so that the prompt is as long as it gets.
  let position = Math.floor(text.length * (0.35 + 0.5 * random()));
  await simulatedEditor.ask("cold", {
    document: own,
    textBefore: text.slice(0, position),
  });
  for (let i = 0; i < APPENDED_PER_ROUND; i++) {
    position++;
    const textBefore = text.slice(0, position);
    const decision = await simulatedEditor.ask("appended", {
      document: own,
      textBefore,
    });
    if (simulatedEditor.wasAsked) simulatedEditor.repeatLast("appendedAnew");
    if (decision.kind !== "show") continue;
    const [suggestion] = decision.suggestions;
    await simulatedEditor.ask("alongSuggestion", {
      document: own,
      textBefore: textBefore + suggestion!.text.slice(0, 1),
    });
  }
  const textBefore = text.slice(0, position);
  await simulatedEditor.ask("deletion", {
    document: own,
    textBefore: textBefore.replace(/\s*\S+\s*$/, ""),
  });
  const otherBefore = other.text.slice(0, Math.floor(other.text.length / 2));
  await simulatedEditor.prepare({ document: other, textBefore: otherBefore });
  await simulatedEditor.ask("switchedFile", {
    document: own,
    textBefore: `${textBefore} the`,
  });
  await simulatedEditor.ask("editFarAbove", {
    document: own,
    textBefore: insertFarAbove(textBefore) + " and",
  });
  await simulatedEditor.ask("jump", {
    document: own,
    textBefore: text.slice(0, Math.floor(text.length * 0.2)),
  });
}

/** A word at the end of a line about 1,200 characters up. */
function insertFarAbove(textBefore: string): string {
  const line = textBefore.indexOf("\n", Math.max(0, textBefore.length - 1200));
  const index = line < 0 ? 0 : line;
  return `${textBefore.slice(0, index)} more${textBefore.slice(index)}`;
}

interface Place {
  document: EvaluationDocument;
  textBefore: string;
}

/** A completer with a clock. Documents of different rounds are different to it and to the model's caches. */
class SimulatedEditor {
  private readonly completer: Completer;
  private last: Wait = { startMs: 0, endMs: 0, prompt: undefined };
  /** What the model was asked for the last cursor, beside what is computed ahead. */
  private prompt: string | undefined;
  private textBefore = "";

  constructor(
    generator: Generator,
    private readonly options: {
      settings: CompletionSettings;
      round: number;
      pause: () => Promise<unknown>;
      record: (situation: TypingSituation, wait: Wait) => void;
    },
  ) {
    this.completer = new Completer({
      generate: (request, callOptions) => {
        if (this.textBefore.endsWith(request.prompt)) {
          this.prompt = request.prompt;
        }
        return generator.generate(request, callOptions);
      },
    });
  }

  get wasAsked(): boolean {
    return this.prompt !== undefined;
  }

  async ask(situation: TypingSituation, place: Place): Promise<Decision> {
    await this.options.pause();
    const startMs = performance.now();
    const decision = await this.prepare(place);
    this.last = { startMs, endMs: performance.now(), prompt: this.prompt };
    this.options.record(situation, this.last);
    return decision;
  }

  /** Counts the last time for another situation too. */
  repeatLast(situation: TypingSituation): void {
    this.options.record(situation, this.last);
  }

  /** Asks without measuring. */
  prepare({ document, textBefore }: Place): Promise<Decision> {
    const { settings, round } = this.options;
    this.textBefore = textBefore;
    this.prompt = undefined;
    return this.completer.complete(
      {
        documentKey: `${document.name}#${round}`,
        path: document.name,
        languageId: document.languageId,
        textBefore,
        textAfter: "",
        selectedCompletion: undefined,
        trigger: "automatic",
        settings,
      },
      new AbortController().signal,
      // As in the editor, a first word counts.
      { onLonger: () => {} },
    );
  }
}
