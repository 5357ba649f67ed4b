// Labelled examples instead of documents: the file, its first rows, and what is wrong with it by line.

import { scrolling } from "./answerView";
import { count } from "./figures";
import { button, fill, type View } from "./view";
import { box, h, type VElement } from "./vnode";

/** The chosen file, or how to choose one. */
export function examplesView(view: View): VElement {
  const { words, state, locale } = view;
  const { examples } = state;
  return h(
    "div",
    { key: "examples" },
    h("p", { attributes: { class: "hint" } }, words.examplesHint),
    box(
      "actions",
      button(words.chooseExamples, () => view.act({ kind: "chooseExamples" })),
    ),
    examples && [
      h(
        "p",
        { key: "summary", attributes: { class: "summary", role: "status" } },
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

function errorList({ state, words, locale }: View): VElement | undefined {
  const errors = state.examples?.errors ?? [];
  if (errors.length === 0) return undefined;
  return h(
    "ul",
    { key: "errors", attributes: { class: "faults" } },
    errors.map(({ line, text }) =>
      h(
        "li",
        { attributes: { class: "fault" } },
        fill(words.lineFault, count(line, locale), text),
      ),
    ),
  );
}

function firstRows({ state, words }: View): VElement {
  const rows = state.examples?.firstRows ?? [];
  const head = [words.prompt, words.completion];
  return scrolling(
    words.firstRows,
    h(
      "table",
      { attributes: { "aria-label": words.firstRows } },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text) => h("th", { attributes: { scope: "col" } }, text)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("td", { attributes: { class: "prose" } }, row.prompt),
            h("td", { attributes: { class: "prose" } }, row.completion),
          ),
        ),
      ),
    ),
  );
}
