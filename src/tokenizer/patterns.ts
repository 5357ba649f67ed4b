// What several files of a tokenizer have in common: GPT-2's end token, and its split of text into words.

/** The one token that never comes from text: it stands between documents. */
export const END_OF_TEXT = "<|endoftext|>";

/**
 * Splits where GPT-2 does. The library's own copy of this pattern leaves `\s` to JavaScript, which counts U+FEFF as
 * a space and U+0085 as none; in a Split rule it reads `\s` as Unicode's White_Space, like the original tokenizers.
 */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The rule of a tokenizer.json that parts text at each match of a pattern and keeps both. */
export function splitOn(regex: string) {
  return {
    type: "Split",
    pattern: { Regex: regex },
    behavior: "Isolated",
    invert: false,
  };
}
