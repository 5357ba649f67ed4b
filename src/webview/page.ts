// The whole page, from top to bottom: what is new, the answer or the run, what it learns from, the start, the adapters.

import { Fragment, h, type JSX } from "preact";
import { adaptersView } from "./adaptersView";
import { answerView } from "./answerView";
import { totals } from "./documentTree";
import { documentsView } from "./documentsView";
import { examplesView } from "./examplesView";
import { count, duration, memory } from "./figures";
import { runView } from "./runView";
import type { TrainingChoice } from "../protocol/training";
import { choiceOf } from "../settings/trainingChoices";
import { settingsView } from "./settingsView";
import { button, checkField, fill, isChoosing, type View } from "./view";

/** Everything that is to be seen. */
export function pageView(view: View): JSX.Element {
  const isBlocked = view.state.phase === "blocked";
  return h(
    Fragment,
    {},
    h("h1", { key: "title" }, fill(view.words.title, view.state.workspace)),
    h("p", { key: "lead", class: "hint" }, view.words.lead),
    notice(view),
    answerView(view),
    runView(view),
    !isBlocked && sourceSection(view),
    !isBlocked && startSection(view),
    !isBlocked && adaptersView(view),
  );
}

function notice({ state, words, act }: View): JSX.Element | undefined {
  const { notice: news } = state;
  if (!news) return undefined;
  return h(
    "div",
    {
      key: "notice",
      class: `notice ${news.severity}`,
      role: news.severity === "info" ? "status" : "alert",
    },
    h("p", {}, news.text),
    h(
      "div",
      { class: "actions" },
      news.actions.map(({ label, action }) => button(label, () => act(action))),
      state.phase !== "blocked" &&
        button(words.dismiss, () => act({ kind: "dismissNotice" })),
    ),
  );
}

function sourceSection(view: View): JSX.Element {
  const { words, state, act } = view;
  const choice = (source: "documents" | "examples", label: string) =>
    h(
      "label",
      { key: source, class: "option" },
      checkField("radio", {
        name: "source",
        disabled: !isChoosing(view),
        checked: state.source === source,
        onToggle: (isOn) => isOn && act({ kind: "source", source }),
      }),
      label,
    );
  return h(
    "section",
    { key: "source", "aria-labelledby": "source-title" },
    h("h2", { id: "source-title" }, words.sourceTitle),
    h(
      "div",
      {
        class: "options",
        role: "radiogroup",
        "aria-labelledby": "source-title",
      },
      choice("documents", words.fromDocuments),
      choice("examples", words.fromExamples),
    ),
    state.source === "documents" ? documentsView(view) : examplesView(view),
  );
}

function startSection(view: View): JSX.Element | undefined {
  const { words, state, act } = view;
  const isEstimating = state.phase === "estimating";
  if (state.run) return undefined;
  const isDisabled = isEstimating || state.blockedReason !== undefined;
  return h(
    "section",
    { key: "start", "aria-labelledby": "start-title" },
    h("h2", { id: "start-title", tabindex: -1 }, words.startTitle),
    choices(view),
    h(
      "p",
      { key: "estimate", class: "summary", role: "status" },
      isEstimating
        ? words.estimating
        : (state.blockedReason ?? estimateOf(view)),
    ),
    littleText(view),
    h(
      "div",
      { key: "actions", class: "actions" },
      button(words.start, () => act({ kind: "start" }), {
        isPrimary: true,
        isDisabled,
      }),
      isEstimating
        ? button(words.cancel, () => act({ kind: "cancel" }), {
            key: "estimate",
          })
        : button(words.estimate, () => act({ kind: "estimate" }), {
            isDisabled,
            key: "estimate",
          }),
    ),
    settingsView(view),
  );
}

/** Six pages of a made-up logbook, 4,500 tokens learned twice, made general prose 40% worse (docs/LOG.md). */
const LITTLE_TOKENS = 10_000;

/** Said before the start, and not by the answer alone. */
function littleText({ words, state, locale }: View): JSX.Element | undefined {
  const { tokens } = totals(state.documents.documents).training;
  const isLittle = state.source === "documents" && tokens < LITTLE_TOKENS;
  if (!isLittle || state.blockedReason !== undefined) return undefined;
  return h(
    "p",
    { key: "little", class: "hint" },
    fill(words.littleText, count(tokens, locale)),
  );
}

/** Three choices in place of numbers, each with what it will take. */
function choices(view: View): JSX.Element {
  const { words, state, act } = view;
  const chosen = choiceOf(state.settings.values);
  const option = (name: TrainingChoice | "own", label: string) =>
    h(
      "label",
      { key: name, class: "option choice" },
      checkField("radio", {
        name: "choice",
        disabled: !isChoosing(view),
        checked: (chosen ?? "own") === name,
        onToggle: (isOn) =>
          isOn && name !== "own" && act({ kind: "choice", choice: name }),
      }),
      h("span", {}, label),
      h("span", { class: "hint" }, forecastWords(name, view)),
    );
  return h(
    "div",
    {
      key: "choices",
      class: "choices",
      role: "radiogroup",
      "aria-label": words.howLong,
    },
    option("quick", words.quick),
    option("good", words.good),
    option("thorough", words.thorough),
    chosen === undefined && option("own", words.ownNumbers),
  );
}

function forecastWords(name: TrainingChoice | "own", view: View): string {
  const { words, state } = view;
  const forecast = state.forecasts[name];
  if (forecast?.seconds === undefined) {
    return name === "thorough" ? words.untilBest : "";
  }
  const time = duration(forecast.seconds, view);
  if (name === "thorough") return fill(words.untilBestAtMost, time);
  return fill(forecast.isAtMost ? words.atMost : words.about, time);
}

function estimateOf(view: View): string {
  const { words, state, locale } = view;
  const { estimate } = state;
  if (!estimate) {
    const chosen = choiceOf(state.settings.values) ?? "own";
    const isKnown = state.forecasts[chosen]?.seconds !== undefined;
    return isKnown ? "" : words.noEstimate;
  }
  return fill(
    words.estimateResult,
    duration(estimate.seconds, view),
    memory(estimate.peakMemoryMb, locale),
    count(estimate.tokensPerSecond, locale),
  );
}
