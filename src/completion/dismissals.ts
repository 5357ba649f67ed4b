// Remembers which text was dismissed at which place, so that it does not come back there by itself, as when what was
// typed in its stead is undone. Whoever asks for it gets it.

/** Places that are remembered, and characters before the cursor that a place is known by. */
const MAX_PLACES = 200;
const PLACE_CHARACTERS = 400;

/** A suggestion at a cursor. */
export interface ShownText {
  documentKey: string;
  textBefore: string;
  text: string;
}

/** Knows what was dismissed. */
export class Dismissals {
  private places: { key: string; text: string }[] = [];

  add(shown: ShownText): void {
    this.places.push({ key: keyOf(shown), text: shown.text.trim() });
    if (this.places.length > MAX_PLACES) this.places.shift();
  }

  /** Whether a text, or one of which either begins the other, was dismissed at this place. */
  has(shown: ShownText): boolean {
    const key = keyOf(shown);
    const text = shown.text.trim();
    return this.places.some(
      (place) =>
        place.key === key &&
        (place.text.startsWith(text) || text.startsWith(place.text)),
    );
  }

  /** Forgets what was dismissed in a place that it is asked for again. */
  clearAt(place: Omit<ShownText, "text">): void {
    const key = keyOf(place);
    this.places = this.places.filter((each) => each.key !== key);
  }

  clear(): void {
    this.places = [];
  }

  forget(documentKey: string): void {
    const prefix = `${documentKey}\n`;
    this.places = this.places.filter(({ key }) => !key.startsWith(prefix));
  }
}

function keyOf({ documentKey, textBefore }: Omit<ShownText, "text">): string {
  return `${documentKey}\n${textBefore.slice(-PLACE_CHARACTERS)}`;
}
