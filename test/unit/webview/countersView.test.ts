// What the page of the counters shows for a state, as plain data: no browser is needed for that.
import assert from "node:assert/strict";
import type { ComponentChildren } from "preact";
import { daysUntil } from "../../../src/counters/calendar";
import type {
  CountersState,
  CountFigures,
} from "../../../src/protocol/counters";
import {
  countersView,
  type CountersView,
} from "../../../src/webview/counters/countersView";
import { roundTop } from "../../../src/webview/counters/dayChart";
import type { CountersWords } from "../../../src/words/countersWords";
import { buttonsOf, findAll, textOf, trigger, type Element } from "./support";

const end = new Date(2026, 10, 29, 12).getTime();
const noFigures: CountFigures = {
  shown: 0,
  accepted: 0,
  rejected: 0,
  charactersSaved: 0,
  savedShare: undefined,
  medianWaitMs: undefined,
};
const someFigures: CountFigures = {
  shown: 12_345,
  accepted: 4_115,
  rejected: 2_058,
  charactersSaved: 30_000,
  savedShare: 0.125,
  medianWaitMs: 48,
};

/** Words that name themselves, with their places. */
const words = new Proxy({} as CountersWords, {
  get: (_, name) => `${String(name)} {0} {1}`,
});

/** A state of which the last so many days have figures. */
function stateOf(numDays: number, part = someFigures): CountersState {
  const sum = numDays > 0 ? part : noFigures;
  return {
    since: "2026-11-12",
    days: daysUntil(end, 30).map((day, index) => ({
      day,
      ...(30 - index <= numDays ? part : noFigures),
    })),
    today: sum,
    month: sum,
    all: sum,
  };
}

function viewOf(
  state: CountersState,
  part: Partial<CountersView> = {},
): CountersView & { asked: string[] } {
  const asked: string[] = [];
  return {
    state,
    words,
    locale: "en",
    news: "",
    copy: () => asked.push("copy"),
    reset: () => asked.push("reset"),
    write: () => asked.push("write"),
    asked,
    ...part,
  };
}

function withClass(page: ComponentChildren, name: string): Element[] {
  return findAll(page, ({ props }) => props["class"] === name);
}

/** Columns of the pictures that a person sees. */
function columns(page: ComponentChildren): Element[] {
  return findAll(
    page,
    ({ type, props }) => type === "rect" && props["class"] !== "day",
  );
}

suite("countersView()", () => {
  test("countersView() of nothing says what to do and draws nothing", () => {
    const view = viewOf(stateOf(0));
    const page = countersView(view);
    assert.match(textOf(page), /emptyTitle/);
    assert.deepEqual(
      findAll(page, ({ type }) => ["svg", "table"].includes(type)),
      [],
    );
    assert.equal(buttonsOf(page, "reset").length, 0);
    trigger(buttonsOf(page, "write")[0], "onClick");
    assert.deepEqual(view.asked, ["write"]);
  });

  for (const [numDays, numColumns] of [
    [1, 4],
    [30, 120],
  ] as const) {
    test(`countersView() of ${numDays} days has a column for each figure of a day and a row for each day`, () => {
      const page = countersView(viewOf(stateOf(numDays)));
      assert.equal(findAll(page, ({ type }) => type === "svg").length, 3);
      assert.equal(columns(page).length, numColumns);
      const [table] = withClass(page, "days");
      const isRow = ({ type }: Element) => type === "tr";
      const rows = findAll(table as ComponentChildren, isRow);
      assert.equal(rows.length, 1 + numDays);
      const newest = textOf(rows[1] as ComponentChildren);
      assert.equal(
        newest.replace(/\s+/g, " "),
        "Nov 29 12,345 4,115 2,058 30,000 12.5% milliseconds 48 {1}",
      );
    });
  }

  test("columns are within the picture, and what is dismissed stands on what is accepted", () => {
    const page = countersView(viewOf(stateOf(30)));
    for (const { props } of columns(page)) {
      const [y, height] = [Number(props["y"]), Number(props["height"])];
      assert.ok(height > 0 && y >= -0.01 && y + height <= 100.01);
    }
    const [accepted, dismissed] = columns(page);
    assert.deepEqual(
      [accepted, dismissed].map((each) => each?.props["class"]),
      ["full", "hollow"],
    );
    const top =
      Number(dismissed?.props["y"]) + Number(dismissed?.props["height"]);
    assert.ok(Math.abs(top - Number(accepted?.props["y"])) < 0.02);
  });

  test("every picture has a name, names of its axes and the figures of a day to point at", () => {
    const page = countersView(viewOf(stateOf(1)));
    const charts = findAll(page, ({ type }) => type === "figure");
    const axes = charts.map((chart) =>
      withClass(chart as ComponentChildren, "axis").map((axis) =>
        textOf(axis as ComponentChildren),
      ),
    );
    assert.deepEqual(axes, [
      ["suggestionsAxis {0} {1}", "dayAxis {0} {1}"],
      ["savedAxis {0} {1}", "dayAxis {0} {1}"],
      ["waitAxis {0} {1}", "dayAxis {0} {1}"],
    ]);
    const titles = findAll(page, ({ type }) => type === "title");
    assert.equal(titles.length, 90);
    assert.equal(
      textOf(titles[29] as ComponentChildren),
      "Nov 29\ndayFigures accepted {0} {1} 4,115\ndayFigures dismissed {0} {1} 2,058",
    );
    for (const picture of findAll(page, ({ type }) => type === "svg")) {
      assert.match(String(picture.props["aria-label"]), /^pictureName /);
    }
  });

  test("sums have their shares, numbers are those of the language", () => {
    const view = viewOf(stateOf(3), { locale: "de" });
    const [table] = withClass(countersView(view), "sums");
    const text = textOf(table as ComponentChildren).replace(/\s+/g, " ");
    for (const each of [
      "12.345",
      "4.115 33,3 %",
      "30.000 12,5 %",
      "12.11.2026",
    ])
      assert.ok(text.includes(each), `${each} in ${text}`);
  });

  test("what nothing is known of is said in a word and without a share", () => {
    const known = { ...noFigures, shown: 3 };
    const [table] = withClass(countersView(viewOf(stateOf(1, known))), "sums");
    const text = textOf(table as ComponentChildren);
    assert.match(text, /waitHint \{0\} \{1\} none/);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  });

  test("copy and reset are asked for, and what came of it is told", () => {
    const view = viewOf(stateOf(1), { news: "Copied" });
    const page = countersView(view);
    trigger(buttonsOf(page, "copy")[0], "onClick");
    trigger(buttonsOf(page, "reset")[0], "onClick");
    assert.deepEqual(view.asked, ["copy", "reset"]);
    const [status] = findAll(page, ({ props }) => props["role"] === "status");
    assert.equal(textOf(status as ComponentChildren), "Copied");
  });
});

suite("roundTop()", () => {
  const rows: [number, number][] = [
    [2, 2],
    [3, 4],
    [7, 8],
    [10, 10],
    [11, 20],
    [99, 100],
    [1000, 1000],
    [0.02, 0.02],
    [0.3, 0.4],
    [0.055, 0.06],
  ];
  for (const [value, expected] of rows) {
    test(`roundTop() of ${value} is ${expected}`, () => {
      assert.ok(
        Math.abs(roundTop(value) - expected) < 1e-9,
        `${roundTop(value)}`,
      );
    });
  }
});
