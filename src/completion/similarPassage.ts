// Picks, from other open documents, the passage that is most like what is being written: it shares the most telling
// words with the text before the cursor. Put in front of the prompt it shows the model how this project says things.
// Knows nothing of which documents may be read: whoever hands them in has looked at that.

/** A document that is open beside the one in front. */
export interface OpenDocument {
  documentKey: string;
  text: string;
}

/** A passage takes no more characters than this from the window: about 128 tokens. */
export const MAX_PASSAGE_CHARACTERS = 480;

/** The end of the text before the cursor whose words are looked for. */
const QUERY_CHARACTERS = 600;
/** So much of each document is looked at, from its beginning. */
const MAX_DOCUMENT_CHARACTERS = 65_536;
/** Fewer words in common say nothing. */
const MIN_COMMON_WORDS = 3;
/** A passage that was picked before stays unless another is so much more alike: its keys and values are kept. */
const MIN_GAIN = 1.25;

/** The most similar passage; empty when there is none. `previous` stays where no other is much better. */
export function findSimilarPassage(
  textBefore: string,
  {
    documents,
    previous = "",
  }: { documents: readonly OpenDocument[]; previous?: string },
): string {
  const query = wordsOf(textBefore.slice(-QUERY_CHARACTERS));
  const passages = documents.flatMap(({ text }) => cutIntoPassages(text));
  const words = passages.map(wordsOf);
  const weights = weighWords(query, words);
  let best = { passage: "", score: 0 };
  let previousScore = 0;
  for (const [index, passage] of passages.entries()) {
    const score = similarity(words[index]!, weights);
    if (passage === previous) previousScore = score;
    if (score > best.score) best = { passage, score };
  }
  return best.score < MIN_GAIN * previousScore ? previous : best.passage;
}

/** Whole paragraphs of a text, as many in a row as there is room for; a longer one is cut at a line or a word. */
export function cutIntoPassages(text: string): string[] {
  const passages: string[] = [];
  let passage = "";
  const paragraphs = text
    .slice(0, MAX_DOCUMENT_CHARACTERS)
    .replaceAll("\r\n", "\n")
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .filter((paragraph) => paragraph.trim() !== "");
  for (const paragraph of paragraphs.flatMap(cutParagraph)) {
    const joined = passage === "" ? paragraph : `${passage}\n\n${paragraph}`;
    if (joined.length > MAX_PASSAGE_CHARACTERS) {
      passages.push(passage);
      passage = paragraph;
    } else {
      passage = joined;
    }
  }
  return passage === "" ? passages : [...passages, passage];
}

function cutParagraph(paragraph: string): string[] {
  const pieces: string[] = [];
  let rest = paragraph;
  while (rest.length > MAX_PASSAGE_CHARACTERS) {
    const room = rest.slice(0, MAX_PASSAGE_CHARACTERS);
    const line = room.lastIndexOf("\n");
    const space = room.lastIndexOf(" ");
    const end = line > 0 ? line : space > 0 ? space : wholeEnd(room);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

/** Not between the halves of a surrogate pair. */
function wholeEnd(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
}

/** A word of the query weighs the more, the fewer passages it is in. */
function weighWords(
  query: ReadonlySet<string>,
  passages: readonly ReadonlySet<string>[],
): Map<string, number> {
  const weights = new Map<string, number>();
  for (const word of query) {
    const count = passages.filter((words) => words.has(word)).length;
    if (count > 0) weights.set(word, Math.log(1 + passages.length / count));
  }
  return weights;
}

function similarity(
  words: ReadonlySet<string>,
  weights: ReadonlyMap<string, number>,
): number {
  let score = 0;
  let common = 0;
  for (const word of words) {
    const weight = weights.get(word);
    if (weight === undefined) continue;
    score += weight;
    common++;
  }
  return common < MIN_COMMON_WORDS ? 0 : score / Math.sqrt(words.size);
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []);
}
