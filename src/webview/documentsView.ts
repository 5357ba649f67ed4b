// "What it learns from": the workspace's documents as a tree, the rules by which they were found, and their sum.

import { h, type JSX, type TargetedEvent } from "preact";
import type { DocumentRole, PanelDocument } from "../protocol/panel";
import { choosableBelow, totals, treeRows, type TreeRow } from "./documentTree";
import { count } from "./figures";
import { treeCommand, type KeyPress } from "./treeKeys";
import {
  box,
  button,
  checkField,
  fill,
  isChoosing,
  textField,
  type View,
} from "./view";

/** The tree with what stands above and below it. */
export function documentsView(view: View): JSX.Element {
  const { documents } = view.state;
  return h(
    "div",
    { key: "documents" },
    h(
      "p",
      { key: "summary", class: "summary", role: "status" },
      documents.isCollecting ? view.words.collecting : summaryOf(view),
    ),
    documents.documents.length > 0 && tree(view),
    documents.documents.length > 0 && chosenRow(view),
    documents.unlisted > 0 &&
      h(
        "p",
        { key: "unlisted", class: "hint" },
        fill(view.words.unlisted, count(documents.unlisted, view.locale)),
      ),
    documents.isGitUnasked &&
      h("p", { key: "gitUnasked", class: "hint" }, view.words.gitUnasked),
    rules(view),
  );
}

function summaryOf({ state, words, locale }: View): string {
  const { training, heldOut, out } = totals(state.documents.documents);
  return fill(
    words.summary,
    count(training.documents, locale),
    count(training.tokens, locale),
    count(heldOut.documents, locale),
    count(heldOut.tokens, locale),
    count(out, locale),
  );
}

function rowsOf({ state, ui }: View): TreeRow[] {
  return treeRows(state.documents.documents, {
    root: state.workspace,
    expanded: ui.expanded,
  });
}

function tree(view: View): JSX.Element {
  const rows = rowsOf(view);
  const current = rows.some(({ path }) => path === view.ui.row)
    ? view.ui.row
    : "";
  return h(
    "div",
    {
      key: "tree",
      class: "tree",
      role: "tree",
      "aria-label": view.words.treeName,
      "aria-multiselectable": "true",
    },
    rows.map((row) => treeItem(row, { view, rows, current })),
  );
}

interface TreePlace {
  view: View;
  rows: TreeRow[];
  current: string;
}

function treeItem(row: TreeRow, place: TreePlace): JSX.Element {
  const { view, current } = place;
  const { document } = row;
  const isChoosable =
    !document || document.isChoosable || document.canTrainAnyway;
  const isCurrent = row.path === current;
  return h(
    "div",
    {
      key: `row:${row.path}`,
      class: `row level-${Math.min(row.level, 9)}${isCurrent ? " current" : ""}${isChoosable ? "" : " fixed"}`,
      role: "treeitem",
      tabindex: isCurrent ? 0 : -1,
      "aria-level": row.level,
      "aria-posinset": row.position,
      "aria-setsize": row.siblings,
      "aria-expanded": document ? undefined : String(row.isExpanded),
      "aria-checked": isChoosable ? row.check : undefined,
      "aria-disabled": isChoosable ? undefined : "true",
      onFocus: () => view.change({ row: row.path }),
      onKeyDown: (event: KeyboardEvent) => {
        if (!pressed(event, { row, place })) return;
        event.preventDefault();
        event.stopPropagation();
      },
    },
    h(
      "span",
      {
        class: "twistie",
        "aria-hidden": "true",
        onClick: () =>
          document ? undefined : expand(view, row.path, !row.isExpanded),
      },
      document ? "" : row.isExpanded ? "▾" : "▸",
    ),
    h("span", {
      class: `check ${row.check}`,
      "aria-hidden": "true",
      onClick: () => toggle(view, row),
    }),
    h("span", { class: "label" }, row.label),
    // Spaces keep the parts apart where the row is read out as its text.
    " ",
    // A word is never cut, a reason may be.
    h(
      "span",
      { class: document?.role === "held-out" ? "note short" : "note" },
      noteOn(row, view),
    ),
    " ",
    row.tokens > 0 &&
      h(
        "span",
        { class: "tokens" },
        count(row.tokens, view.locale),
        h("span", { class: "unit" }, ` ${view.words.tokenUnit}`),
      ),
  );
}

function noteOn({ document }: TreeRow, { words }: View): string {
  if (document?.role === "held-out") return words.heldOut;
  return document?.reason ?? "";
}

