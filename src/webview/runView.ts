// A run under way: how far it is, what can be done, the curve of the loss, and what the model writes by now.

import { h, type JSX } from "preact";
import { assertNever } from "../common/assertNever";
import { waitsForUser, workOf } from "../common/runState";
import type { PanelRun } from "../protocol/panel";
import type { TrainingProgress, TrainingSample } from "../protocol/training";
import { count, decimal, duration, memory } from "./figures";
import { box, button, fill, type View } from "./view";

/** Of the text before a sample's cursor. */
const SHOWN_CHARACTERS = 160;

/** Everything about the run; undefined when there is none. */
export function runView(view: View): JSX.Element | undefined {
  const { run } = view.state;
  if (!run) return undefined;
  const { words } = view;
  return h(
    "section",
    { key: "run", "aria-labelledby": "run-title" },
    h("h2", { id: "run-title", tabindex: -1 }, fill(words.runTitle, run.name)),
    progressBar(view, run),
    h("p", { key: "status", class: "summary" }, statusOf(view, run)),
    h(
      "p",
      { key: "live", class: "unseen", role: "status" },
      announcementOf(view, run),
    ),
    runActions(view, run),
    chart(view, run),
    samples(view, run),
    skipped(view, run),
  );
}

/** A report as it reads so many seconds later: the clock goes on, and never to the very end by itself. */
export function progressAfter(
  progress: TrainingProgress,
  seconds: number,
): TrainingProgress {
  const { secondsLeft: left } = progress;
  if (left === undefined) return progress;
  const passed = Math.max(0, Math.min(seconds, left - 1));
  const elapsedSeconds = progress.elapsedSeconds + passed;
  const secondsLeft = left - passed;
  const fraction = elapsedSeconds / (elapsedSeconds + secondsLeft);
  return {
    ...progress,
    elapsedSeconds,
    secondsLeft,
    fraction: Math.max(progress.fraction, fraction),
  };
}

/** What training is doing, in one line. */
function statusOf(view: View, run: PanelRun): string {
  const { words, locale } = view;
  const { progress } = run;
  const parts = [stateWords(view, run)];
  if (progress && progress.phase === "training") {
    if (progress.steps > 0)
      parts.push(
        fill(
          words.step,
          count(progress.step, locale),
          count(progress.steps, locale),
        ),
      );
    if (progress.tokensPerSecond > 0) {
      parts.push(
        fill(words.tokensPerSecond, count(progress.tokensPerSecond, locale)),
      );
    }
  }
  const isAtWork = workOf(run.state) !== undefined;
  if (isAtWork && progress?.secondsLeft !== undefined) {
    parts.push(fill(words.timeLeft, duration(progress.secondsLeft, view)));
  }
  if (progress && progress.residentMb > 0) {
    parts.push(memory(progress.residentMb, locale));
  }
  return parts.join(" · ");
}

function stateWords({ words }: View, { state, progress }: PanelRun): string {
  switch (state.kind) {
    case "waiting":
      return words.waitingForWindow;
    case "preparing":
      return progress?.phase === "measuring-before"
        ? words.measuringBefore
        : words.preparing;
    case "training":
      return words.training;
    case "evaluating":
      return words.measuringAfter;
    case "pausedByUser":
    case "interrupted":
      return words.paused;
    case "pausedByTyping":
      return words.heldByTyping;
    case "stopping":
      return words.stopping;
    default:
      return assertNever(state);
  }
}

/** For screen readers: changes with the state and every tenth of the way, not with every step. */
export function announcementOf(view: View, run: PanelRun): string {
  const tenths = Math.floor((run.progress?.fraction ?? 0) * 10);
  const percent = (tenths / 10).toLocaleString(view.locale, {
    style: "percent",
  });
  return `${stateWords(view, run)} ${percent}`;
}

function progressBar({ words }: View, run: PanelRun): JSX.Element {
  // Without a value it moves, which one that waits to be resumed must not.
  const isStill = run.state.kind === "interrupted";
  // Before anything is known of the time it only moves.
  const known =
    run.progress?.secondsLeft === undefined ? undefined : run.progress.fraction;
  const fraction = known ?? (isStill ? 0 : undefined);
  return h("progress", {
    key: "progress",
    max: 1,
    value: fraction,
    "aria-label": fill(words.runTitle, run.name),
  });
}

