// Finds where a sentence ends, in any script: not after "e.g.", an initial, a number, or inside inline code.

/** Words before a full stop that do not end a sentence, in lower case. */
const ABBREVIATIONS = new Set(
  (
    "e.g i.e cf vs viz etc al approx ca resp incl excl dept est " +
    "mr mrs ms dr prof st jr sr gen col capt rev hon " +
    "ed eds inc ltd co corp"
  ).split(" "),
);
/** Words that are abbreviations before a number alone. */
const ABBREVIATIONS_BEFORE_NUMBERS = new Set(
  "fig figs eq eqs sec ch vol no nos p pp art".split(" "),
);
/** These can end a sentence too: only a lower-case word behind them says that it goes on. */
const ABBREVIATIONS_THAT_MAY_END = new Set(
  "etc al jr sr inc ltd co corp".split(" "),
);

/** Marks that end a sentence with white space behind them: those of every script that writes spaces, and ellipses. */
const SPACED_MARK = "[\\p{Sentence_Terminal}…]";
/** Marks that end a sentence whatever stands behind them. */
const UNSPACED_MARK = "[。！？；｡]";
/** What closes behind a mark: a German quotation with a mark that opens an English one, a French one behind a space. */
const CLOSERS = "(?:[\\p{Pe}\\p{Pf}\\p{Pi}\"'*_`]|[ \\u00A0\\u202F]»)*";
/** Without spaces the same quotation mark may open the next sentence. */
const UNSPACED_CLOSERS = "[\\p{Pe}\\p{Pf}]*";

const END_MARKS = new RegExp(
  `${UNSPACED_MARK}+${UNSPACED_CLOSERS}|${SPACED_MARK}+${CLOSERS}(?=\\s|$)`,
  "gu",
);
/** A sentence's end and a character that shows it: one that neither closes it nor goes on in lower case. */
const SENTENCE_OVER = new RegExp(
  `${UNSPACED_MARK}${UNSPACED_CLOSERS}[^。！？；｡\\p{Pe}\\p{Pf}]|${SPACED_MARK}${CLOSERS}\\s+[^\\p{Ll}\\s]`,
  "u",
);

/**
 * Whether a sentence of `text` is certainly over, so that nothing that comes can be a part of it. Abbreviations are not
 * looked at: `findSentenceEnd` then finds no end, and the text is too short but not wrong.
 */
export function isSentenceOver(text: string): boolean {
  return SENTENCE_OVER.test(text);
}

/** The index behind the first sentence in `text`, which continues `lineBefore`; undefined when none ends in it. */
export function findSentenceEnd(
  text: string,
  lineBefore: string,
): number | undefined {
  const line = lineBefore + text;
  for (const match of text.matchAll(END_MARKS)) {
    const end = match.index + match[0].length;
    const before = line.slice(0, lineBefore.length + match.index);
    if (isSentenceEnd({ before, marks: match[0], after: text.slice(end) })) {
      return end;
    }
  }
  return undefined;
}

function isSentenceEnd({
  before,
  marks,
  after,
}: {
  before: string;
  marks: string;
  after: string;
}): boolean {
  if (/^[。！？；｡]/.test(marks)) return true;
  if (/^\s+\p{Ll}/u.test(after)) return false;
  if (isInsideInlineCode(before)) return marks.includes("`");
  return !marks.startsWith(".") || !isAbbreviated(before, after);
}

function isInsideInlineCode(lineBefore: string): boolean {
  return (lineBefore.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** Whether the full stop behind `before` belongs to its last word. */
function isAbbreviated(before: string, after: string): boolean {
  // The number of a list item.
  if (/^\s*\d+$/.test(before)) return true;
  const word = /[\p{L}\p{N}.]+$/u.exec(before)?.[0] ?? "";
  const isInitial = /^\p{Lu}$/u.test(word) && word !== "I";
  if (isInitial || /^(?:\p{Lu}\.)+\p{Lu}$/u.test(word)) return true;
  const lowerCase = word.toLowerCase();
  if (ABBREVIATIONS_BEFORE_NUMBERS.has(lowerCase)) return /^\s+\d/.test(after);
  if (!ABBREVIATIONS.has(lowerCase)) return false;
  return !(
    ABBREVIATIONS_THAT_MAY_END.has(lowerCase) && /^\s*$|^\s+\p{Lu}/u.test(after)
  );
}