function pressed(
  press: KeyPress,
  { row, place }: { row: TreeRow; place: TreePlace },
): boolean {
  const { view, rows } = place;
  const command = treeCommand(press, { rows, path: row.path });
  if (!command) return false;
  switch (command.kind) {
    case "focus":
      view.change({ row: command.path }, { toRow: true });
      return true;
    case "expand":
      expand(view, command.path, command.isExpanded);
      return true;
    case "toggle":
      toggle(view, command.row);
      return true;
    case "preview":
      view.act({ kind: "preview", name: command.name });
      return true;
  }
}

function expand(view: View, path: string, isExpanded: boolean): void {
  const others = view.ui.expanded.filter((each) => each !== path);
  view.change({ expanded: isExpanded ? [...others, path] : others });
}

function toggle(view: View, row: TreeRow): void {
  if (row.document?.canTrainAnyway) return trainAnyway(view, row);
  const names = choosableBelow(view.state.documents.documents, row.path);
  if (names.length === 0 || !isChoosing(view)) return;
  const role = row.check === "true" ? "out" : "in";
  view.act({ kind: "assign", names, role });
}

/** The host asks the person first. */
function trainAnyway(view: View, { path }: TreeRow): void {
  if (isChoosing(view)) view.act({ kind: "trainAnyway", name: path });
}

/** What can be done with the row that Tab leads to, as buttons for those who look for them. */
function chosenRow(view: View): JSX.Element | undefined {
  const row = rowsOf(view).find(({ path }) => path === view.ui.row);
  if (!row) return undefined;
  const { words } = view;
  const names = choosableBelow(view.state.documents.documents, row.path);
  const canAssign = names.length > 0 && isChoosing(view);
  const assign = (label: string, role: DocumentRole) =>
    button(label, () => view.act({ kind: "assign", names, role }), {
      key: `assign:${role}`,
      isDisabled: !canAssign || hasRole(row.document, role),
      name: fill(words.actionOn, label, row.label),
    });
  return h(
    "div",
    {
      key: "chosen",
      class: "actions",
      role: "group",
      "aria-label": row.label,
    },
    h("span", { class: "grow label" }, row.label),
    row.document?.canTrainAnyway
      ? button(words.trainAnyway, () => trainAnyway(view, row), {
          key: "assign:training",
          isDisabled: !isChoosing(view),
          name: fill(words.actionOn, words.trainAnyway, row.label),
        })
      : assign(words.learn, "training"),
    assign(words.holdOut, "held-out"),
    assign(words.leaveOut, "out"),
    row.document &&
      button(
        words.preview,
        () => view.act({ kind: "preview", name: row.path }),
        { name: fill(words.actionOn, words.preview, row.label) },
      ),
  );
}

function hasRole(
  document: PanelDocument | undefined,
  role: DocumentRole,
): boolean {
  return document?.role === role;
}

function rules(view: View): JSX.Element {
  const { words, state, ui } = view;
  const { include, exclude, withComments } = state.documents;
  const filter = (change: Partial<typeof state.documents>) =>
    view.act({
      kind: "filter",
      ...{ include, exclude, withComments, ...change },
    });
  return h(
    "details",
    {
      key: "rules",
      open: ui.isRulesOpen,
      onToggle: ({
        currentTarget: details,
      }: TargetedEvent<HTMLDetailsElement>) =>
        view.change({ isRulesOpen: details.open }),
    },
    h("summary", {}, words.rules),
    patternField("include", {
      label: words.include,
      hint: words.patternHint,
      value: include,
      onText: (text) => filter({ include: text }),
    }),
    patternField("exclude", {
      label: words.exclude,
      hint: words.excludeHint,
      value: exclude,
      onText: (text) => filter({ exclude: text }),
    }),
    h(
      "label",
      { class: "option" },
      checkField("checkbox", {
        checked: withComments,
        onToggle: (isOn) => filter({ withComments: isOn }),
      }),
      words.withComments,
    ),
    box(
      "actions",
      button(words.collectAgain, () => view.act({ kind: "collect" })),
    ),
  );
}

function patternField(
  id: string,
  field: {
    label: string;
    hint: string;
    value: string;
    onText: (text: string) => void;
  },
): JSX.Element {
  return h(
    "div",
    { key: id, class: "field" },
    h("label", { for: id }, field.label),
    textField({
      id,
      spellcheck: false,
      "aria-describedby": `${id}-hint`,
      value: field.value,
      onText: field.onText,
    }),
    h("p", { id: `${id}-hint`, class: "hint" }, field.hint),
  );
}
