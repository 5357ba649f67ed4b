// Chooses where the prompt begins in a long document.
// The beginning stays where it is while text is typed at the end and then moves by a jump of an eighth to a quarter of
// the window, to a heading or a paragraph: the tokens of the prompt so far stay a prefix and their keys and values are
// reused. Knows characters only; how many tokens they are is estimated from the text itself, so that a script of short
// tokens has its window before anything was answered, and measured with each answer.
//
//   |........start|======== prompt ========|cursor
//                 |<-- at most a budget ->|

/** Where the window of one document begins, kept from one request to the next. */
export interface WindowState {
  start: number;
  /** Length of the text before the cursor when `start` was last confirmed. */
  length: number;
  /** The text at `start`: shows whether an edit further up has moved it. */
  head: string;
}

/** ASCII: English prose has about 4.5 characters a token, Markdown with code 3.3. */
const ASCII_CHARACTERS_PER_TOKEN = 3.6;
/** Vocabularies learned from English split a number into its digits, and write other scripts byte by byte. */
const TOKENS_PER_DIGIT = 1;
/** Of the embedded model: Greek and Russian 0.4 to 0.5, Chinese, Japanese and Thai 0.6, Korean 0.9. */
const TOKENS_PER_OTHER_BYTE = 0.7;
/** What the estimate may be off without a new window: a window that grows has to be read anew. */
const MAX_OVERESTIMATE = 1.5;
const MARGIN = 0.95;
const JUMPS_PER_WINDOW = 8;
/** Each jump has a window read anew: one of few characters jumps further, or fast typing would outrun the reading. */
const MIN_JUMP_CHARACTERS = 230;
const MAX_JUMP_SHARE = 1 / 4;
const HEAD_LENGTH = 48;

/** What is kept of a document. */
interface DocumentState {
  window?: WindowState;
  /** Tokens that its text has for each that was estimated, with a margin. */
  tokensPerEstimated: number;
}

/** The windows of all documents that are being written in. */
export class PromptWindows {
  private readonly documents = new Map<string, DocumentState>();

  /** The prompt for a document of which `textBefore` stands left of the cursor. */
  promptFor(
    documentKey: string,
    {
      textBefore,
      contextTokens,
    }: { textBefore: string; contextTokens: number },
  ): string {
    const state = this.stateOf(documentKey);
    const tokens = contextTokens / state.tokensPerEstimated;
    state.window = placeWindow(textBefore, {
      budgetCharacters: Math.max(1, charactersWithin(tokens, textBefore)),
      previous: state.window,
    });
    return textBefore.slice(state.window.start);
  }

  /** Learns how many tokens this document has where so many were estimated, so that the next prompt fits the context. */
  observe(
    documentKey: string,
    measured: { prompt: string; promptTokens: number; contextTokens: number },
  ): void {
    const { prompt, promptTokens, contextTokens } = measured;
    if (promptTokens < contextTokens / 4) return;
    const state = this.stateOf(documentKey);
    const ratio = promptTokens / estimateTokens(prompt) / MARGIN;
    const isTooSmall = state.tokensPerEstimated > ratio * MAX_OVERESTIMATE;
    if (ratio > state.tokensPerEstimated || isTooSmall) {
      state.tokensPerEstimated = ratio;
    }
  }

  forget(documentKey: string): void {
    this.documents.delete(documentKey);
  }

  private stateOf(documentKey: string): DocumentState {
    let state = this.documents.get(documentKey);
    if (!state) {
      state = { tokensPerEstimated: 1 };
      this.documents.set(documentKey, state);
    }
    return state;
  }
}

/** How many characters at the end of `text` are so many tokens; more than it has where they are all of it. */
function charactersWithin(tokens: number, text: string): number {
  let left = tokens;
  let index = text.length;
  while (index > 0) {
    left -= tokensOf(text.charCodeAt(index - 1));
    if (left < 0) return text.length - index;
    index--;
  }
  return text.length + Math.floor(left * ASCII_CHARACTERS_PER_TOKEN);
}

function estimateTokens(text: string): number {
  let tokens = 0;
  for (let index = 0; index < text.length; index++) {
    tokens += tokensOf(text.charCodeAt(index));
  }
  return tokens;
}

/** About how many tokens a UTF-16 code unit is. */
function tokensOf(codeUnit: number): number {
  if (codeUnit < 0x80) {
    const isDigit = codeUnit >= 0x30 && codeUnit <= 0x39;
    return isDigit ? TOKENS_PER_DIGIT : 1 / ASCII_CHARACTERS_PER_TOKEN;
  }
  // A surrogate is half of a character of four bytes.
  const isTwoBytes = codeUnit < 0x800 || (codeUnit & 0xf800) === 0xd800;
  return (isTwoBytes ? 2 : 3) * TOKENS_PER_OTHER_BYTE;
}

/** The window for `textBefore`: the previous one when it still serves, else one whose start is an anchor. */
export function placeWindow(
  textBefore: string,
  {
    budgetCharacters,
    previous,
  }: { budgetCharacters: number; previous: WindowState | undefined },
): WindowState {
  const length = textBefore.length;
  const keptStart = previous && findStart(textBefore, previous);
  const start =
    keptStart !== undefined && isServing(keptStart, length, budgetCharacters)
      ? keptStart
      : chooseStart(textBefore, budgetCharacters);
  return {
    start,
    length,
    head: textBefore.slice(start, start + HEAD_LENGTH),
  };
}

/** The old start in the new text, also when text above the window was inserted or deleted. */
function findStart(
  textBefore: string,
  previous: WindowState,
): number | undefined {
  const shifted = previous.start + textBefore.length - previous.length;
  return [previous.start, shifted].find(
    (start) =>
      start === 0 || (start > 0 && textBefore.startsWith(previous.head, start)),
  );
}

/** Not more than the budget, and not so little that the text above is missed. */
function isServing(start: number, length: number, budget: number): boolean {
  const used = length - start;
  if (used > budget) return false;
  return (
    start === 0 || used >= budget - 2 * jumpOf(budget) - anchorRangeOf(budget)
  );
}

function chooseStart(textBefore: string, budget: number): number {
  const length = textBefore.length;
  if (length <= budget) return 0;
  const jump = jumpOf(budget);
  // On a grid, so that coming back to a place gives the start it had before.
  const earliest = Math.ceil((length - budget + jump) / jump) * jump;
  return findAnchor(textBefore, {
    from: earliest,
    to: earliest + anchorRangeOf(budget),
  });
}

function jumpOf(budget: number): number {
  const wanted = Math.min(MIN_JUMP_CHARACTERS, budget * MAX_JUMP_SHARE);
  return Math.max(1, anchorRangeOf(budget), Math.floor(wanted));
}

function anchorRangeOf(budget: number): number {
  return Math.max(1, Math.floor(budget / JUMPS_PER_WINDOW));
}

/** The best place to begin in a range: a heading, else a paragraph, a line, a word. */
function findAnchor(
  text: string,
  { from, to }: { from: number; to: number },
): number {
  // One character more on the left: a start is recognised by what stands before it.
  const range = text.slice(from - 1, to);
  for (const pattern of [
    /\n(?=#{1,6} )/,
    /\n\n+(?=\S)/,
    /\n(?=\S)/,
    /\n/,
    /\s(?=\S)/,
  ]) {
    const match = pattern.exec(range);
    if (match) return from - 1 + match.index + match[0].length;
  }
  // No white space at all, as in Chinese: only never between the halves of a surrogate pair.
  return isLowSurrogate(text.charCodeAt(from)) ? from + 1 : from;
}

function isLowSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xdc00 && codeUnit <= 0xdfff;
}
