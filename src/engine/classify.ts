// Which of some labels a text has: how much more probable the text makes each of them. Without that division a label that
// is common anyway wins over others (domain conditional PMI: Holtzman and others, "Surface form competition",
// arXiv:2104.08315, section 3). Measured against sums and means of the tokens' log-probabilities in docs/LOG.md.

import type { LabelledRows, LabelProbability } from "../protocol/training";

/** What says how probable continuations of a prompt are: an engine. */
interface ContinuationScorer {
  /** Natural logarithms, one for each continuation. */
  scoreContinuations(
    prompt: string,
    continuations: readonly string[],
  ): Promise<number[]>;
}

/** Answers with the labels of a prompt and their probabilities, which sum to 1, the most probable one first. */
export type Classify = (prompt: string) => Promise<LabelProbability[]>;

/** Looks at the labels after an empty text, against which those of every prompt are held. */
export async function createClassifier(
  engine: ContinuationScorer,
  { completions, before, after }: LabelledRows,
): Promise<Classify> {
  const priors = await engine.scoreContinuations(before + after, completions);
  return async (prompt) => {
    const scores = await engine.scoreContinuations(prompt, completions);
    const gains = scores.map((score, index) => score - priors[index]!);
    const largest = Math.max(...gains);
    const weights = gains.map((gain) => Math.exp(gain - largest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return completions
      .map((completion, index) => ({
        label: completion.trim(),
        probability: weights[index]! / sum,
      }))
      .sort((a, b) => b.probability - a.probability);
  };
}

/** A prompt for a text that is not framed yet; one that is stays as it stands. */
export function framed(
  text: string,
  { before, after }: Pick<LabelledRows, "before" | "after">,
): string {
  const isFramed =
    before + after !== "" &&
    text.startsWith(before) &&
    text.endsWith(after) &&
    text.length >= before.length + after.length;
  return isFramed ? text : before + text.trim() + after;
}
