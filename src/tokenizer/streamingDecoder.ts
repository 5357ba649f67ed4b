// Turns tokens into text while they are being generated. A token may end in the middle of a character:
// those bytes wait here until the character is whole.

import type { Tokenizer } from "./tokenizer";

/** What the decoder needs of a tokenizer. */
export type TokenBytes = Pick<Tokenizer, "tokenBytes">;

/** Decodes one stream of tokens; bytes that can never become a character give U+FFFD. */
export class StreamingDecoder {
  private readonly utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  private numSkipped: number;

  /** `skip` characters at the beginning are no text of the stream: `Tokenizer.prefixLength` of it. */
  constructor(
    private readonly tokenizer: TokenBytes,
    { skip = 0 }: { skip?: number } = {},
  ) {
    this.numSkipped = skip;
  }

  /** Takes a token and gives the characters that are now complete, maybe none. */
  push(tokenId: number): string {
    const bytes = this.tokenizer.tokenBytes(tokenId);
    const text = this.utf8.decode(bytes, { stream: true });
    const skipped = Math.min(this.numSkipped, text.length);
    this.numSkipped -= skipped;
    return text.slice(skipped);
  }

  /** Ends the stream: an unfinished character becomes U+FFFD. The decoder can then start anew. */
  flush(): string {
    return this.utf8.decode();
  }
}
