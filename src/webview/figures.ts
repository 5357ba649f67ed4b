// Figures as a person reads them, in the language of the window.

import { fill, type View } from "./view";

type Speaker = Pick<View, "words" | "locale">;

/** A whole number with its separators. */
export function count(value: number, locale: string): string {
  return Math.round(value).toLocaleString(locale);
}

/** A number with some digits after the point. */
export function decimal(
  value: number,
  { locale, digits }: { locale: string; digits: number },
): string {
  return value.toLocaleString(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A share of 1 as hundredths with so many digits after the point. */
export function share(value: number, locale: string, digits = 1): string {
  return value.toLocaleString(locale, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A difference of shares with its sign, in hundredths. */
export function signedPoints(value: number, locale: string): string {
  return signed(value * 100, { locale, digits: 1 });
}

/** A change in proportion, with its sign. */
export function signedShare(value: number, locale: string): string {
  return signOf(value) + share(Math.abs(value), locale);
}

/** A number that always shows its sign. */
export function signed(
  value: number,
  options: { locale: string; digits: number },
): string {
  return signOf(value) + decimal(Math.abs(value), options);
}

function signOf(value: number): string {
  return value > 0 ? "+" : value < 0 ? "−" : "±";
}

/** Seconds as a person says them. */
export function duration(seconds: number, { words, locale }: Speaker): string {
  if (seconds < 90) return fill(words.seconds, count(seconds, locale));
  const minutes = seconds / 60;
  if (minutes < 90) return fill(words.minutes, count(minutes, locale));
  return fill(words.hours, decimal(minutes / 60, { locale, digits: 1 }));
}

/** Megabytes, from a thousand on as gigabytes. */
export function memory(megabytes: number, locale: string): string {
  return megabytes < 1000
    ? `${count(megabytes, locale)} MB`
    : `${decimal(megabytes / 1000, { locale, digits: 1 })} GB`;
}
