// A figure by day as columns, several of a day on top of each other. The columns stretch with the page; names and numbers
// beside them are ordinary text and do not. What stands higher is told apart by its outline, not by its colour alone.

import { h, type JSX } from "preact";
import type { CountersWords } from "../../words/countersWords";
import { fill } from "../view";

/** In units of the picture's own, which are stretched. */
const HEIGHT = 100;
const DAY_WIDTH = 10;
const GAP = 1.5;
/** Half of each is as round as itself. */
const ROUND_TOPS = [1, 2, 4, 6, 8, 10];

/** What is drawn. */
export interface DayChartInput {
  title: string;
  /** What the upright axis counts. */
  axis: string;
  /** Names of the days, the oldest first. */
  days: string[];
  /** From the ground up; undefined is a day without a value. */
  layers: {
    name: string;
    look: "full" | "hollow";
    values: (number | undefined)[];
  }[];
  /** The axis is no shorter than this. */
  smallestTop: number;
  format(value: number): string;
  words: Pick<CountersWords, "dayAxis" | "dayFigures" | "pictureName">;
}

/** The picture with its title, its axes and, of several layers, what each of them is. */
export function dayChart(input: DayChartInput): JSX.Element {
  const { title, axis, days, layers, format, words } = input;
  const totals = days.map((_, index) =>
    layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0),
  );
  const top = roundTop(Math.max(input.smallestTop, ...totals));
  return h(
    "figure",
    { key: title, class: "chart" },
    h(
      "figcaption",
      {},
      h("strong", {}, title),
      layers.length > 1 && key(input),
    ),
    h("div", { class: "axis" }, axis),
    h(
      "div",
      { class: "heights", "aria-hidden": "true" },
      [top, top / 2, 0].map((value) => h("span", {}, format(value))),
    ),
    h(
      "svg",
      {
        viewBox: `0 0 ${days.length * DAY_WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": fill(words.pictureName, title),
      },
      h("path", {
        class: "grid",
        d: [0, HEIGHT / 2, HEIGHT]
          .map((y) => `M0 ${y}h${days.length * DAY_WIDTH}`)
          .join(""),
        "vector-effect": "non-scaling-stroke",
      }),
      days.map((_, index) => column(input, { index, top })),
    ),
    h(
      "div",
      { class: "dates" },
      h("span", {}, days.at(0)),
      h("span", { class: "axis" }, words.dayAxis),
      h("span", {}, days.at(-1)),
    ),
  );
}

function key({ layers }: DayChartInput): JSX.Element {
  return h(
    "span",
    { class: "key" },
    layers.map(({ name, look }) =>
      h("span", { key: name }, h("i", { class: look }), name),
    ),
  );
}

/** The layers of one day; the mouse finds its figures anywhere above the day. */
function column(
  { days, layers, format, words }: DayChartInput,
  { index, top }: { index: number; top: number },
): JSX.Element {
  const left = index * DAY_WIDTH;
  let ground = HEIGHT;
  const boxes = layers.map(({ look, values }) => {
    const height = ((values[index] ?? 0) / top) * HEIGHT;
    ground -= height;
    return (
      height > 0 &&
      h("rect", {
        class: look,
        x: left + GAP,
        y: ground.toFixed(2),
        width: DAY_WIDTH - 2 * GAP,
        height: height.toFixed(2),
        "vector-effect": "non-scaling-stroke",
      })
    );
  });
  const figures = layers.flatMap(({ name, values }) => {
    const value = values[index];
    return value === undefined
      ? []
      : [fill(words.dayFigures, name, format(value))];
  });
  return h(
    "g",
    { key: index },
    h("title", {}, [days[index], ...figures].join("\n")),
    h("rect", {
      class: "day",
      x: left,
      y: 0,
      width: DAY_WIDTH,
      height: HEIGHT,
    }),
    boxes,
  );
}

/** The smallest round number that is not below a value. */
export function roundTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const leading = value / power;
  // What floating point adds to a round value is no reason for a longer axis.
  const round = ROUND_TOPS.find((each) => leading <= each + 1e-9) ?? 10;
  return round * power;
}
