// The adapters of the workspace: what each is, what it learned from, what can be done with it, and two compared.

import { h, type JSX } from "preact";
import type { PanelAdapter } from "../protocol/panel";
import { reportRows, table } from "./answerView";
import { count, share, signed } from "./figures";
import { box, button, fill, type View } from "./view";

/** The list, or how to come to a first one. */
export function adaptersView(view: View): JSX.Element {
  const { words, state, act } = view;
  return h(
    "section",
    { key: "adapters", "aria-labelledby": "adapters-title" },
    h("h2", { id: "adapters-title", tabindex: -1 }, words.adaptersTitle),
    state.adapters.length === 0
      ? h("p", { class: "hint" }, words.noAdapters)
      : h(
          "ul",
          { class: "cards" },
          state.adapters.map((adapter) => adapterItem(adapter, view)),
        ),
    comparison(view),
    box(
      "actions",
      button(words.import, () => act({ kind: "import" })),
    ),
  );
}

function adapterItem(adapter: PanelAdapter, view: View): JSX.Element {
  const { words } = view;
  return h(
    "li",
    {
      key: adapter.id,
      class: adapter.isActive ? "card active" : "card",
    },
    h(
      "h3",
      {},
      adapter.name,
      adapter.isActive && h("span", { class: "badge" }, words.active),
    ),
    h("p", { class: "hint" }, factsOf(adapter, view)),
    adapter.fault !== "" && h("p", { class: "fault" }, adapter.fault),
    adapterActions(adapter, view),
    adapter.documents.length > 0 && origin(adapter, view),
  );
}

/** Base, date, documents and the figure that counts, in one line. */
function factsOf(adapter: PanelAdapter, view: View): string {
  const { words, locale } = view;
  const numHeldOut = adapter.documents.filter((each) => each.isHeldOut).length;
  const facts = [adapter.base];
  if (adapter.createdAt !== "") facts.push(dateOf(adapter.createdAt, locale));
  if (adapter.documents.length > 0) {
    const numTraining = adapter.documents.length - numHeldOut;
    facts.push(fill(words.documents, count(numTraining, locale)));
  }
  if (adapter.proof) {
    const { before, after } = adapter.proof.saved1Word;
    const difference = signed((after - before) * 100, { locale, digits: 1 });
    facts.push(fill(words.savedFact, share(after, locale), difference));
  } else if (adapter.examples) {
    const { before, after } = adapter.examples.accuracy;
    facts.push(
      fill(words.accuracyFact, share(before, locale), share(after, locale)),
    );
  } else if (adapter.fault === "") {
    facts.push(words.notMeasured);
  }
  return facts.filter((fact) => fact !== "").join(" · ");
}

function dateOf(createdAt: string, locale: string): string {
  const date = new Date(createdAt);
  return Number.isNaN(date.getTime())
    ? ""
    : date.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

function adapterActions(adapter: PanelAdapter, view: View): JSX.Element {
  const { words, act, ui, change } = view;
  const { id, name, fault } = adapter;
  const named = (label: string, onClick: () => void, key = label) =>
    button(label, onClick, { name: fill(words.actionOn, label, name), key });
  const isCompared = ui.compared.includes(id);
  return box(
    "actions",
    adapter.isActive
      ? named(words.switchOff, () => act({ kind: "switchOff" }), "switch")
      : fault === "" &&
          named(
            adapter.verdict === "helps" ? words.switchOn : words.switchOnAnyway,
            () => act({ kind: "switchOn", id }),
            "switch",
          ),
    (adapter.proof || adapter.examples) &&
      named(words.showAnswer, () => act({ kind: "showAnswer", id })),
    adapter.proof &&
      h(
        "button",
        {
          key: "compare",
          type: "button",
          class: "secondary",
          "aria-pressed": String(isCompared),
          "aria-label": fill(words.actionOn, words.compare, name),
          onClick: () =>
            change({
              compared: isCompared
                ? ui.compared.filter((each) => each !== id)
                : [...ui.compared, id].slice(-2),
            }),
        },
        words.compare,
      ),
    fault === "" && [
      named(words.rename, () => act({ kind: "rename", id })),
      named(words.export, () => act({ kind: "export", id })),
    ],
    named(words.delete, () => act({ kind: "delete", id })),
  );
}

function origin(adapter: PanelAdapter, { words }: View): JSX.Element {
  return h(
    "details",
    { key: "origin" },
    h("summary", {}, words.origin),
    h(
      "ul",
      {},
      adapter.documents.map(({ name, isHeldOut }) =>
        h(
          "li",
          {},
          isHeldOut ? fill(words.withRemark, name, words.heldOut) : name,
        ),
      ),
    ),
  );
}

/** The figures of two adapters beside each other; each is measured on its own held-out documents. */
function comparison(view: View): JSX.Element | undefined {
  const { state, ui, words } = view;
  const [first, second] = ui.compared
    .map((id) => state.adapters.find((adapter) => adapter.id === id))
    .filter((adapter) => adapter?.proof !== undefined);
  if (!first?.proof) return undefined;
  if (!second?.proof) {
    return h("p", { class: "hint" }, words.compareHint);
  }
  const firstRows = reportRows(first.proof, view);
  const secondRows = reportRows(second.proof, view);
  const rows = firstRows.map(([name, , after, difference]) => {
    const other = secondRows.find(([each]) => each === name);
    return [
      name,
      fill(words.withRemark, after, difference),
      other ? fill(words.withRemark, other[2], other[3]) : "–",
    ];
  });
  const isSameText = heldOutOf(first) === heldOutOf(second);
  return h(
    "div",
    { key: "comparison" },
    table({
      caption: words.comparison,
      head: [words.figure, first.name, second.name],
      rows,
    }),
    !isSameText && h("p", { class: "hint" }, words.otherHeldOut),
  );
}

function heldOutOf(adapter: PanelAdapter): string {
  const names = adapter.documents
    .filter(({ isHeldOut }) => isHeldOut)
    .map(({ name }) => name);
  return names.sort().join("\n");
}
