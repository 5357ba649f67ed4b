// What the model reads when a text has grown longer than its context: the beginning, which says what the text is
// about, and the newest part. What lies between is dropped in jumps, so that most of the cache stays between them.
//
//   |== head ==|........ dropped ........|======== newest ========| room for new tokens |
//   |<------------------------------ contextTokens ------------------------------------>|

/** Jumps that the part behind the head is divided into. */
const JUMPS_PER_WINDOW = 4;

/** The tokens to read; with the next new one they are at most `contextTokens`. */
export function slideWindow(
  tokenIds: readonly number[],
  { headLength, contextTokens }: { headLength: number; contextTokens: number },
): number[] {
  const excess = tokenIds.length + 1 - contextTokens;
  if (excess <= 0) return [...tokenIds];
  const jump = Math.max(
    1,
    Math.floor((contextTokens - headLength) / JUMPS_PER_WINDOW),
  );
  const dropped = Math.ceil(excess / jump) * jump;
  return [
    ...tokenIds.slice(0, headLength),
    ...tokenIds.slice(headLength + dropped),
  ];
}
