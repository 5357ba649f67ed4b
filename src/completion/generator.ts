// The one thing that completion/ asks of the outside: something that continues a text.
// In the editor this is the client of the worker thread, in the CLI the engine itself, in tests a table.

import type {
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
  WrittenTokens,
} from "../protocol/generation";

/** Continues texts with a language model. Rejects or answers with "cancelled" generations once `signal` is aborted. */
export interface Generator {
  /** Whether the model, as far as it is known, looks at `GenerateRequest.suffix`. */
  readonly fillsInMiddle?: boolean | undefined;
  generate(
    request: GenerateRequest,
    options: GenerateOptions,
  ): Promise<GenerateResult>;
  /** What the model needs for a text; without it, every language counts as known. */
  measureText?(
    request: MeasureRequest,
    signal: AbortSignal,
  ): Promise<MeasuredPiece[]>;
}

/** How one call is stopped and watched. */
export interface GenerateOptions {
  signal: AbortSignal;
  /** Text that has just been added to continuation `index`, and the tokens that wrote it. */
  onText?(index: number, text: string, written?: WrittenTokens): void;
}
