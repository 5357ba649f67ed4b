// Whether a text holds a secret: a private key, or a token that a service would take. Such a text is not learned from,
// since a model can be made to say what it has learned.

/** Forms that services give their keys; each is long enough to be none by chance. */
const SECRET_FORMS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/,
  /\b(?:AKIA|ASIA|AGPA|AROA)[A-Z0-9]{16}\b/,
  /\baws_?(?:secret|session)_?(?:access_?)?(?:key|token)["']?\s*[:=]\s*["']?[A-Za-z0-9/+=]{40,}/i,
  /\bgh[pousr]_[A-Za-z0-9]{36,}/,
  /\bgithub_pat_[A-Za-z0-9_]{50,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\bhooks\.slack\.com\/services\/T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{16,}/,
  /\bAIza[A-Za-z0-9_-]{35}/,
  /\bya29\.[A-Za-z0-9_-]{30,}/,
  /\b(?:sk|rk)_live_[A-Za-z0-9]{16,}/,
  /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}/,
  /\bhf_[A-Za-z0-9]{30,}/,
  /\bnpm_[A-Za-z0-9]{36}/,
  /\bpypi-AgE[A-Za-z0-9_-]{50,}/,
  /\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}/,
  /\bdop_v1_[a-f0-9]{64}/,
  /\bAccountKey=[A-Za-z0-9+/]{60,}={0,2}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/,
];

/** A value behind a telling name; it counts where it looks drawn at random. */
const NAMED_VALUE =
  /(?:passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|client[_-]?secret|private[_-]?key)["']?\s*(?:=>|[:=])\s*["'`]?([A-Za-z0-9+/=_-]{16,})/gi;
/** The password of an address. */
const ADDRESS_PASSWORD = /:\/\/[^\s:/@]{1,100}:([^\s:/@]{12,200})@/g;

/** Services print these in their own documentation. */
const WELL_KNOWN_EXAMPLE = /EXAMPLE/;

/** Whether a text holds something that looks like a key or a password. */
export function holdsSecret(text: string): boolean {
  return (
    SECRET_FORMS.some((form) => hasMatch(text, form)) ||
    hasRandomValue(text, NAMED_VALUE) ||
    hasRandomValue(text, ADDRESS_PASSWORD)
  );
}

function hasMatch(text: string, form: RegExp): boolean {
  if (!form.test(text)) return false;
  const all = text.matchAll(new RegExp(form.source, `${form.flags}g`));
  return [...all].some(([match]) => !WELL_KNOWN_EXAMPLE.test(match));
}

function hasRandomValue(text: string, form: RegExp): boolean {
  for (const [, value = ""] of text.matchAll(form)) {
    if (!WELL_KNOWN_EXAMPLE.test(value) && looksRandom(value)) return true;
  }
  return false;
}

/** Bits per character above which letters are not from a word of any language. */
const MIN_ENTROPY_BITS = 3.2;

/** Letters and digits mixed several times over, and few of them twice: no word, no name, no placeholder. */
function looksRandom(value: string): boolean {
  const changes = value.match(/[a-zA-Z][0-9]|[0-9][a-zA-Z]/g)?.length ?? 0;
  return changes >= 3 && entropyBits(value) >= MIN_ENTROPY_BITS;
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
