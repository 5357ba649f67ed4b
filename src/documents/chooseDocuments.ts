// From a folder to the documents that are learned from and those that are held out, with the reason for every file
// that is neither. The panel, the command line and the trainer all choose here, so that they show and do the same.

import type { DocumentReference } from "../protocol/training";
import {
  collectDocuments,
  type Collection,
  type CollectedDocument,
  type CollectOptions,
  type LeftOutDocument,
} from "./collectDocuments";
import {
  COPY_SIMILARITY,
  estimateSimilarity,
  groupNearDuplicates,
} from "./nearDuplicates";
import { splitDocuments, type DocumentSide } from "./splitDocuments";

/** Less teaches nothing that could be measured: it is about 1,500 words, four pages. */
export const MIN_TRAINING_TOKENS = 2000;

/** Without one nobody could say whether training helped. */
export const MIN_HELD_OUT_DOCUMENTS = 1;

/** Characters of a token in English prose and Markdown, roughly, for estimates where no tokenizer is at hand. */
export const CHARACTERS_PER_TOKEN = 4;

/** What the user says of a document by hand. */
export type DocumentOverride = DocumentSide | "leftOut";

/** A document and what it is for. */
export interface ChosenDocument extends DocumentReference {
  side: DocumentSide;
  sizeBytes: number;
  characters: number;
  sha256: string;
  /** The first document of its group of near-duplicates, where there are several; they move together. */
  group: string | undefined;
}

/** What a folder gives. */
export interface ChosenDocuments {
  /** In the order of their names. */
  documents: ChosenDocument[];
  training: DocumentReference[];
  heldOut: DocumentReference[];
  leftOut: LeftOutDocument[];
  numNotMatched: number;
  /** Repositories that git was not asked about: what git alone knows to be ignored may be among the documents. */
  unaskedRepositories: string[];
}

/** One folder of several, with what the names of its documents begin with, such as "docs/". */
export interface PrefixedFolder {
  folder: string;
  prefix: string;
}

/** Where documents are looked for and how they are split. */
export interface ChooseOptions extends Omit<CollectOptions, "withText"> {
  /** Of several each has its own patterns' root; their documents are split and compared together. */
  folder: string | readonly PrefixedFolder[];
  /** Everything in this folder is held out and the rest of `folder` learned from; without it documents are drawn. */
  heldOutFolder?: string | undefined;
  /** By the document's name. */
  overrides?: Readonly<Record<string, DocumentOverride>>;
  seed?: number;
}

/** Chooses; whether it is enough to train on is for `findShortage` to say. */
export async function chooseDocuments({
  folder,
  heldOutFolder,
  overrides = {},
  seed = 0,
  ...options
}: ChooseOptions): Promise<ChosenDocuments> {
  const found = await collectFrom(folder, options);
  const given =
    heldOutFolder === undefined
      ? undefined
      : await collectDocuments(heldOutFolder, options);
  const { kept, groups, leftOut } = removeCopies(
    leaveOutByHand(found, { overrides, given }),
    given?.documents ?? [],
  );
  const sides = given
    ? sidesByFolder(kept, given.documents)
    : splitDocuments(
        kept.map(({ name, characters }, index) => ({
          name,
          characters,
          group: groups[index]!,
        })),
        { seed, overrides: sidesOf(overrides) },
      );
  const groupNames = namesOfGroups(kept, groups);
  const documents = kept.map((document, index) =>
    describe(document, {
      side: sides[index]!,
      group: groupNames[index],
    }),
  );
  return {
    documents,
    training: references(documents, "training"),
    heldOut: references(documents, "heldOut"),
    leftOut: [...leftOut, ...(given?.leftOut ?? [])],
    numNotMatched: found.numNotMatched + (given?.numNotMatched ?? 0),
    unaskedRepositories: [
      ...new Set([
        ...found.unaskedRepositories,
        ...(given?.unaskedRepositories ?? []),
      ]),
    ],
  };
}

async function collectFrom(
  folder: ChooseOptions["folder"],
  options: CollectOptions,
): Promise<Collection> {
  if (typeof folder === "string") return collectDocuments(folder, options);
  const all: Collection = {
    documents: [],
    leftOut: [],
    numNotMatched: 0,
    unaskedRepositories: [],
  };
  for (const { folder: one, prefix } of folder) {
    const found = await collectDocuments(one, {
      ...options,
      allowedSecret: (name) => options.allowedSecret?.(prefix + name),
    });
    const named = <T extends { name: string }>(document: T): T => ({
      ...document,
      name: prefix + document.name,
    });
    all.documents.push(...found.documents.map(named));
    for (const document of found.leftOut.map(named)) {
      const { duplicateOf } = document;
      if (duplicateOf === undefined) all.leftOut.push(document);
      else all.leftOut.push({ ...document, duplicateOf: prefix + duplicateOf });
    }
    all.numNotMatched += found.numNotMatched;
    all.unaskedRepositories.push(...found.unaskedRepositories);
  }
  return all;
}

