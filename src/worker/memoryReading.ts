// Reads a workspace for its memory: from files to token ids and, where much has changed, to an index. What comes out is
// what the thread that writes has to do; it is handed over whole.

import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GitIgnore } from "../documents/gitIgnore";
import { WorkspaceTexts } from "../documents/workspaceTexts";
import { SuffixIndex, type SuffixIndexParts } from "../memory/suffixIndex";
import { BYTES_PER_TOKEN } from "../memory/workspaceMemory";
import type { MemoryList, ReadWorkspaceRequest } from "../protocol/worker";

/** What has to be done to a `WorkspaceMemory`. */
export type MemoryChange =
  | {
      kind: "change";
      set: { name: string; tokenIds: Uint32Array<ArrayBuffer> }[];
      gone: string[];
    }
  | { kind: "replace"; names: string[]; index: SuffixIndexParts };

/** Where others have to be given their turn, it rests for as long as it worked after so long a stretch. */
const STRETCH_MS = 20;

/** Of all that has changed since the large index was built; an index of so many takes some milliseconds. */
const MAX_CHANGED_TOKENS = 10_000;

type TokenMap = ReadonlyMap<string, Uint32Array<ArrayBuffer>>;

/** Reads again and again, and knows what it has handed over. */
export class MemoryReading {
  private readonly texts = new WorkspaceTexts();
  private readonly documents = new Map<
    string,
    { tokenIds: Uint32Array<ArrayBuffer>; modifiedMs: number }
  >();
  /** What the last answers together have left in the memory. */
  private handedOver: TokenMap = new Map();
  /** What the large index of the memory holds. */
  private indexed: TokenMap = new Map();

  /** `rests`: nobody waits for a reader, and not everywhere does the system let others go before it. */
  constructor(
    private readonly encode: (text: string) => readonly number[],
    private readonly rests: boolean,
  ) {}

  async read({
    budgetBytes,
    folders,
    nearest,
    open,
    gitProgram,
  }: ReadWorkspaceRequest): Promise<MemoryChange> {
    let began = performance.now();
    const git = new GitIgnore({ program: gitProgram });
    const { gone } = await this.texts
      .update(
        { folders, open, askGit: git.ask },
        async ({ name, text, modifiedMs }) => {
          const tokenIds = Uint32Array.from(this.encode(text.trimEnd()));
          this.documents.set(name, { tokenIds, modifiedMs });
          const worked = performance.now() - began;
          if (!this.rests || worked < STRETCH_MS) return;
          await delay(worked);
          began = performance.now();
        },
      )
      .finally(() => git.dispose());
    for (const name of gone) this.documents.delete(name);
    return this.handOver(this.chooseWithin(budgetBytes, nearest));
  }

  /** What the last reading handed over, and what it left out. */
  list(): MemoryList {
    const read = [...this.handedOver.keys()].sort();
    const noRoom = [...this.documents.keys()]
      .filter((name) => !this.handedOver.has(name))
      .map((name) => ({ name, reason: "no room" as const }));
    const leftOut = [...this.texts.leftOut, ...noRoom];
    return {
      read,
      leftOut: leftOut.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  /** The nearest documents first, of those the ones that were changed last, as many as there is room for. */
  private chooseWithin(
    budgetBytes: number,
    nearest: readonly string[],
  ): TokenMap {
    const open = new Set(nearest);
    const besideOpen = new Set(nearest.map((name) => path.dirname(name)));
    const distance = (name: string) => {
      if (open.has(name)) return 0;
      return besideOpen.has(path.dirname(name)) ? 1 : 2;
    };
    const nearestFirst = [...this.documents].sort(
      ([nameA, a], [nameB, b]) =>
        distance(nameA) - distance(nameB) || b.modifiedMs - a.modifiedMs,
    );
    let room = budgetBytes;
    const chosen = new Map<string, Uint32Array<ArrayBuffer>>();
    for (const [name, { tokenIds }] of nearestFirst) {
      const bytes = tokenIds.length * BYTES_PER_TOKEN;
      if (bytes > room) continue;
      room -= bytes;
      chosen.set(name, tokenIds);
    }
    return chosen;
  }

  private handOver(chosen: TokenMap): MemoryChange {
    const before = this.handedOver;
    this.handedOver = chosen;
    // The memory builds an index of its own of all that is otherwise than in the large one, so that this must stay small.
    const numChanged =
      countTokens(differing(chosen, this.indexed)) +
      countTokens(differing(this.indexed, chosen));
    if (numChanged > MAX_CHANGED_TOKENS) {
      this.indexed = chosen;
      const index = SuffixIndex.build([...chosen.values()]);
      return {
        kind: "replace",
        names: [...chosen.keys()],
        index: index.parts,
      };
    }
    const set = differing(chosen, before);
    const gone = [...before.keys()].filter((name) => !chosen.has(name));
    return {
      kind: "change",
      set: set.map(([name, tokenIds]) => ({ name, tokenIds })),
      gone,
    };
  }
}

/** The documents of `documents` that are not, or not with that text, among `others`. */
function differing(
  documents: TokenMap,
  others: TokenMap,
): [string, Uint32Array<ArrayBuffer>][] {
  return [...documents].filter(
    ([name, tokenIds]) => others.get(name) !== tokenIds,
  );
}

function countTokens(documents: readonly [string, Uint32Array][]): number {
  return documents.reduce((sum, [, { length }]) => sum + length, 0);
}
