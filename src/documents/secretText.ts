// Whether a text holds a secret: a private key, a token that a service would take, a password that is named as one, the
// words or codes of an account. Such a text is not learned from unless a person says so, since a model can be made to
// say what it has learned.
// Everything here takes time in proportion to the text: what follows a name is looked at so far and no further.

import {
  CODE_NAMES,
  KEY_NAMES,
  PASSWORD_NAMES,
  SEED_NAMES,
} from "./secretNames";
import { SECRET_FORM } from "./secretForms";

/** What kind of secret was found, and where it begins. */
export interface FoundSecret {
  kind:
    | "private key"
    | "token"
    | "random key"
    | "password"
    | "named key"
    | "address"
    | "authorization"
    | "seed words"
    | "recovery codes";
  index: number;
}

/** Whether a text holds something that looks like a key or a password. */
export function holdsSecret(text: string): boolean {
  return findSecret(text) !== undefined;
}

/** Something in a text that looks like a secret; not always the first. */
export function findSecret(text: string): FoundSecret | undefined {
  const lowerCase = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return (
    findPrivateKey(text) ??
    findToken(text) ??
    findNamed(text, lowerCase) ??
    findAddress(text) ??
    findAuthorization(text, lowerCase) ??
    findSeedWords(text, lowerCase) ??
    findRecoveryCodes(text, lowerCase)
  );
}

const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|<RSAKeyValue>/;

function findPrivateKey(text: string): FoundSecret | undefined {
  const index = text.search(PRIVATE_KEY);
  return index < 0 ? undefined : { kind: "private key", index };
}

/** Cloud keys stand without any mark of their own: forty characters and no more. */
const FORTY = /(?<![\w/+=.-])[A-Za-z0-9/+]{40}(?![\w/+=-])/g;
/** Forty drawn characters change between small, capital and digit 25 times, camel case some 13 times. */
const MIN_CHANGES_OF_FORTY = 17;

function findToken(text: string): FoundSecret | undefined {
  for (const { 0: match, index } of text.matchAll(SECRET_FORM)) {
    // What a form begins with is the same in all of them; the rest has to look drawn.
    const value = match.slice(0, MAX_JUDGED_CHARACTERS);
    if (entropyBits(value) >= MIN_ENTROPY_BITS && !isPlaceholder(value)) {
      return { kind: "token", index };
    }
  }
  for (const { 0: value, index } of text.matchAll(FORTY)) {
    if (isDrawnOfForty(value)) return { kind: "random key", index };
  }
  return undefined;
}

function isDrawnOfForty(value: string): boolean {
  return (
    /\d/.test(value) &&
    (value.match(CHANGE_OF_KIND)?.length ?? 0) >= MIN_CHANGES_OF_FORTY &&
    entropyBits(value) >= 4
  );
}

