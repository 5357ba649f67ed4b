// The whole page, from top to bottom: what is new, the answer or the run, what it learns from, the start, the adapters.

import { adaptersView } from "./adaptersView";
import { answerView } from "./answerView";
import { documentsView } from "./documentsView";
import { examplesView } from "./examplesView";
import { count, duration, memory } from "./figures";
import { runView } from "./runView";
import { settingsView } from "./settingsView";
import { button, fill, type View } from "./view";
import { h, type VElement, type VNode } from "./vnode";

/** Everything that is to be seen. */
export function pageView(view: View): VNode[] {
  const { phase } = view.state;
  const sections = [
    h("h1", { key: "title" }, fill(view.words.title, view.state.workspace)),
    h("p", { key: "lead", attributes: { class: "hint" } }, view.words.lead),
    notice(view),
    answerView(view),
    runView(view),
    phase !== "blocked" && sourceSection(view),
    phase !== "blocked" && startSection(view),
    phase !== "blocked" && adaptersView(view),
  ];
  return sections.filter(
    (section) => section !== undefined && section !== false,
  );
}

function notice({ state, words, act }: View): VElement | undefined {
  const { notice: news } = state;
  if (!news) return undefined;
  return h(
    "div",
    {
      key: "notice",
      attributes: {
        class: `notice ${news.severity}`,
        role: news.severity === "info" ? "status" : "alert",
      },
    },
    h("p", {}, news.text),
    h(
      "div",
      { attributes: { class: "actions" } },
      news.actions.map(({ label, action }) => button(label, () => act(action))),
      state.phase !== "blocked" &&
        button(words.dismiss, () => act({ kind: "dismissNotice" })),
    ),
  );
}

function sourceSection(view: View): VElement {
  const { words, state, act } = view;
  const choice = (source: "documents" | "examples", label: string) =>
    h(
      "label",
      { key: source, attributes: { class: "option" } },
      h("input", {
        attributes: {
          type: "radio",
          name: "source",
          disabled: state.phase !== "choosing",
        },
        checked: state.source === source,
        onToggle: (isOn) => isOn && act({ kind: "source", source }),
      }),
      label,
    );
  return h(
    "section",
    { key: "source", attributes: { "aria-labelledby": "source-title" } },
    h("h2", { attributes: { id: "source-title" } }, words.sourceTitle),
    h(
      "div",
      {
        attributes: {
          class: "options",
          role: "radiogroup",
          "aria-labelledby": "source-title",
        },
      },
      choice("documents", words.fromDocuments),
      choice("examples", words.fromExamples),
    ),
    state.source === "documents" ? documentsView(view) : examplesView(view),
  );
}

function startSection(view: View): VElement | undefined {
  const { words, state, act } = view;
  const isEstimating = state.phase === "estimating";
  if (state.phase !== "choosing" && !isEstimating) return undefined;
  const isDisabled = isEstimating || state.blockedReason !== undefined;
  return h(
    "section",
    { key: "start", attributes: { "aria-labelledby": "start-title" } },
    h(
      "h2",
      { attributes: { id: "start-title", tabindex: -1 } },
      words.startTitle,
    ),
    h(
      "p",
      { key: "estimate", attributes: { class: "summary", role: "status" } },
      isEstimating
        ? words.estimating
        : (state.blockedReason ?? estimateOf(view)),
    ),
    h(
      "div",
      { key: "actions", attributes: { class: "actions" } },
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

function estimateOf(view: View): string {
  const { words, state, locale } = view;
  const { estimate } = state;
  if (!estimate) return words.noEstimate;
  return fill(
    words.estimateResult,
    count(estimate.trainingTokens, locale),
    count(estimate.steps, locale),
    duration(estimate.seconds, view),
    memory(estimate.peakMemoryMb, locale),
    count(estimate.tokensPerSecond, locale),
  );
}
