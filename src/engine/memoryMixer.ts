// Asks the memories of a workspace and of the text so far for the tokens that a generation passes by.

import { fileURLToPath } from "node:url";
import type { Guesser } from "../inference/guessing";
import type { Mixer } from "../inference/mixedRun";
import { blendOrders, mostExpected } from "../memory/contextDistribution";
import { mix } from "../memory/mixture";
import { opinionOf } from "../memory/modelOpinion";
import { continuationsWithin } from "../memory/textContinuations";
import type { TokenSource } from "../protocol/generation";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { WorkspaceMemory } from "../memory/workspaceMemory";

/** Mixes in all documents of a workspace but `except`, and the text that the tokens to come are drawn after. */
export function memoryMixer(
  workspace: WorkspaceMemory,
  {
    except,
    continuesWord,
  }: {
    except?: string | undefined;
    continuesWord: (tokenId: number) => boolean;
  },
): Mixer {
  return (contextIds, logProbabilities) =>
    mix(
      {
        workspace: workspace.continuations(contextIds, { except }),
        document: continuationsWithin(contextIds),
      },
      { model: opinionOf(logProbabilities), continuesWord },
    );
}

/** What the same memories expect without the model. */
export function memoryGuesser(
  workspace: WorkspaceMemory,
  { except }: { except?: string | undefined },
): Guesser {
  return (contextIds) =>
    mostExpected([
      blendOrders(workspace.continuations(contextIds, { except })),
      blendOrders(continuationsWithin(contextIds)),
    ]);
}

/** Whether a token begins with a letter, as far as its first byte says, and not with white space or a mark. */
export function wordContinuation(
  tokenizer: Pick<Tokenizer, "tokenBytes">,
): (tokenId: number) => boolean {
  return (tokenId) => {
    const [byte = 0] = tokenizer.tokenBytes(tokenId);
    const lowerCase = byte | 0x20;
    return byte >= 0x80 || (lowerCase >= 0x61 && lowerCase <= 0x7a);
  };
}

/** Where memory has a token from, by the longest match: a document, or the text that it is drawn after. */
export function findTokenSource(
  workspace: WorkspaceMemory,
  {
    contextIds,
    tokenId,
    except,
  }: {
    contextIds: readonly number[];
    tokenId: number;
    except?: string | undefined;
  },
): TokenSource | undefined {
  const own = continuationsWithin(contextIds).findLast(({ counts }) =>
    counts.has(tokenId),
  );
  const found = workspace.findSource(contextIds, tokenId, { except });
  if (own && own.order >= (found?.order ?? 0)) return { kind: "this-text" };
  return found && { kind: "document", name: found.name };
}

/** The name of a document in a memory, by its cache key: a path for the URI of a file, else the key itself. */
export function documentNameOf(cacheKey: string): string {
  if (!cacheKey.startsWith("file:")) return cacheKey;
  try {
    return fileURLToPath(cacheKey);
  } catch {
    return cacheKey;
  }
}
