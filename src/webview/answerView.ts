// The answer: did it help, by how much and on what. A sentence, a table, a picture and three passages.

import { h, type JSX } from "preact";
import type { PanelAnswer } from "../protocol/panel";
import type {
  BeforeAfter,
  ClassificationReport,
  ExamplesReport,
  EvaluationReport,
} from "../protocol/training";
import {
  count,
  decimal,
  share,
  signed,
  signedPoints,
  signedShare,
} from "./figures";
import { savedPicture } from "./savedPicture";
import { box, button, fill, stopWhereScrolled, type View } from "./view";

/** The answer that is open; undefined when none is. */
export function answerView(view: View): JSX.Element | undefined {
  const { answer } = view.state;
  if (!answer) return undefined;
  const { words } = view;
  return h(
    "section",
    { key: "answer", "aria-labelledby": "answer-title" },
    h(
      "h2",
      { id: "answer-title", tabindex: -1 },
      fill(words.answerTitle, answer.name),
    ),
    h(
      "p",
      {
        class: `verdict ${answer.verdict}`,
        role: "status",
      },
      answer.recommendation,
    ),
    answerActions(view, answer),
    answer.proof && [
      reportTable(answer.proof, view),
      savedPicture(answer.proof, view),
      passages(answer.proof, view),
    ],
    answer.examples && examplesTables(answer.examples, view),
  );
}

function answerActions(view: View, answer: PanelAnswer): JSX.Element {
  const { words, act, state } = view;
  const id = answer.adapterId;
  const isActive = state.adapters.some(
    (adapter) => adapter.id === id && adapter.isActive,
  );
  const helps = answer.verdict === "helps";
  const isUnclear = answer.verdict === "unclear";
  return box(
    "actions",
    isUnclear && state.phase === "choosing" && !state.run
      ? button(words.trainLonger, () => act({ kind: "trainLonger" }), {
          isPrimary: true,
          key: "longer",
        })
      : undefined,
    isActive
      ? button(words.switchOff, () => act({ kind: "switchOff" }), {
          key: "switch",
        })
      : button(
          helps ? words.switchOn : words.switchOnAnyway,
          () => act({ kind: "switchOn", id }),
          { isPrimary: helps, key: "switch" },
        ),
    button(words.closeAnswer, () => act({ kind: "closeAnswer" })),
    button(words.delete, () => act({ kind: "delete", id })),
  );
}

/** Rows of the table: a name, before, after and their difference, as texts. */
export function reportRows(
  proof: EvaluationReport,
  { words, locale }: View,
): [name: string, before: string, after: string, difference: string][] {
  const shares = (name: string, figure: BeforeAfter) =>
    [
      name,
      share(figure.before, locale),
      share(figure.after, locale),
      withInterval(
        figure,
        (value) => signedPoints(value, locale),
        words.interval,
      ),
    ] as [string, string, string, string];
  const bits = proof.bitsPerCharacter;
  const digits = { locale, digits: 3 };
  const rows: [string, string, string, string][] = [
    shares(words.saved, proof.saved1Word),
    shares(words.precision, proof.precision),
    shares(words.wrongShow, proof.wrongShowRate),
    [
      words.bits,
      decimal(bits.before, digits),
      decimal(bits.after, digits),
      withInterval(bits, (value) => signed(value, digits), words.interval),
    ],
  ];
  if (proof.general) {
    const { before, after } = proof.general;
    rows.push([
      words.forgetting,
      decimal(before, digits),
      decimal(after, digits),
      signedShare(after / before - 1, locale),
    ]);
  }
  return rows;
}

function withInterval(
  figure: BeforeAfter,
  format: (value: number) => string,
  sentence: string,
): string {
  const difference = figure.after - figure.before;
  return fill(
    sentence,
    format(difference),
    format(figure.low),
    format(figure.high),
  );
}

function reportTable(proof: EvaluationReport, view: View): JSX.Element {
  const { words, locale } = view;
  const caption = fill(
    proof.resampled === "documents"
      ? words.proofCaption
      : words.proofCaptionParagraphs,
    count(proof.documents, locale),
  );
  const head = [words.figure, words.before, words.after, words.difference];
  return table({ caption, head, rows: reportRows(proof, view) });
}

