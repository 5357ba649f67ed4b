// Keeps what a reader sees as one character in one piece: emoji with joiners, letters with combining marks.

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** The last index up to `index` that does not lie inside a grapheme of `text`. */
export function floorToGrapheme(text: string, index: number): number {
  if (index <= 0 || index >= text.length) return index;
  return segmenter.segment(text).containing(index)?.index ?? index;
}
