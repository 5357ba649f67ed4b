// Chooses where the prompt begins in a long document.
// The beginning stays where it is while text is typed at the end and then moves by a jump of about an eighth of the
// window, to a heading or a paragraph: the tokens of the prompt so far stay a prefix and their keys and values are
// reused. Knows characters only; the measured characters per token keep the worker from having to drop any.
//
//   |........start|======== prompt ========|cursor
//                 |<- 6/8 .. 8/8 budget ->|

/** Where the window of one document begins, kept from one request to the next. */
export interface WindowState {
  start: number;
  /** Length of the text before the cursor when `start` was last confirmed. */
  length: number;
  /** The text at `start`: shows whether an edit further up has moved it. */
  head: string;
}

/** English prose has about 4.5 characters a token, Markdown with code 3.3; a document is then measured. */
const INITIAL_CHARACTERS_PER_TOKEN = 3.6;
const JUMPS_PER_WINDOW = 8;
const HEAD_LENGTH = 48;

/** The windows of all documents that are being written in. */
export class PromptWindows {
  private readonly documents = new Map<
    string,
    { window?: WindowState; charactersPerToken: number }
  >();

  /** The prompt for a document of which `textBefore` stands left of the cursor. */
  promptFor(
    documentKey: string,
    {
      textBefore,
      contextTokens,
    }: { textBefore: string; contextTokens: number },
  ): string {
    const state = this.stateOf(documentKey);
    const budget = Math.floor(contextTokens * state.charactersPerToken);
    state.window = placeWindow(textBefore, {
      budgetCharacters: Math.max(1, budget),
      previous: state.window,
    });
    return textBefore.slice(state.window.start);
  }

  /** Learns how many characters this document has in a token, so that the next prompt fits the context. */
  observe(
    documentKey: string,
    measured: {
      promptCharacters: number;
      promptTokens: number;
      contextTokens: number;
    },
  ): void {
    const { promptCharacters, promptTokens, contextTokens } = measured;
    const state = this.stateOf(documentKey);
    if (promptTokens >= contextTokens) {
      // Some was dropped, one cannot say how much.
      state.charactersPerToken *= 0.85;
    } else if (promptTokens >= contextTokens / 4) {
      // Only ever down: a window that grows would have to be read anew.
      state.charactersPerToken = Math.min(
        state.charactersPerToken,
        (0.95 * promptCharacters) / promptTokens,
      );
    }
  }

  forget(documentKey: string): void {
    this.documents.delete(documentKey);
  }

  private stateOf(documentKey: string): {
    window?: WindowState;
    charactersPerToken: number;
  } {
    let state = this.documents.get(documentKey);
    if (!state) {
      state = { charactersPerToken: INITIAL_CHARACTERS_PER_TOKEN };
      this.documents.set(documentKey, state);
    }
    return state;
  }
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
  return start === 0 || used >= (budget * 5) / JUMPS_PER_WINDOW;
}

function chooseStart(textBefore: string, budget: number): number {
  const length = textBefore.length;
  if (length <= budget) return 0;
  const jump = Math.max(1, Math.floor(budget / JUMPS_PER_WINDOW));
  // On a grid, so that coming back to a place gives the start it had before.
  const earliest = Math.ceil((length - budget + jump) / jump) * jump;
  return findAnchor(textBefore, { from: earliest, to: earliest + jump });
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
