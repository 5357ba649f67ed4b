// Finds where a sentence ends: not after "e.g.", an initial, a number, or inside inline code.

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

/** Marks at a sentence's end, with the quotes and brackets that close behind them. */
const END_MARKS =
  /(?:[.!?…]+[\p{Pe}\p{Pf}"'*_`]*(?=\s|$))|[。！？]+[\p{Pe}\p{Pf}]*/gu;

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
  if (/^[。！？]/.test(marks)) return true;
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
