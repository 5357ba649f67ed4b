// The baseline of classification: a multinomial naive Bayes classifier over words with Laplace's smoothing (Manning,
// Raghavan, Schütze: Introduction to Information Retrieval, chapter 13). Knows words and their counts, and no order.

/** A text and its label. */
export interface LabelledText {
  text: string;
  label: string;
}

/** Counts the words of each label and answers with the most probable label of a text. */
export class NaiveBayes {
  private readonly labels = new Map<
    string,
    { texts: number; words: number; counts: Map<string, number> }
  >();
  private readonly vocabulary = new Set<string>();
  private numTexts = 0;

  constructor(texts: readonly LabelledText[]) {
    if (texts.length === 0) {
      throw new RangeError(
        "Cannot count words by label: there are no texts, expected at least one",
      );
    }
    for (const { text, label } of texts) {
      const of = this.labels.get(label) ?? {
        texts: 0,
        words: 0,
        counts: new Map<string, number>(),
      };
      this.labels.set(label, of);
      of.texts++;
      this.numTexts++;
      for (const word of wordsOf(text)) {
        this.vocabulary.add(word);
        of.counts.set(word, (of.counts.get(word) ?? 0) + 1);
        of.words++;
      }
    }
  }

  /** The label of most texts; of several the first one learned. */
  get majority(): string {
    const [first, ...rest] = this.labels;
    return rest.reduce(
      (most, each) => (each[1].texts > most[1].texts ? each : most),
      first!,
    )[0];
  }

  /** Words that no text had are passed over; of equally probable labels the first one learned is the answer. */
  classify(text: string): string {
    const words = wordsOf(text).filter((word) => this.vocabulary.has(word));
    let best = { label: "", logProbability: -Infinity };
    for (const [label, of] of this.labels) {
      let logProbability = Math.log(of.texts / this.numTexts);
      for (const word of words) {
        const count = of.counts.get(word) ?? 0;
        logProbability += Math.log(
          (count + 1) / (of.words + this.vocabulary.size),
        );
      }
      if (logProbability > best.logProbability)
        best = { label, logProbability };
    }
    return best.label;
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