function runActions(view: View, run: PanelRun): JSX.Element {
  const { words, act } = view;
  const { state, progress } = run;
  if (state.kind === "waiting") {
    return h(
      "div",
      { key: "actions", class: "actions" },
      button(words.cancel, () => act({ kind: "cancel" })),
    );
  }
  const isStopping = state.kind === "stopping";
  const hasLearned = workOf(state) === "training" && progress?.step !== 0;
  return h(
    "div",
    { key: "actions", class: "actions" },
    waitsForUser(state)
      ? button(words.resume, () => act({ kind: "resume" }), {
          isPrimary: true,
          key: "pause",
        })
      : button(words.pause, () => act({ kind: "pause" }), {
          isPrimary: true,
          isDisabled: isStopping,
          key: "pause",
        }),
    button(words.stopAndKeep, () => act({ kind: "stop", keep: true }), {
      isDisabled: isStopping || !hasLearned,
    }),
    button(words.discard, () => act({ kind: "stop", keep: false }), {
      isDisabled: isStopping,
    }),
  );
}

function chart(view: View, run: PanelRun): JSX.Element | undefined {
  const { words, locale } = view;
  if (run.trainingLosses.length + run.heldOutLosses.length < 2)
    return undefined;
  const last = (points: { loss: number }[]) => {
    const point = points.at(-1);
    return point ? decimal(point.loss, { locale, digits: 2 }) : "–";
  };
  const caption = fill(
    words.chartCaption,
    last(run.trainingLosses),
    last(run.heldOutLosses),
  );
  const input = {
    training: run.trainingLosses,
    heldOut: run.heldOutLosses,
    words: {
      training: words.trainingLoss,
      heldOut: words.heldOutLoss,
      step: words.stepAxis,
      loss: words.lossAxis,
    },
  };
  return h(
    "figure",
    { key: "chart" },
    h("div", {
      class: "chart",
      role: "img",
      "aria-label": caption,
      ref: (element: HTMLElement | null) => {
        if (element) view.drawLosses(element, input);
      },
    }),
    h("figcaption", {}, caption),
  );
}

function samples(view: View, run: PanelRun): JSX.Element | undefined {
  const { words, locale } = view;
  if (run.samples.length === 0) return undefined;
  return h(
    "div",
    { key: "samples" },
    h("h3", {}, words.samples),
    run.samples
      .slice(-3)
      .reverse()
      .map((sample) =>
        h(
          "article",
          {
            key: `sample:${sample.step}:${sample.document}`,
            class: "sample",
          },
          h(
            "p",
            { class: "hint" },
            fill(words.sampleAt, sample.document, count(sample.step, locale)),
          ),
          sampleTexts(view, sample),
        ),
      ),
  );
}

/** The end of the text before the cursor, once, and what stands behind it in each of three versions. */
function sampleTexts({ words }: View, sample: TrainingSample): JSX.Element[] {
  const part = (title: string, text: string) =>
    box(
      "variant",
      h("h4", {}, title),
      h("p", { class: "prose" }, h("span", { class: "written" }, text)),
    );
  return [
    h("p", { class: "prose given" }, endOf(sample.prompt)),
    box(
      "variants",
      part(words.before, sample.before),
      part(words.now, sample.now),
      part(words.inTheDocument, sample.expected),
    ),
  ];
}

/** At the most some lines of text, from the beginning of a word. */
function endOf(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  const end = text.slice(-SHOWN_CHARACTERS);
  return `… ${end.slice(Math.max(0, end.search(/\s/))).trimStart()}`;
}

function skipped(
  { words, locale }: View,
  run: PanelRun,
): JSX.Element | undefined {
  if (run.skipped.length === 0) return undefined;
  return h(
    "details",
    { key: "skipped" },
    h("summary", {}, fill(words.skipped, count(run.skipped.length, locale))),
    h(
      "ul",
      {},
      run.skipped.map(({ name, reason }) =>
        h("li", {}, fill(words.actionOn, name, reason)),
      ),
    ),
  );
}
