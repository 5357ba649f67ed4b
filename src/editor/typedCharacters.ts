// How many characters a person has typed, from how a document has changed. Pure.

import { AUTO_CLOSED } from "./suggestionTracker";
import type { TextChange } from "./textChange";

/** What one key writes: a character, a new line with its indentation, an indentation. */
const ONE_KEY = /^(?:\r?\n[ \t]*|[ \t]+|.)$/u;

/**
 * 1 for a key, also with several cursors and where the editor closes a bracket; 0 for deleted, pasted and accepted text.
 * What an input method replaces while it composes counts when it is one character.
 */
export function typedCharacters(changes: readonly TextChange[]): 0 | 1 {
  const [first] = changes;
  if (!first || changes.some(({ text }) => text !== first.text)) return 0;
  return ONE_KEY.test(first.text) || AUTO_CLOSED.test(first.text) ? 1 : 0;
}
