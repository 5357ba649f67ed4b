// Days of the calendar as "2026-11-29", by the clock of the machine that Inkling runs on. Pure.

/** The day on which a moment lies. */
export function dayOf(timeMs: number): string {
  const date = new Date(timeMs);
  const twoDigits = (part: number) => String(part).padStart(2, "0");
  const { month, day } = { month: date.getMonth() + 1, day: date.getDate() };
  return `${date.getFullYear()}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** So many days up to that of a moment, the oldest first. A day may have 23 or 25 hours: they are counted as dates. */
export function daysUntil(timeMs: number, numDays: number): string[] {
  const end = new Date(timeMs);
  return Array.from({ length: numDays }, (_, index) => {
    const back = numDays - 1 - index;
    const noon = 12;
    return dayOf(
      new Date(
        end.getFullYear(),
        end.getMonth(),
        end.getDate() - back,
        noon,
      ).getTime(),
    );
  });
}

/** Whether a text has the form of a day. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}
