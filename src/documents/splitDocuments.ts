// Splits documents into those to learn from and those to hold out. Whole groups of near-duplicates go to one side.
// A group's place in the order comes from a hash of its name, not from its neighbours: when documents are added or
// edited, the others stay where they were, except a few at the border when a side would become too small or too large.

import { hashText } from "../common/random";

/** Which of the two a document is for. */
export type DocumentSide = "training" | "heldOut";

/** What is wanted of the split, as shares of all characters. */
const WANTED_SHARE = 0.15;
const MIN_SHARE = 0.1;
const MAX_WANTED_SHARE = 0.25;
/** More than this is never held out unless the user says so. */
export const MAX_HELD_OUT_SHARE = 0.4;

/** A document as the split sees it. */
export interface SplitDocument {
  name: string;
  characters: number;
  /** The same for documents that must stay together, as of `groupNearDuplicates`. */
  group: number;
}

interface Group {
  /** Place in the order, 0 to 1. */
  place: number;
  characters: number;
  members: number[];
  /** What the user says. */
  override: DocumentSide | undefined;
}

/**
 * The side of each document. An override moves the whole group of its document; where overrides contradict each
 * other, the group is held out. At least one document is held out, and one is learned from, where there are two groups.
 */
export function splitDocuments(
  documents: readonly SplitDocument[],
  {
    seed = 0,
    overrides = new Map<string, DocumentSide>(),
  }: { seed?: number; overrides?: ReadonlyMap<string, DocumentSide> } = {},
): DocumentSide[] {
  const groups = formGroups(documents, { seed, overrides });
  const sides = new Array<DocumentSide>(documents.length).fill("training");
  for (const group of chooseHeldOut(groups)) {
    for (const member of group.members) sides[member] = "heldOut";
  }
  return sides;
}

function formGroups(
  documents: readonly SplitDocument[],
  {
    seed,
    overrides,
  }: { seed: number; overrides: ReadonlyMap<string, DocumentSide> },
): Group[] {
  const groups = new Map<number, Group & { firstName: string }>();
  documents.forEach(({ name, characters, group: key }, index) => {
    const group = groups.get(key) ?? {
      place: 0,
      characters: 0,
      members: [],
      override: undefined,
      firstName: name,
    };
    groups.set(key, group);
    group.members.push(index);
    group.characters += characters;
    if (name < group.firstName) group.firstName = name;
    if (group.override !== "heldOut") {
      group.override = overrides.get(name) ?? group.override;
    }
  });
  for (const group of groups.values()) {
    group.place = hashText(group.firstName, seed) / 2 ** 32;
  }
  return [...groups.values()].sort((a, b) => a.place - b.place);
}

/** What is drawn does not depend on the overrides: whoever moves one document by hand does not move others. */
function chooseHeldOut(groups: readonly Group[]): Group[] {
  const drawn = new Set(drawHeldOut(groups));
  const heldOut = groups.filter(
    (group) =>
      (group.override ?? (drawn.has(group) && "heldOut")) === "heldOut",
  );
  if (heldOut.length > 0) return heldOut;
  const free = groups.filter(({ override }) => override === undefined);
  return free.length === 1 && groups.length > 1 ? free : drawHeldOut(free);
}

/** `groups` in the order of their places. */
function drawHeldOut(groups: readonly Group[]): Group[] {
  if (groups.length < 2) return [];
  const total = sumCharacters(groups);
  const eligible = findEligible(groups, total);
  // Every group is larger than what may be held out: the smallest one is the least loss.
  if (eligible.length === 0) {
    return [groups.reduce((a, b) => (b.characters < a.characters ? b : a))];
  }
  const shareOf = (count: number) =>
    sumCharacters(eligible.slice(0, count)) / total;
  let count = eligible.filter(({ place }) => place < WANTED_SHARE).length;
  while (
    count < eligible.length &&
    shareOf(count) < MIN_SHARE &&
    shareOf(count + 1) <= MAX_HELD_OUT_SHARE
  ) {
    count++;
  }
  while (count > 1 && shareOf(count) > MAX_WANTED_SHARE) count--;
  return eligible.slice(0, Math.max(count, 1));
}

/** Several small documents say more than a large one: the large ones are drawn only where the small ones are few. */
const SIZE_LIMITS = [0.05, 0.1, MAX_HELD_OUT_SHARE];
/** Of all characters, so that there is something to draw from. */
const MIN_ELIGIBLE_SHARE = 0.4;

function findEligible(groups: readonly Group[], total: number): Group[] {
  const choices = SIZE_LIMITS.map((limit) =>
    groups.filter(({ characters }) => characters <= limit * total),
  );
  return (
    choices.find(
      (choice) => sumCharacters(choice) >= MIN_ELIGIBLE_SHARE * total,
    ) ?? choices.at(-1)!
  );
}

function sumCharacters(groups: readonly Group[]): number {
  return groups.reduce((sum, { characters }) => sum + characters, 0);
}