const CHANGE_OF_KIND =
  /[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|[0-9](?=[^0-9])|[^A-Za-z0-9](?=[A-Za-z0-9])/g;

const NAME = new RegExp(
  `(?<password>${PASSWORD_NAMES.join("|")})|(?<key>${KEY_NAMES.join("|")})`,
  "g",
);
/** Between a name and its value: the rest of an identifier, a word or two in parentheses, marks, and what says "is". */
const BETWEEN = new RegExp(
  [
    "[\\w-]{0,20}",
    "(?:[ \\t]{1,2}\\([^()\\n]{1,30}\\)|[ \\t](?:for|of|für|de|para|от|для)[ \\t][^\\n:=]{1,24})?",
    "[\"'`*_\\])]{0,4}[ \\t]{0,8}",
    "(?:=>|:=|->|[:=：＝→|]|(?:is|ist|est|es|é|lautet|:?は|是|为|es:)(?=[ \\t\"'`“「：:]))",
    "[ \\t*_]{0,8}",
  ].join(""),
  "uy",
);
/** A value in quotes up to the closing one, or else up to white space. */
const VALUE =
  /"([!#-~]{6,200})"|'([!-&(-~]{6,200})'|`([!-_a-~]{6,200})`|[“„«「]([!-~]{6,200})[”“»」]|([!-~]{6,200})/y;

function findNamed(text: string, lowerCase: string): FoundSecret | undefined {
  let next = 0;
  for (const match of lowerCase.matchAll(NAME)) {
    if (match.index < next) continue;
    BETWEEN.lastIndex = match.index + match[0].length;
    if (!BETWEEN.test(lowerCase)) continue;
    VALUE.lastIndex = BETWEEN.lastIndex;
    const index = VALUE.lastIndex;
    const values = VALUE.exec(text);
    if (!values) continue;
    const bare = values[5];
    // A name within a long run is a part of it.
    if (values[0].length > MIN_KEY_CHARACTERS * 4) next = VALUE.lastIndex;
    const value = bare === undefined ? values.slice(1, 5).join("") : trim(bare);
    const isPassword =
      match.groups?.["password"] !== undefined && looksLikePassword(value);
    if (!isPassword && !looksDrawn(value)) continue;
    if (isPlaceholder(value) || (bare !== undefined && isCode(value))) continue;
    return { kind: isPassword ? "password" : "named key", index };
  }
  return undefined;
}

/** What ends a sentence, an element or a line is not the value's. */
function trim(value: string): string {
  return value.replace(/^["'`]/, "").replace(/["'`]?[,;.)\]}|]{0,3}$/, "");
}

/** The password of an address. */
const ADDRESS_PASSWORD = /:\/\/[^\s:/@"'<>]{0,64}:([^\s/@"'<>]{6,200})@/g;

function findAddress(text: string): FoundSecret | undefined {
  for (const { 1: value = "", index } of text.matchAll(ADDRESS_PASSWORD)) {
    const isDrawn = looksLikePassword(value) || looksDrawn(value);
    if (isDrawn && !isPlaceholder(value)) return { kind: "address", index };
  }
  return undefined;
}

/** A header, or curl's user and password; the value comes last. */
const AUTHORIZATION =
  /\b(?:authorization|x-auth|x-api-key|private-token|cookie|(curl)[^\n]{0,60}? -u)["']?[ \t]{0,4}[:=]?[ \t]{0,4}["']?(?:(basic|bearer|token|apikey|negotiate|digest)[ \t]+)?["']?([!-~]{8,400})/g;

function findAuthorization(
  text: string,
  lowerCase: string,
): FoundSecret | undefined {
  for (const match of lowerCase.matchAll(AUTHORIZATION)) {
    const { 0: whole, 1: curl, 2: scheme, 3: given = "", index } = match;
    const end = index + whole.length;
    const value = trim(text.slice(end - given.length, end));
    const isSecret =
      looksDrawn(value) ||
      (curl !== undefined && looksLikePassword(afterColon(value))) ||
      (scheme === "basic" && isPair(value));
    if (isSecret && !isPlaceholder(value) && !isCode(value)) {
      return { kind: "authorization", index };
    }
  }
  return undefined;
}

/** Of `user:password` the password. */
function afterColon(value: string): string {
  return value.slice(value.indexOf(":") + 1);
}

/** Whether a text in base64 is that of a name and a password. */
function isPair(value: string): boolean {
  const pair = Buffer.from(value, "base64").toString("latin1");
  return /^[!-~]{1,100}:[ -~]{4,}$/.test(pair) && !isPlaceholder(pair);
}

/** A list that follows a name is looked for so often and no oftener in a text that repeats the name. */
const MIN_CHARACTERS_BETWEEN_LISTS = 100;

/** The parts of a text that follow a name. */
function* partsAfter(
  name: RegExp,
  {
    text,
    lowerCase,
    length,
  }: { text: string; lowerCase: string; length: number },
): Generator<{ part: string; index: number }> {
  let next = 0;
  for (const { 0: found, index } of lowerCase.matchAll(name)) {
    if (index < next) continue;
    next = index + MIN_CHARACTERS_BETWEEN_LISTS;
    const start = index + found.length;
    yield { part: text.slice(start, start + length), index };
  }
}

const SEED_NAME = new RegExp(SEED_NAMES.join("|"), "g");
/** Twelve words, of the lengths that BIP-39 has, with spaces, commas, line ends or numbers between them. */
const SEED_WORDS =
  /[^\n]{0,40}?(?<![a-z])([a-z]{3,8}(?:[\s,]{1,3}(?:\d{1,2}[.):]?[ \t]{1,2})?[a-z]{3,8}){11,23})(?![a-z])/y;
/** Words that prose cannot do without; none of them is in the list of BIP-39. */
const PROSE_WORD =
  /\b(?:the|and|for|are|from|your|his|her|was|not|but|which|should|must|has|when|where|been|der|die|das|und|les|des|que|para|con|una)\b/;

function findSeedWords(
  text: string,
  lowerCase: string,
): FoundSecret | undefined {
  const after = { text, lowerCase, length: 400 };
  for (const { part, index } of partsAfter(SEED_NAME, after)) {
    const line = part
      .replace(/[:=：\-*_`"'>]+/g, " ")
      .replace(/(?:^|\s)\d{1,2}[.)]\s/g, " ")
      .replace(/\s+/g, " ");
    SEED_WORDS.lastIndex = 0;
    const words = SEED_WORDS.exec(line)?.[1];
    if (words !== undefined && !PROSE_WORD.test(words)) {
      return { kind: "seed words", index };
    }
  }
  return undefined;
}

const CODE_NAME = new RegExp(CODE_NAMES.join("|"), "g");
const RECOVERY_CODE =
  /(?<![\w-])(?:[a-z0-9]{4,6}(?:[ -][a-z0-9]{4,6}){1,5}|[a-z0-9]{8,16})(?![\w-])/gi;
/** Fewer are no list of codes. */
const MIN_CODES = 3;

function findRecoveryCodes(
  text: string,
  lowerCase: string,
): FoundSecret | undefined {
  const after = { text, lowerCase, length: 300 };
  for (const { part, index } of partsAfter(CODE_NAME, after)) {
    const codes = part.match(RECOVERY_CODE)?.filter((code) => {
      const numDigits = code.match(/\d/g)?.length ?? 0;
      return numDigits >= 2 && !isPlaceholder(code);
    });
    if (codes && new Set(codes).size >= MIN_CODES) {
      return { kind: "recovery codes", index };
    }
  }
  return undefined;
}

/** What stands for a value: a variable, a hole to fill, a word that says so, a character over and over. */
const PLACEHOLDER =
  /\$\{[^}]*\}|\{\{|^\$[A-Z_]\w*$|^\$\(|^<[\w .-]*>?$|^%\w+%$|^\[[\w .-]*\]?$|^\{[\w .-]*\}$|example|your[_-]|your(?=[A-Z])|_here\b|placeholder|change[_-]?me|dummy|sample|redacted|insert|replace|test[_-]?(?:key|token|secret|password)|x{6}|(?:\*|•|\.){3}|([a-z0-9])\1{7}|^(?:0?123456789|1234567890)/i;

function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value);
}

/** An unquoted value that a program computes: a call, a member of something, an address. */
const CODE =
  /^[A-Za-z_]{3,}\w*(?:(?:\.|::)\w{1,40}){0,8}[([]|^[A-Za-z_$]+(?:\??\.[A-Za-z_]+)+$|^(?:https?|file|ftp):\/\/|^[.~]{0,2}(?:\/[\w.-]+){2,}$|^[\w-]+\/[\w-]+(?:\/|\.\w+$)/;

function isCode(value: string): boolean {
  return CODE.test(value);
}

/** Bits per character under which a text is a word of some language or a pattern. */
const MIN_ENTROPY_BITS = 3;
/** More of a value tells nothing more. */
const MAX_JUDGED_CHARACTERS = 400;
const MIN_KEY_CHARACTERS = 16;
const MIN_PASSWORD_CHARACTERS = 8;

/** A word with digits and capitals is a password where it is called one, though it is not drawn. */
function looksLikePassword(value: string): boolean {
  if (value.length < MIN_PASSWORD_CHARACTERS) return false;
  const { digitChanges, caseChanges, marks } = changesIn(value);
  if (!/[A-Za-z]/.test(value)) return false;
  if (isWordy(value)) return false;
  return (
    (digitChanges >= 1 && caseChanges >= 1) ||
    digitChanges >= 3 ||
    (marks >= 1 && /\d/.test(value)) ||
    (marks >= 2 && caseChanges >= 2) ||
    caseChanges >= value.length * 0.3
  );
}

/** Words and short numbers with hyphens or capitals between them, as "Base64-encoded", "utf8_ci" and "userPassword2". */
function isWordy(value: string): boolean {
  return value
    .split(/[-_./:]/)
    .every((part) =>
      /^(?:[a-z]*(?:[A-Z][a-z]{2,})*\d{0,3}|[A-Z]+\d{0,3}|\d{0,4})$/.test(part),
    );
}

/** Letters, digits and marks mixed several times over, and few of them twice: no word, no name, no placeholder. */
function looksDrawn(value: string): boolean {
  if (value.length < MIN_KEY_CHARACTERS) return false;
  if (entropyBits(value) < MIN_ENTROPY_BITS || isWordy(value)) return false;
  const { digitChanges, caseChanges, marks } = changesIn(value);
  return (
    digitChanges >= 3 ||
    (marks >= 2 && digitChanges + caseChanges >= 3) ||
    digitChanges + caseChanges >= value.length * 0.35
  );
}

/** How often letters and digits, and small letters and capitals, stand beside each other, and what is neither. */
function changesIn(value: string): {
  digitChanges: number;
  caseChanges: number;
  marks: number;
} {
  const joined = value.replace(/[-_./:]/g, "");
  const count = (form: RegExp) => joined.match(form)?.length ?? 0;
  return {
    digitChanges: count(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g),
    caseChanges: count(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g),
    marks: count(/[^A-Za-z0-9]/g),
  };
}

function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) {
    bits -= (count / value.length) * Math.log2(count / value.length);
  }
  return bits;
}
