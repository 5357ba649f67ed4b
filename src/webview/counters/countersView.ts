// The page of the counters from top to bottom: what it came to, by day as pictures and as a table, and what can be done.

import { Fragment, h, type JSX } from "preact";
import type {
  CountersState,
  CountFigures,
  DayFigures,
} from "../../protocol/counters";
import type { CountersWords } from "../../words/countersWords";
import { count, share } from "../figures";
import { button, fill } from "../view";
import { dayChart } from "./dayChart";
import { longDate, shortDate } from "./dates";

/** All that the page may look at and do. */
export interface CountersView {
  state: CountersState;
  words: CountersWords;
  /** BCP 47, for figures and dates. */
  locale: string;
  /** What came of the last button; empty before one was pressed. */
  news: string;
  copy(): void;
  reset(): void;
  write(): void;
}

/** Everything that is to be seen. */
export function countersView(view: CountersView): JSX.Element {
  const { words, state } = view;
  return h(
    Fragment,
    {},
    h("h1", { key: "title" }, words.title),
    h("p", { key: "lead", class: "hint" }, words.lead),
    ...(state.all.shown === 0 ? [emptySection(view)] : countedSections(view)),
  );
}

function emptySection({ words, write }: CountersView): JSX.Element {
  return h(
    "section",
    { key: "empty", "aria-labelledby": "empty-title" },
    h("h2", { id: "empty-title", tabindex: -1 }, words.emptyTitle),
    h("p", {}, words.empty),
    h(
      "div",
      { class: "actions" },
      button(words.write, write, { isPrimary: true }),
    ),
  );
}

function countedSections(view: CountersView): JSX.Element[] {
  const { words, news, copy, reset } = view;
  return [
    sumsTable(view),
    charts(view),
    daysTable(view),
    h(
      "div",
      { key: "actions", class: "actions" },
      button(words.copy, copy),
      button(words.reset, reset),
      h("span", { class: "hint", role: "status" }, news),
    ),
    h("p", { key: "method", class: "hint" }, words.method),
  ];
}

/** A row for each figure with what it means, a column for each stretch of time. */
function sumsTable(view: CountersView): JSX.Element {
  const { words, state, locale } = view;
  const rows = [
    ["shown", words.shown, words.shownHint],
    ["accepted", words.accepted, words.acceptedHint],
    ["rejected", words.dismissed, words.dismissedHint],
    ["charactersSaved", words.saved, words.savedHint],
    ["medianWaitMs", words.wait, words.waitHint],
  ] as const;
  const sums = [state.today, state.month, state.all];
  const since = fill(words.since, longDate(state.since, locale));
  return h(
    "table",
    { key: "sums", class: "sums" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", {}),
        [words.today, words.month, since].map((name) =>
          h("th", { scope: "col" }, name),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map(([name, title, hint]) =>
        h(
          "tr",
          { key: name },
          h("th", { scope: "row" }, title, h("span", { class: "hint" }, hint)),
          sums.map((figures) =>
            h(
              "td",
              {},
              h("strong", {}, figureText(name, { figures, view })),
              h("span", { class: "hint" }, shareText(name, { figures, view })),
            ),
          ),
        ),
      ),
    ),
  );
}

type FigureName = Exclude<keyof CountFigures, "savedShare">;
type Spoken = {
  figures: CountFigures;
  view: Pick<CountersView, "words" | "locale">;
};

/** A figure as a person reads it. */
function figureText(
  name: FigureName,
  { figures, view: { words, locale } }: Spoken,
): string {
  const value = figures[name];
  if (value === undefined) return words.none;
  const text = count(value, locale);
  return name === "medianWaitMs" ? fill(words.milliseconds, text) : text;
}

/** What it is a share of stands in its hint; empty where there is nothing to divide by. */
function shareText(
  name: FigureName,
  { figures, view: { locale } }: Spoken,
): string {
  const { shown, accepted, rejected, savedShare } = figures;
  const shares: Partial<Record<FigureName, number | undefined>> = {
    accepted: shown > 0 ? accepted / shown : undefined,
    rejected: shown > 0 ? rejected / shown : undefined,
    charactersSaved: savedShare,
  };
  const value = shares[name];
  return value === undefined ? "" : share(value, locale);
}

function charts({ state, words, locale }: CountersView): JSX.Element {
  const { days } = state;
  const common = {
    days: days.map(({ day }) => shortDate(day, locale)),
    words,
  };
  return h(
    "div",
    { key: "charts", class: "charts" },
    dayChart({
      ...common,
      title: words.suggestionsByDay,
      axis: words.suggestionsAxis,
      layers: [
        {
          name: words.accepted,
          look: "full",
          values: days.map(({ accepted }) => accepted),
        },
        {
          name: words.dismissed,
          look: "hollow",
          values: days.map(({ rejected }) => rejected),
        },
      ],
      smallestTop: 2,
      format: (value) => count(value, locale),
    }),
    dayChart({
      ...common,
      title: words.savedByDay,
      axis: words.savedAxis,
      layers: [
        {
          name: words.saved,
          look: "full",
          values: days.map(({ savedShare }) => savedShare),
        },
      ],
      smallestTop: 0.02,
      format: (value) => share(value, locale, 0),
    }),
    dayChart({
      ...common,
      title: words.waitByDay,
      axis: words.waitAxis,
      layers: [
        {
          name: words.wait,
          look: "full",
          values: days.map(({ medianWaitMs }) => medianWaitMs),
        },
      ],
      smallestTop: 2,
      format: (value) => count(value, locale),
    }),
  );
}

/** The pictures' figures to be read: the days on which something was counted, the newest first. */
function daysTable(view: CountersView): JSX.Element {
  const { state, words, locale } = view;
  const counted = state.days
    .filter(({ shown, savedShare }) => shown > 0 || savedShare !== undefined)
    .reverse();
  const columns: [string, (day: DayFigures) => string][] = [
    [words.shown, ({ shown }) => count(shown, locale)],
    [words.accepted, ({ accepted }) => count(accepted, locale)],
    [words.dismissed, ({ rejected }) => count(rejected, locale)],
    [words.saved, ({ charactersSaved }) => count(charactersSaved, locale)],
    [
      words.savedShare,
      (figures) => shareText("charactersSaved", { figures, view }),
    ],
    [words.wait, (figures) => figureText("medianWaitMs", { figures, view })],
  ];
  return h(
    "details",
    { key: "days" },
    h("summary", {}, words.table),
    h(
      "div",
      {
        class: "scroll",
        role: "region",
        "aria-label": words.table,
        // What is cut off can be scrolled to with the keyboard.
        tabindex: 0,
      },
      h(
        "table",
        { class: "days" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            [words.dayAxis, ...columns.map(([name]) => name)].map((name) =>
              h("th", { scope: "col" }, name),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          counted.map((day) =>
            h(
              "tr",
              { key: day.day },
              h("th", { scope: "row" }, shortDate(day.day, locale)),
              columns.map(([, text]) => h("td", {}, text(day))),
            ),
          ),
        ),
      ),
    ),
  );
}
