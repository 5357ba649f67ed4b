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
