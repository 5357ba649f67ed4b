// From the documents that were found to the list that the page draws.

import {
  CHARACTERS_PER_TOKEN,
  type ChosenDocuments,
  type DocumentOverride,
} from "../documents/chooseDocuments";
import type { DocumentRole } from "../protocol/panel";
import type { FineTuningState, ListedDocument } from "../words/panelCodes";

/** More left-out files than these are counted and not listed: nobody reads them, and every page would carry them. */
export const MAX_LISTED_OUT = 1000;

/** The documents with what becomes of each; those that are in come first when not all can be listed. */
export function documentList(
  chosen: ChosenDocuments,
  overrides: Readonly<Record<string, DocumentOverride>>,
): Pick<
  FineTuningState["documents"],
  "documents" | "unlisted" | "isGitUnasked"
> {
  const isIn: ListedDocument[] = chosen.documents.map((document) => ({
    name: document.name,
    tokens: Math.round(document.characters / CHARACTERS_PER_TOKEN),
    role: document.side === "heldOut" ? "held-out" : "training",
    reason:
      document.allowedSecret === undefined
        ? undefined
        : { code: "allowed-by-hand" },
    isChoosable: true,
    canTrainAnyway: false,
  }));
  const leftOut = chosen.leftOut.map((document): ListedDocument => {
    const { reason, duplicateOf, secret, sizeBytes = 0 } = document;
    const isByHand =
      overrides[document.name] === "leftOut" && reason !== "secret";
    return {
      name: document.name.replace(/\/$/, ""),
      tokens: Math.round(sizeBytes / CHARACTERS_PER_TOKEN),
      role: "out",
      reason: isByHand ? { code: "by-hand" } : { code: reason, duplicateOf },
      isChoosable: isByHand,
      canTrainAnyway: secret !== undefined,
    };
  });
  // What the person may take in comes first: only in the list can that be done.
  const mayComeIn = ({ isChoosable, canTrainAnyway }: ListedDocument) =>
    Number(isChoosable || canTrainAnyway);
  leftOut.sort((a, b) => mayComeIn(b) - mayComeIn(a));
  return {
    documents: [...isIn, ...leftOut.slice(0, MAX_LISTED_OUT)],
    unlisted: Math.max(0, leftOut.length - MAX_LISTED_OUT),
    isGitUnasked: chosen.unaskedRepositories.length > 0,
  };
}

/** The overrides after a person has assigned documents by hand. */
export function withAssigned(
  overrides: Readonly<Record<string, DocumentOverride>>,
  { names, role }: { names: readonly string[]; role: DocumentRole | "in" },
): Record<string, DocumentOverride> {
  const changed = new Map(Object.entries(overrides));
  for (const name of names) {
    const override = overrideOf(role);
    if (override) changed.set(name, override);
    else if (changed.get(name) === "leftOut") changed.delete(name);
  }
  return Object.fromEntries(changed);
}

/** The allowed secrets after documents were left out: whoever wants one in again is asked again. */
export function withoutAllowed(
  allowed: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const out = new Set(names);
  return Object.fromEntries(
    Object.entries(allowed).filter(([name]) => !out.has(name)),
  );
}

/** What documents' names begin with, by the name of their folder; two folders of one name are told apart. */
export function uniquePrefixes(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replaceAll(/[/\\]/g, "-");
    let free = plain;
    for (let number = 2; taken.has(free); number++)
      free = `${plain} (${number})`;
    taken.add(free);
    return `${free}/`;
  });
}

/** Patterns as they are typed: commas or line ends between them, but not within braces. */
export function patternsOf(text: string): string[] {
  return text
    .split(/[,\n](?![^{]*\})/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
}

function overrideOf(role: DocumentRole | "in"): DocumentOverride | undefined {
  switch (role) {
    case "training":
      return "training";
    case "held-out":
      return "heldOut";
    case "out":
      return "leftOut";
    case "in":
      return undefined;
  }
}