function examplesTables(proof: ExamplesReport, view: View): JSX.Element[] {
  const { words, locale } = view;
  const { accuracy, labels } = proof;
  const row = (name: string, figure: BeforeAfter) => [
    name,
    share(figure.before, locale),
    share(figure.after, locale),
    withInterval(
      figure,
      (value) => signedPoints(value, locale),
      words.interval,
    ),
  ];
  const figures = table({
    caption: fill(words.examplesCaption, count(proof.rows, locale)),
    head: [words.figure, words.before, words.after, words.difference],
    rows: labels
      ? [
          row(words.rightLabels, accuracy),
          ...(areUneven(labels) ? [row(words.macroF1, labels.macroF1)] : []),
        ]
      : [row(words.accuracy, accuracy)],
  });
  if (!labels) return [figures];
  return [
    figures,
    table({
      caption: words.baselines,
      head: [words.figure, words.rightLabels, words.adapterMinus],
      rows: baselineRows(proof.accuracy, { labels, view }),
    }),
    confusionTable(labels, view),
  ];
}

/** Whether a label has more than one and a half times as many rows as another: rare ones then hardly count in accuracy. */
function areUneven({ confusions }: ClassificationReport): boolean {
  const rows = confusions.map((row) => row.reduce((sum, n) => sum + n, 0));
  return Math.max(...rows) > 1.5 * Math.min(...rows);
}

function baselineRows(
  accuracy: BeforeAfter,
  { labels, view }: { labels: ClassificationReport; view: View },
): string[][] {
  const { words, locale } = view;
  const { wordCount, majority } = labels;
  const signed = (value: number) => signedPoints(value, locale);
  return [
    [
      words.countOfWords,
      share(wordCount.accuracy, locale),
      fill(
        words.interval,
        signed(accuracy.after - wordCount.accuracy),
        signed(wordCount.low),
        signed(wordCount.high),
      ),
    ],
    [
      words.mostFrequent,
      share(majority, locale),
      signed(accuracy.after - majority),
    ],
  ];
}

/** The labels that were found, for each right one; its cells are as narrow as their numbers. */
function confusionTable(
  { names, confusions }: ClassificationReport,
  { words, locale }: View,
): JSX.Element {
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, words.rightLabel),
    names.map((name) => h("th", { scope: "col" }, name)),
  );
  const rowOf = (name: string, row: number) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      confusions[row]!.map((rows, column) =>
        h(
          "td",
          { class: row === column ? "right" : undefined },
          count(rows, locale),
        ),
      ),
    );
  return scrolling(
    words.confusions,
    h(
      "table",
      { "aria-label": words.confusions, class: "confusions" },
      h("thead", {}, head),
      h("tbody", {}, names.map(rowOf)),
    ),
  );
}

/** A table whose first column names the rows; it scrolls by itself where the panel is narrow. */
export function table({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: string[];
  rows: string[][];
}): JSX.Element {
  return scrolling(
    caption,
    h(
      "table",
      {
        "aria-label": caption,
        class: head.length === 3 ? "figures two" : "figures",
      },
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
        rows.map(([name = "", ...cells]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, name),
            cells.map((cell) => h("td", {}, cell)),
          ),
        ),
      ),
    ),
  );
}

/** What is wider than a narrow panel, below the words that say what it is. */
export function scrolling(title: string, content: JSX.Element): JSX.Element {
  return h(
    "div",
    { key: `scroll:${title}` },
    h("p", { class: "hint" }, title),
    h(
      "div",
      {
        class: "scroll",
        ref: stopWhereScrolled,
        role: "region",
        "aria-label": title,
      },
      content,
    ),
  );
}

function passages(
  proof: EvaluationReport,
  view: View,
): JSX.Element | undefined {
  const { words } = view;
  if (proof.passages.length === 0) return undefined;
  const markOf = (isRight: boolean | undefined) =>
    isRight === undefined ? undefined : isRight ? words.right : words.wrong;
  const shown = (title: string, text: string, mark?: string) =>
    box(
      "variant",
      h("h4", {}, mark === undefined ? title : fill(mark, title)),
      h(
        "p",
        { class: "prose" },
        text === ""
          ? h("em", {}, words.nothingShown)
          : h("span", { class: "written" }, text),
      ),
    );
  return h(
    "div",
    { key: "passages" },
    h("h3", {}, words.passages),
    proof.passages
      .slice(0, 3)
      .map((passage) =>
        h(
          "article",
          { class: "sample" },
          h("p", { class: "hint" }, passage.document),
          h("p", { class: "prose given" }, passage.before),
          box(
            "variants",
            shown(
              words.before,
              passage.shownBefore,
              markOf(passage.isRightBefore),
            ),
            shown(
              words.after,
              passage.shownAfter,
              markOf(passage.isRightAfter),
            ),
            shown(words.inTheDocument, passage.expected),
          ),
        ),
      ),
  );
}
