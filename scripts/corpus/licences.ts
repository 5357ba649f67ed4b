// What the corpus may be made of: each licence with the words by which its own file is known.
// A source says which of its files holds the licence; the build reads that file and refuses one that says otherwise.

/** Licence -> words that the source's file has to hold. */
const LICENCE_WORDS: Readonly<Record<string, RegExp>> = {
  MIT: /Permission is hereby granted, free of charge|licensed under (?:an |the )?\[?MIT\b|licensed with an \[?MIT\b|licensed MIT\b/i,
  "Apache-2.0": /Apache License\s+Version 2\.0/i,
  BSD: /Redistribution and use in source and binary forms/i,
  "CC0-1.0": /CC0/i,
  "CC-BY-3.0": /Attribution 3\.0 Unported/i,
  "CC-BY-4.0": /Attribution 4\.0 International/i,
  Unlicense: /free and unencumbered software released into the public domain/i,
  /** Works whose author is long dead; words of whoever published the file are not taken over. */
  "public domain": /public domain/i,
};

/** Words of licences that are not for us, which also hold words of those above. */
const FORBIDDEN =
  /ShareAlike|NonCommercial|NoDerivatives|GNU .*GENERAL PUBLIC/i;

/** Throws where a source's own licence file does not say what the list says. */
export function requireLicence(
  name: string,
  { licence, text }: { licence: string; text: string },
): void {
  const words = LICENCE_WORDS[licence];
  if (!words) {
    throw new Error(
      `Cannot take ${name}: the list says "${licence}", expected one of ${Object.keys(LICENCE_WORDS).join(", ")}`,
    );
  }
  if (!words.test(text) || FORBIDDEN.test(text)) {
    throw new Error(
      `Cannot take ${name}: its licence file begins with "${text.trim().slice(0, 80)}", expected that of ${licence}`,
    );
  }
}
