// Labelled examples instead of documents: the file, its first rows, and what is wrong with it by line.

import { h, type JSX } from "preact";
import { scrolling } from "./answerView";
import { count } from "./figures";
import { box, button, fill, type View } from "./view";

/** The chosen file, or how to choose one. */
export function examplesView(view: View): JSX.Element {
  const { words, state, locale } = view;
  const { examples } = state;
  return h(
    "div",
    { key: "examples" },
    h("p", { class: "hint" }, words.examplesHint),
    box(
      "actions",
      button(words.chooseExamples, () => view.act({ kind: "chooseExamples" })),
    ),
    examples && [
      h(
        "p",
        { key: "summary", class: "summary", role: "status" },
        fill(
          words.examplesSummary,
          examples.name,
          count(examples.rows, locale),
        ),
      ),
      errorList(view),
      examples.firstRows.length > 0 && firstRows(view),
    ],
  );
}

function errorList({ state, words, locale }: View): JSX.Element | undefined {
  const errors = state.examples?.errors ?? [];
  if (errors.length === 0) return undefined;
  return h(
    "ul",
    { key: "errors", class: "faults" },
    errors.map(({ line, text }) =>
      h(
        "li",
        { class: "fault" },
        fill(words.lineFault, count(line, locale), text),
      ),
    ),
  );
}

function firstRows({ state, words }: View): JSX.Element {
  const rows = state.examples?.firstRows ?? [];
  const head = [words.prompt, words.completion];
  return scrolling(
    words.firstRows,
    h(
      "table",
      { "aria-label": words.firstRows },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("td", { class: "prose" }, row.prompt),
            h("td", { class: "prose" }, row.completion),
          ),
        ),
      ),
    ),
  );
}
