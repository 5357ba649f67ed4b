// Draws `VNode`s into the page and changes what is there as little as it can, so that focus, selection and scroll
// positions stay. Text is set as text nodes alone: nothing in here parses HTML.

import type { VElement, VNode, VProps } from "./vnode";

const SVG = "http://www.w3.org/2000/svg";

/** Code that draws an element's inside by itself; called again with each new input. */
export type Drawings = Record<
  string,
  (element: HTMLElement, input: unknown) => void
>;

/** Keeps a container equal to what it is told to show. */
export class Page {
  private shown: VNode[] = [];
  /** Handlers are looked up when something happens, so that new ones need no new listeners. */
  private readonly propsOf = new WeakMap<Element, VProps>();

  constructor(
    private readonly container: Element,
    private readonly drawings: Drawings,
  ) {}

  /** Shows `nodes` in place of what is shown. */
  show(nodes: VNode[]): void {
    this.updateChildren(this.container, { before: this.shown, after: nodes });
    this.shown = nodes;
  }

  private create(node: VNode, isSvg: boolean): Node {
    if (typeof node === "string") return document.createTextNode(node);
    const inSvg = isSvg || node.tag === "svg";
    const element = inSvg
      ? document.createElementNS(SVG, node.tag)
      : document.createElement(node.tag);
    this.listen(element);
    this.updateProps(element, { before: {}, after: node.props });
    for (const child of node.children) {
      element.append(this.create(child, inSvg));
    }
    // Colours and sizes are known once it stands in the page.
    queueMicrotask(() => this.draw(element, node.props));
    return element;
  }

  private update(node: Node, change: { before: VNode; after: VNode }): Node {
    const { before, after } = change;
    if (typeof after === "string") {
      if (node instanceof Text) {
        if (before !== after) node.data = after;
        return node;
      }
    } else if (node instanceof Element && isSame(before, after)) {
      this.updateProps(node, {
        before: (before as VElement).props,
        after: after.props,
      });
      this.updateChildren(node, {
        before: (before as VElement).children,
        after: after.children,
      });
      this.draw(node, after.props);
      return node;
    }
    const isSvg = node.parentElement instanceof SVGElement;
    const created = this.create(after, isSvg);
    node.parentNode?.replaceChild(created, node);
    return created;
  }

  private updateChildren(
    parent: Element,
    change: { before: VNode[]; after: VNode[] },
  ): void {
    const nodes = [...parent.childNodes];
    const keyed = new Map<string, { node: Node; vnode: VNode }>();
    const unkeyed: { node: Node; vnode: VNode }[] = [];
    change.before.forEach((vnode, index) => {
      const node = nodes[index];
      if (!node) return;
      const key = keyOf(vnode);
      if (key === undefined) unkeyed.push({ node, vnode });
      else keyed.set(key, { node, vnode });
    });
    const isSvg = parent instanceof SVGElement;
    const wanted = change.after.map((vnode) => {
      const key = keyOf(vnode);
      const old = key === undefined ? unkeyed.shift() : keyed.get(key);
      if (key !== undefined) keyed.delete(key);
      return old
        ? this.update(old.node, { before: old.vnode, after: vnode })
        : this.create(vnode, isSvg);
    });
    const kept = new Set(wanted);
    for (const node of [...parent.childNodes].slice(0, nodes.length)) {
      if (!kept.has(node) && change.before.length > 0) node.remove();
    }
    wanted.forEach((node, index) => {
      const there = parent.childNodes[index];
      if (there !== node) parent.insertBefore(node, there ?? null);
    });
  }

  private updateProps(
    element: Element,
    change: { before: VProps; after: VProps },
  ): void {
    const before = change.before.attributes ?? {};
    const after = change.after.attributes ?? {};
    for (const name of Object.keys(before)) {
      if (after[name] === undefined || after[name] === false) {
        element.removeAttribute(name);
      }
    }
    for (const [name, value] of Object.entries(after)) {
      if (value === undefined || value === false) continue;
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
    this.propsOf.set(element, change.after);
    if (change.after.takesFocus && !change.before.takesFocus) {
      // A new element can only take it once it stands in the page.
      queueMicrotask(() => (element as HTMLElement).focus());
    }
    if (!(element instanceof HTMLInputElement)) return;
    const { value, checked } = change.after;
    if (value !== undefined && element.value !== value) {
      if (document.activeElement !== element) element.value = value;
    }
    if (checked !== undefined) element.checked = checked;
  }

  private draw(element: Element, { drawing }: VProps): void {
    if (!drawing || !(element instanceof HTMLElement)) return;
    this.drawings[drawing.name]?.(element, drawing.input);
  }

  private listen(element: Element): void {
    const props = () => this.propsOf.get(element) ?? {};
    element.addEventListener("click", (event) => {
      const { onClick } = props();
      if (!onClick) return;
      event.stopPropagation();
      onClick();
    });
    element.addEventListener("input", () => {
      if (element instanceof HTMLInputElement) props().onInput?.(element.value);
    });
    element.addEventListener("change", () => {
      if (element instanceof HTMLInputElement) {
        props().onToggle?.(element.checked);
      }
    });
    element.addEventListener("toggle", () => {
      if (element instanceof HTMLDetailsElement) {
        props().onToggle?.(element.open);
      }
    });
    element.addEventListener("focus", () => props().onFocus?.());
    element.addEventListener("keydown", (event) => {
      if (!(event instanceof KeyboardEvent)) return;
      const isControl = event.ctrlKey || event.metaKey;
      const press = { key: event.key, isShift: event.shiftKey, isControl };
      if (!props().onKey?.(press)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

function keyOf(node: VNode): string | undefined {
  return typeof node === "string" ? undefined : node.props.key;
}

function isSame(before: VNode, after: VElement): boolean {
  return (
    typeof before !== "string" &&
    before.tag === after.tag &&
    before.props.key === after.props.key &&
    before.props.drawing?.name === after.props.drawing?.name
  );
}
