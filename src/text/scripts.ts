// Scripts that put no spaces between words: Chinese, Japanese, Thai, Lao, Khmer and Burmese.

/** The letters of these scripts, as the inside of a character class of a regular expression with the flag `u`. */
export const UNSPACED_LETTERS = [
  "Han",
  "Hiragana",
  "Katakana",
  "Thai",
  "Lao",
  "Khmer",
  "Myanmar",
]
  .map((script) => `\\p{Script=${script}}`)
  .join("");

const LARGE_LETTER =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** The length of a text as limits count it: a letter that is a word or a syllable counts for two. */
export function countedLength(text: string): number {
  return text.length + (text.match(LARGE_LETTER)?.length ?? 0);
}
