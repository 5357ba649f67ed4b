// The merges of a SentencePiece vocabulary, which a GGUF file keeps as a score for each token: of two neighbours those are
// joined first whose token has the highest score. BPE wants the pairs themselves, in that order, as transformers' converter
// lists them (convert_slow_tokenizer.py, generate_merges).

interface Merge {
  left: string;
  right: string;
  score: number;
  /** In code points. */
  leftLength: number;
}

/** Every pair of tokens that makes a token, most important first; `tokens` and `scores` are those of ordinary text. */
export function mergesOfScores(
  tokens: readonly string[],
  scores: readonly number[],
): [string, string][] {
  const known = new Set(tokens);
  const merges: Merge[] = [];
  tokens.forEach((token, index) => {
    const score = scores[index]!;
    let leftLength = 0;
    for (let at = 0; at < token.length;) {
      at += token.codePointAt(at)! > 0xffff ? 2 : 1;
      leftLength++;
      const left = token.slice(0, at);
      const right = token.slice(at);
      if (right === "" || !known.has(left) || !known.has(right)) continue;
      merges.push({ left, right, score, leftLength });
    }
  });
  return merges
    .sort((a, b) => b.score - a.score || b.leftLength - a.leftLength)
    .map(({ left, right }) => [left, right]);
}
