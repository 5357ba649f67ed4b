// Keystrokes saved by the two baselines, by the model as it was and by the model with the adapter, as bars.
// The bars stretch with the panel; the words beside them are ordinary text and do not.

import { h, type JSX } from "preact";
import type { EvaluationReport } from "../protocol/training";
import { share } from "./figures";
import type { View } from "./view";

interface Bar {
  label: string;
  value: number;
  /** Where the value lies with 95%. */
  interval?: { low: number; high: number };
  isAdapter: boolean;
}

/** One bar each, the adapter's with its interval. */
export function savedPicture(proof: EvaluationReport, view: View): JSX.Element {
  const { words, locale } = view;
  const { saved1Word, rivals } = proof;
  const bars: Bar[] = [
    { label: words.wordCache, value: rivals.wordCache, isAdapter: false },
    { label: words.ngram, value: rivals.ngram, isAdapter: false },
    { label: words.without, value: saved1Word.before, isAdapter: false },
    {
      label: words.with,
      value: saved1Word.after,
      interval: {
        low: saved1Word.before + saved1Word.low,
        high: saved1Word.before + saved1Word.high,
      },
      isAdapter: true,
    },
  ];
  const longest = Math.max(
    ...bars.map((bar) => Math.max(bar.value, bar.interval?.high ?? 0)),
    0.01,
  );
  return h(
    "figure",
    { key: "saved" },
    h("figcaption", {}, words.savedPicture),
    h(
      "ul",
      { class: "bars" },
      bars.map((bar) =>
        h(
          "li",
          { class: bar.isAdapter ? "bar adapter" : "bar" },
          h("span", { class: "label" }, bar.label),
          drawn(bar, longest),
          h("span", { class: "value" }, share(bar.value, locale)),
        ),
      ),
    ),
  );
}

/** In a box of 100 by 10 that is stretched to the width there is. */
function drawn(bar: Bar, longest: number): JSX.Element {
  const x = (value: number) =>
    (Math.max(0, Math.min(1, value / longest)) * 100).toFixed(2);
  return h(
    "svg",
    {
      viewBox: "0 0 100 10",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    h("rect", {
      class: "fill",
      x: 0,
      y: 1,
      width: x(bar.value),
      height: 8,
    }),
    bar.interval &&
      h("path", {
        class: "interval",
        d: `M${x(bar.interval.low)} 2V8M${x(bar.interval.low)} 5H${x(bar.interval.high)}M${x(bar.interval.high)} 2V8`,
        "vector-effect": "non-scaling-stroke",
      }),
  );
}
