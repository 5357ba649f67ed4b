import assert from "node:assert/strict";
import {
  SuggestionTracker,
  type SuggestionEvent,
} from "../../../src/editor/suggestionTracker";

const documentKey = "file:///a.md";
const lineBefore = "The cat sat";
const lineStart = 100;
const offset = lineStart + lineBefore.length;
const place = { documentKey, offset };

/** Offers of one text, with a clock that stands until it is moved and the events so far. */
function offering(...texts: string[]) {
  const events: SuggestionEvent[] = [];
  const clock = { ms: 0 };
  const suggestionTracker = new SuggestionTracker(
    (event) => events.push(event),
    () => clock.ms,
  );
  const id = suggestionTracker.show({ ...place, lineBefore, texts });
  clock.ms = 1_000;
  const insert = (at: number, text: string) =>
    suggestionTracker.documentChanged(documentKey, [
      { rangeOffset: at, rangeLength: 0, text },
    ]);
  return { suggestionTracker, id, clock, insert, events };
}

function kinds(events: SuggestionEvent[]): string[] {
  return events.map((event) =>
    event.kind === "taken"
      ? `${event.characters} taken, ${event.before} to ${event.after}`
      : event.kind,
  );
}

suite("Offers", () => {
  test("a suggestion counts once while its letters are typed and it is offered again", () => {
    const { suggestionTracker, id, insert, events } = offering(" on the mat.");
    insert(offset, " ");
    const again = suggestionTracker.show({
      documentKey,
      offset: offset + 1,
      lineBefore: `${lineBefore} `,
      texts: ["on the mat."],
    });
    assert.equal(again, id);
    assert.deepEqual(kinds(events), ["shown"]);
  });

  test("a suggestion that has grown is followed to its new end", () => {
    const { suggestionTracker, id, insert, events } = offering(" on the");
    insert(offset, " ");
    const again = suggestionTracker.show({
      documentKey,
      offset: offset + 1,
      lineBefore: `${lineBefore} `,
      texts: ["on the mat."],
    });
    assert.equal(again, id);
    insert(offset + 1, "on the mat.");
    suggestionTracker.acceptedWhole(id);
    assert.deepEqual(kinds(events), [
      "shown",
      "11 taken, none to part",
      "0 taken, part to whole",
    ]);
  });

  test("a replacement from the line's start is seen as what it adds", () => {
    const { suggestionTracker, events } = offering(" on the mat.");
    suggestionTracker.documentChanged(documentKey, [
      {
        rangeOffset: lineStart,
        rangeLength: lineBefore.length,
        text: `${lineBefore} on the mat.`,
      },
    ]);
    assert.deepEqual(kinds(events), ["shown", "12 taken, none to whole"]);
  });

  test("the command that follows a whole acceptance counts nothing twice", () => {
    const { suggestionTracker, id, insert, events } = offering(" on the mat.");
    insert(offset, " on the mat.");
    suggestionTracker.acceptedWhole(id);
    assert.deepEqual(kinds(events), ["shown", "12 taken, none to whole"]);
  });

  test("words taken one by one are a part, and the rest with Tab makes it whole", () => {
    const { suggestionTracker, id, insert, events } = offering(" on the mat.");
    insert(offset, " on");
    insert(offset + 3, " the");
    insert(offset + 7, " mat.");
    suggestionTracker.acceptedWhole(id);
    assert.deepEqual(kinds(events), [
      "shown",
      "3 taken, none to part",
      "4 taken, part to part",
      "5 taken, part to part",
      "0 taken, part to whole",
    ]);
  });

  test("a white space that is taken alone counts as typed", () => {
    const { insert, events } = offering("  on the mat.");
    insert(offset, "  ");
    assert.deepEqual(kinds(events), ["shown"]);
  });

  test("typing another way is a rejection once it could be read", () => {
    const read = offering(" on the mat.");
    read.insert(offset, "x");
    assert.deepEqual(read.events.at(-1), {
      kind: "rejected",
      by: "typing",
      ...place,
    });

    const unread = offering(" on the mat.");
    unread.clock.ms = 100;
    unread.insert(offset, "x");
    assert.deepEqual(kinds(unread.events), ["shown"]);
  });

  test("Escape is a rejection at once, and once", () => {
    const { suggestionTracker, clock, insert, events } = offering(" on the");
    clock.ms = 10;
    suggestionTracker.dismissed();
    suggestionTracker.dismissed();
    clock.ms = 1_000;
    insert(offset, "x");
    assert.deepEqual(events.slice(1), [
      { kind: "rejected", by: "escape", ...place },
    ]);
  });

  test("Escape after letters were typed along is a rejection, after a word was taken none", () => {
    const typed = offering(" on the");
    typed.insert(offset, " ");
    typed.suggestionTracker.dismissed();
    assert.deepEqual(kinds(typed.events), ["shown", "rejected"]);

    const taken = offering(" on the");
    taken.insert(offset, " on");
    taken.suggestionTracker.dismissed();
    assert.deepEqual(kinds(taken.events), ["shown", "3 taken, none to part"]);
  });

  test("typing another way after a word was taken is no rejection", () => {
    const { insert, events } = offering(" on the mat.");
    insert(offset, " on");
    insert(offset + 3, "!");
    assert.deepEqual(kinds(events), ["shown", "3 taken, none to part"]);
  });

  test("deletions, edits elsewhere and several cursors say nothing", () => {
    for (const changes of [
      [{ rangeOffset: offset - 1, rangeLength: 1, text: "" }],
      [{ rangeOffset: 3, rangeLength: 0, text: "x" }],
      [
        { rangeOffset: offset, rangeLength: 0, text: "x" },
        { rangeOffset: 3, rangeLength: 0, text: "x" },
      ],
      [{ rangeOffset: offset + 5, rangeLength: 0, text: "x" }],
    ]) {
      const { suggestionTracker, insert, events } = offering(" on the mat.");
      suggestionTracker.documentChanged(documentKey, changes);
      insert(offset, "x");
      assert.deepEqual(kinds(events), ["shown"]);
    }
  });

  test("another document's changes leave an offer as it is", () => {
    const { suggestionTracker, insert, events } = offering(" on");
    suggestionTracker.documentChanged("file:///b.md", [
      { rangeOffset: offset, rangeLength: 0, text: "x" },
    ]);
    insert(offset, " on");
    assert.deepEqual(kinds(events), ["shown", "3 taken, none to whole"]);
  });

  test("a bracket that the editor closes by itself says nothing", () => {
    const { insert, events } = offering("(on the mat)");
    insert(offset, "()");
    assert.deepEqual(kinds(events), ["shown"]);
  });

  test("among several suggestions the one that is taken is followed", () => {
    const { insert, events } = offering(" on the mat.", " in the sun.");
    insert(offset, " in");
    insert(offset + 3, " the sun.");
    assert.deepEqual(kinds(events), [
      "shown",
      "3 taken, none to part",
      "9 taken, part to part",
    ]);
  });

  test("after its end an offer is neither taken nor rejected", () => {
    const { suggestionTracker, insert, events } = offering(" on the mat.");
    suggestionTracker.end("file:///b.md");
    suggestionTracker.end(documentKey);
    insert(offset, " on the mat.");
    assert.deepEqual(kinds(events), ["shown"]);
  });
});
