// The tokenizer of the embedded model, loaded once for all suites.

import {
  loadTokenizer,
  type Tokenizer,
} from "../../../src/tokenizer/tokenizer";

let loading: Promise<Tokenizer> | undefined;

/** Tests need its vocabulary only, no weights. */
export function loadEmbeddedTokenizer(): Promise<Tokenizer> {
  loading ??= loadTokenizer("models/smollm2-135m-instruct");
  return loading;
}
