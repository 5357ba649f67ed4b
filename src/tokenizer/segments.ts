// Cuts text into segments that can be encoded each by itself, so that what has not changed since the last prompt comes out
// of a cache. A cut is right where no merge reaches across it, and that is read off the vocabulary: behind a byte that
// stands before a space in no token.

/**
 * One space between two characters that are none: words begin there in every vocabulary that is known, and split rules
 * cut there too, most of them always.
 */
const SEGMENT_START = /(?<=\P{White_Space})(?= \P{White_Space})/u;

/**
 * What follows a letter or a digit and is no part of its word, an apostrophe may be one, a mark is: all split rules of
 * byte-level vocabularies cut there. Five megabytes of text have a third as many letters in different segments so.
 */
const WORD_END = /(?<=[\p{L}\p{N}])(?=[^\p{L}\p{M}\p{N}'])/u;
const SEGMENT_START_OR_WORD_END = new RegExp(
  `${SEGMENT_START.source}|${WORD_END.source}`,
  "u",
);

const SPACE = 0x20;
const SPACE_MARK_END = 0x81;

/**
 * Bytes behind which some token goes on with a space; Gemma has ">▁</", so that there is one more of them. The last byte
 * of "▁" counts always: where a vocabulary writes spaces so, it is one.
 */
export function bytesBeforeSpaces(
  tokens: Iterable<Uint8Array>,
): ReadonlySet<number> {
  const bytes = new Set([SPACE_MARK_END]);
  for (const token of tokens) {
    for (let at = 1; at < token.length; at++) {
      if (token[at] !== SPACE || token[at - 1] === SPACE) continue;
      bytes.add(token[at - 1]!);
    }
  }
  return bytes;
}

/** The segments of a text, none of them empty; `hasSplitRule` where words and marks are parted before merges. */
export function cutSegments(
  text: string,
  {
    bytesBefore,
    hasSplitRule,
  }: { bytesBefore: ReadonlySet<number>; hasSplitRule: boolean },
): string[] {
  const segments: string[] = [];
  const border = hasSplitRule ? SEGMENT_START_OR_WORD_END : SEGMENT_START;
  for (const segment of text.split(border)) {
    const last = segments.at(-1);
    const mayMerge = segment.startsWith(" ") && last !== undefined;
    if (mayMerge && bytesBefore.has(lastByteOf(last))) {
      segments[segments.length - 1] = last + segment;
    } else {
      segments.push(segment);
    }
  }
  return segments;
}

function lastByteOf(text: string): number {
  const code = text.charCodeAt(text.length - 1);
  // Of a pair of surrogates both are needed.
  return code < 0x80 ? code : Buffer.from(text.slice(-2)).at(-1)!;
}
