// Days of the calendar as a person writes them. A day has no hour: it is read and written in one time zone.

/** "29 Nov" in the language of the window. */
export function shortDate(day: string, locale: string): string {
  return dateText(day, { locale, form: { day: "numeric", month: "short" } });
}

/** "29 Nov 2026" in the language of the window. */
export function longDate(day: string, locale: string): string {
  return dateText(day, { locale, form: { dateStyle: "medium" } });
}

function dateText(
  day: string,
  { locale, form }: { locale: string; form: Intl.DateTimeFormatOptions },
): string {
  const timeZone = "UTC";
  return new Date(`${day}T00:00Z`).toLocaleString(locale, {
    ...form,
    timeZone,
  });
}
