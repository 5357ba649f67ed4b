// The alphabet of byte-level BPE: each byte has a printable character that stands for it in a vocabulary.
// Printable bytes stand for themselves; the others take the characters from U+0100 on, in order.

const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);

/** Character -> the byte that it stands for. */
const BYTE_OF_CHARACTER = new Map<string, number>();
for (let byte = 0, numHidden = 0; byte < 256; byte++) {
  const codePoint = isPrintable(byte) ? byte : 0x100 + numHidden++;
  BYTE_OF_CHARACTER.set(String.fromCodePoint(codePoint), byte);
}

/** The character of each byte, by the byte. */
export function alphabetOfBytes(): string[] {
  const alphabet: string[] = [];
  for (const [character, byte] of BYTE_OF_CHARACTER) alphabet[byte] = character;
  return alphabet;
}

/** Undoes the alphabet; gives `undefined` when the token has a character that is not in it. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