/** Takes out what the user does not want, and what lies in the folder of held-out documents. */
function leaveOutByHand(
  { documents, leftOut }: Collection,
  {
    overrides,
    given,
  }: {
    overrides: Readonly<Record<string, DocumentOverride>>;
    given: Collection | undefined;
  },
): Pick<Collection, "documents" | "leftOut"> {
  const heldOutFiles = new Set(given?.documents.map(({ file }) => file));
  const free = documents.filter(({ file }) => !heldOutFiles.has(file));
  const isUnwanted = ({ name }: CollectedDocument) =>
    Object.hasOwn(overrides, name) && overrides[name] === "leftOut";
  return {
    documents: free.filter((document) => !isUnwanted(document)),
    leftOut: [
      ...leftOut,
      ...free.filter(isUnwanted).map(({ file, name, sizeBytes }) => ({
        file,
        name,
        sizeBytes,
        reason: "excluded" as const,
      })),
    ],
  };
}

/**
 * Keeps one of documents that are nearly equal. With held-out documents given, all that is like one of them goes:
 * to learn from it would be to learn the answers.
 */
function removeCopies(
  { documents, leftOut }: Pick<Collection, "documents" | "leftOut">,
  given: readonly CollectedDocument[],
): {
  kept: CollectedDocument[];
  groups: number[];
  leftOut: LeftOutDocument[];
} {
  const all = [...given, ...documents];
  const groups = groupNearDuplicates(all.map(({ sketch }) => sketch));
  const kept: number[] = [];
  const copies: LeftOutDocument[] = [];
  const keptOfGroup = new Map<number, number[]>();
  all.forEach((document, index) => {
    const members = keptOfGroup.get(groups[index]!) ?? [];
    keptOfGroup.set(groups[index]!, members);
    const original = members.find((member) =>
      index >= given.length && member < given.length
        ? true
        : estimateSimilarity(all[member]!.sketch, document.sketch) >=
          COPY_SIMILARITY,
    );
    if (original === undefined || index < given.length) {
      members.push(index);
      kept.push(index);
      return;
    }
    const { file, name, sizeBytes } = document;
    copies.push({
      file,
      name,
      sizeBytes,
      reason: "duplicate",
      duplicateOf: all[original]!.name,
    });
  });
  kept.sort((a, b) => (all[a]!.name < all[b]!.name ? -1 : 1));
  return {
    kept: kept.map((index) => all[index]!),
    groups: kept.map((index) => groups[index]!),
    leftOut: [...leftOut, ...copies],
  };
}

function sidesByFolder(
  kept: readonly CollectedDocument[],
  given: readonly CollectedDocument[],
): DocumentSide[] {
  const heldOut = new Set(given);
  return kept.map((document) =>
    heldOut.has(document) ? "heldOut" : "training",
  );
}

function sidesOf(
  overrides: Readonly<Record<string, DocumentOverride>>,
): Map<string, DocumentSide> {
  const sides = new Map<string, DocumentSide>();
  for (const [name, override] of Object.entries(overrides)) {
    if (override !== "leftOut") sides.set(name, override);
  }
  return sides;
}

/** For each document the first one of its group, where the group has several. */
function namesOfGroups(
  kept: readonly CollectedDocument[],
  groups: readonly number[],
): (string | undefined)[] {
  const members = new Map<number, string[]>();
  groups.forEach((group, index) => {
    const names = members.get(group) ?? [];
    members.set(group, names);
    names.push(kept[index]!.name);
  });
  return groups.map((group) => {
    const names = members.get(group)!;
    return names.length > 1 ? names[0] : undefined;
  });
}

function describe(
  document: CollectedDocument,
  place: { side: DocumentSide; group: string | undefined },
): ChosenDocument {
  const { sizeBytes, characters, sha256 } = document;
  return { ...reference(document), ...place, sizeBytes, characters, sha256 };
}

function references(
  documents: readonly ChosenDocument[],
  side: DocumentSide,
): DocumentReference[] {
  return documents.filter((document) => document.side === side).map(reference);
}

function reference({
  file,
  name,
  allowedSecret,
}: DocumentReference): DocumentReference {
  return allowedSecret === undefined
    ? { file, name }
    : { file, name, allowedSecret };
}

/** What is missing, in numbers; the words are made where they are shown. */
export interface Shortage {
  trainingTokens: number;
  neededTrainingTokens: number;
  heldOutDocuments: number;
  neededHeldOutDocuments: number;
  /** Documents that were found and left out for being too short. */
  tooShort: number;
}

/** Undefined when there is enough. Without a count of tokens they are estimated from the characters. */
export function findShortage(
  {
    documents,
    leftOut = [],
  }: Pick<ChosenDocuments, "documents"> &
    Partial<Pick<ChosenDocuments, "leftOut">>,
  trainingTokens = estimateTokens(documents),
): Shortage | undefined {
  const heldOutDocuments = documents.filter(
    ({ side }) => side === "heldOut",
  ).length;
  return trainingTokens < MIN_TRAINING_TOKENS ||
    heldOutDocuments < MIN_HELD_OUT_DOCUMENTS
    ? {
        trainingTokens,
        neededTrainingTokens: MIN_TRAINING_TOKENS,
        heldOutDocuments,
        neededHeldOutDocuments: MIN_HELD_OUT_DOCUMENTS,
        tooShort: leftOut.filter(({ reason }) => reason === "too short").length,
      }
    : undefined;
}

/** The tokens to learn from, roughly. */
export function estimateTokens(documents: readonly ChosenDocument[]): number {
  const characters = documents
    .filter(({ side }) => side === "training")
    .reduce((sum, document) => sum + document.characters, 0);
  return Math.round(characters / CHARACTERS_PER_TOKEN);
}
