// Asks once at each of given cursors, through the same path as the editor, so that outside benchmarks can be scored.

import { Completer, type CompletionSettings } from "../completion/completer";
import type { Generator } from "../completion/generator";

/** One line of a file of cases: the cursor stands between `before` and `after`. */
export interface CompletionCase {
  id: string;
  before: string;
  after: string;
  language: string;
  path?: string;
}

/** What was decided for a case. */
export interface CaseResult {
  id: string;
  /** Empty when silent. */
  shown: string;
  /** The code of the silence, or "shown". */
  reason: string;
  confidence: number;
  latencyMs: number;
}

/** Checks a parsed line; `lineNumber` is for the message. */
export function parseCase(line: string, lineNumber: number): CompletionCase {
  const value = JSON.parse(line) as Record<string, unknown>;
  const { id, before, after = "", language = "markdown", path } = value;
  const isValid =
    (typeof id === "string" || typeof id === "number") &&
    typeof before === "string" &&
    typeof after === "string" &&
    typeof language === "string" &&
    (path === undefined || typeof path === "string");
  if (!isValid) {
    throw new TypeError(
      `Cannot read case in line ${lineNumber}: expected {id, before, after, language, path?} with texts`,
    );
  }
  return {
    id: String(id),
    before,
    after,
    language,
    ...(path === undefined ? {} : { path }),
  };
}

/** Asks at one cursor, with nothing kept from earlier ones. */
export async function runCase(
  generator: Generator,
  { each, settings }: { each: CompletionCase; settings: CompletionSettings },
): Promise<CaseResult> {
  const completer = new Completer(generator, { prefetch: false });
  const start = performance.now();
  const decision = await completer.complete(
    {
      documentKey: `case:${each.id}`,
      path: each.path,
      languageId: each.language,
      textBefore: each.before,
      textAfter: each.after,
      selectedCompletion: undefined,
      trigger: "automatic",
      settings,
    },
    new AbortController().signal,
  );
  const isShown = decision.kind === "show";
  return {
    id: each.id,
    shown: isShown ? (decision.suggestions[0]?.text ?? "") : "",
    reason: isShown ? "shown" : decision.reason.code,
    confidence: Number((decision.confidence ?? 0).toFixed(4)),
    latencyMs: Number((performance.now() - start).toFixed(1)),
  };
}
