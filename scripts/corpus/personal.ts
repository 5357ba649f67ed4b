// Takes out what would tell of people: addresses, numbers, account names, lists of who was there, and who signed.
// Names within sentences of published articles stay; they are what the article is about.

/** Addresses of persons become one of nobody, so that the sentence around it stays whole. */
const MAIL_ADDRESS = /[\w.+-]+@(?!example\.)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b/gi;
const NOBODYS_ADDRESS = "name@example.com";

/** Groups of a telephone number, with a country or an area in front. */
const PHONE_NUMBER =
  /(?<![\w./-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])/g;
const NOBODYS_NUMBER = "555-0100";

/** An account name; packages ("@scope/name") and what stands in code look alike and are let through. */
const ACCOUNT_NAME =
  /(?:^|[\s([*_,/])@[a-z][\w-]{1,38}(?![\w/.(=-])|\]\(https?:\/\/(?:www\.)?(?:github|gitlab|twitter|x|linkedin|mastodon)\.(?:com|social)\/(?:in\/|@)?[\w-]+\/?\)/i;

const CREDIT_LINE =
  /^\W*(?:(?:signed-off|co-authored|reviewed|reported|suggested|translated|written|posted|edited|photo|image|illustration)[- ]by\b|@?authors?\b\s*[:=]?\s|(?:copyright|©|\(c\))\s|(?:bdfl-delegate|sponsor|pep-delegate|chair|facilitators?|scribes?|notes? takers?|note-taker|moderators?|secretary|attendees|attendance|present|regrets|apologies)\s*(?:\([^)]*\))?\s*:)/i;

const LIST_OF_PEOPLE =
  /\b(?:attend\w*|present|participants?|members?|invited|observers?|regrets|apologies|absent|guests?|visitors?|contributors?|acknowledge?ments?|thanks|credits|authors?|maintainers?|sponsors?|backers?|reviewers?|who'?s here|roll call|quorum)\b/i;

const HEADING = /^(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)/;

/** Leaves out sections that list people, lines that credit them, and account names with the line they stand on. */
export function dropPersonal(text: string): string {
  const kept: string[] = [];
  let isFenced = false;
  let isListOfPeople = false;
  for (const line of text.split("\n")) {
    if (/^\s*(?:```|~~~)/.test(line)) isFenced = !isFenced;
    if (!isFenced && HEADING.test(line)) {
      isListOfPeople = line.length < 60 && LIST_OF_PEOPLE.test(line);
    }
    if (isListOfPeople || CREDIT_LINE.test(line)) continue;
    if (!isFenced && ACCOUNT_NAME.test(withoutInlineCode(line))) continue;
    kept.push(line);
  }
  return replaceAddresses(kept.join("\n"));
}

/** Addresses and numbers of people become those of nobody; for source code this is all. */
export function replaceAddresses(text: string): string {
  return text
    .replace(MAIL_ADDRESS, NOBODYS_ADDRESS)
    .replace(PHONE_NUMBER, NOBODYS_NUMBER);
}

function withoutInlineCode(line: string): string {
  return line.replace(/`[^`]*`/g, "``");
}

/** "- **Anna Smith**: we agreed" and "AS: we agreed" -> "- we agreed" and "we agreed". */
export function dropSpeakers(text: string): string {
  return text
    .replace(
      /^(\s*(?:[-*+]\s+)?)(?:\*\*|_)?[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,2}(?:\*\*|_)?(?: \([^)]*\))?\s*:(?:\*\*|_)?\s+(?=\S)/gm,
      "$1",
    )
    .replace(/^(\s*[-*+]\s+)[a-z]\w+:\s+(?=[A-Z])/gm, "$1");
}
