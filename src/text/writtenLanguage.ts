// Which language a text is written in, where that is certainly not English: by its script, or by its function words.
// Code, names, tables and texts that mix languages have none of their own.

/** Scripts that one language, or none in particular, is written in; the name of a script has four letters. */
const SCRIPTS: readonly [name: string, letters: RegExp][] = [
  ["zh", /\p{Script=Han}/gu],
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["th", /\p{Script=Thai}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["he", /\p{Script=Hebrew}/gu],
  ["Cyrl", /\p{Script=Cyrillic}/gu],
  ["Arab", /\p{Script=Arabic}/gu],
  ["Deva", /\p{Script=Devanagari}/gu],
];
/** Japanese writes at least so much of itself in its own letters, and the rest in Chinese ones. */
const MIN_KANA_SHARE = 0.1;
/** Of the letters of a text, so many must be of the script. A Chinese one says as much as two to three Latin ones. */
const MIN_SCRIPT_SHARE = 0.5;
const MIN_SCRIPT_LETTERS = 20;

/** Words that hold sentences together, without those that English or another of these languages has too. */
const FUNCTION_WORDS: Readonly<Record<string, string>> = {
  de: "der das und ist nicht ein eine einen einem einer mit von zu auf für den dem sich auch wird werden es sie ich oder aber wenn wie nur noch nach bei aus kann haben dass zur zum über durch sind hat",
  fr: "le les et est une dans pour que qui vous nous sur avec pas ce cette ces au aux sont par plus ou où être du il elle peut votre mais comme ont leur sans des je",
  es: "el los las y una por que con para no está este esta pero como más su sus del al hay ser muy también cuando puede porque son lo si sin sobre entre desde fue",
  it: "il gli che è di un una per non con sono della delle nel nella questo questa anche più ma come dei alla alle può essere dal dalla si se lo ho loro ed",
  pt: "os uma não para com que por mais como você é são dos das ao à na nas pelo pela este esta mas também pode ser está foi seu sua ou se quando muito nos",
  nl: "het een van en niet dat zijn voor op met te aan ook maar door naar bij uit als er dit deze wordt worden kan om nog wel heeft hebben zal je wij ze",
};
const ENGLISH_WORDS =
  "the and of to is that it for with as are this be have not you from or by an was which can will but they at we your if their there has";

/** Words of a language among those of a text, at least; in running text they are a third. */
const MIN_WORD_SHARE = 0.18;
/** and so many times as many as of English. */
const MIN_LEAD = 2;
const MIN_WORDS = 20;

const WORD_SETS = Object.entries(FUNCTION_WORDS).map(
  ([name, words]) => [name, new Set(words.split(" "))] as const,
);
const ENGLISH_SET = new Set(ENGLISH_WORDS.split(" "));

/**
 * The language of `text` as BCP 47 has it, or the name of its script (ISO 15924) where several languages use it.
 * Undefined for English, and wherever it is not plain.
 */
export function writtenLanguage(text: string): string | undefined {
  return languageByScript(text) ?? languageByWords(text);
}

function languageByScript(text: string): string | undefined {
  const counts = new Map(
    SCRIPTS.map(([name, letters]) => [name, text.match(letters)?.length ?? 0]),
  );
  const han = counts.get("zh") ?? 0;
  const kana = counts.get("ja") ?? 0;
  if (kana >= MIN_KANA_SHARE * (kana + han)) {
    counts.set("ja", kana + han);
    counts.set("zh", 0);
  }
  const numLetters = text.match(/\p{L}/gu)?.length ?? 0;
  for (const [name, count] of counts) {
    if (count < MIN_SCRIPT_LETTERS) continue;
    const weight = name === "zh" || name === "ja" ? 2 : 1;
    const share = (weight * count) / (numLetters + (weight - 1) * count);
    if (share >= MIN_SCRIPT_SHARE) return name;
  }
  return undefined;
}

function languageByWords(text: string): string | undefined {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length < MIN_WORDS) return undefined;
  const countIn = (set: ReadonlySet<string>) =>
    words.reduce((sum, word) => sum + Number(set.has(word)), 0);
  const needed = Math.max(
    MIN_WORD_SHARE * words.length,
    MIN_LEAD * countIn(ENGLISH_SET),
  );
  let best: { name: string; count: number } | undefined;
  for (const [name, set] of WORD_SETS) {
    const count = countIn(set);
    if (count >= needed && count > (best?.count ?? 0)) best = { name, count };
  }
  return best?.name;
}
