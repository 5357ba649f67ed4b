// What the page shows, as plain data: views make it from the state, `dom.ts` draws it. Texts are texts, never HTML.

/** A key that was pressed; answering true keeps the browser from acting on it too. */
export interface KeyPress {
  key: string;
  isShift: boolean;
  isControl: boolean;
}

/** Attributes by their HTML names, and what the person does to the element. */
export interface VProps {
  /** Tells siblings apart when some of them come and go. */
  key?: string;
  attributes?: Record<string, string | number | boolean | undefined>;
  /** Of fields: set only when it differs and the person is not in the field. */
  value?: string;
  checked?: boolean;
  onClick?: () => void;
  /** With what the field holds now. */
  onInput?: (text: string) => void;
  onToggle?: (isOn: boolean) => void;
  onKey?: (press: KeyPress) => boolean;
  onFocus?: () => void;
  /** Takes the keyboard when this becomes true. */
  takesFocus?: boolean;
  /** Drawn by code of its own, named in the table that `dom.ts` is given. */
  drawing?: { name: string; input: unknown };
}

/** An element; a string is a text node. */
export interface VElement {
  tag: string;
  props: VProps;
  children: VNode[];
}

export type VNode = VElement | string;
/** What views may put among children: nothing is drawn for `undefined` and `false`. */
export type VChild = VNode | undefined | false | VChild[];

/** Makes an element. */
export function h(tag: string, props: VProps, ...children: VChild[]): VElement {
  return { tag, props, children: flatten(children) };
}

/** Makes an element that has a class and children only. */
export function box(className: string, ...children: VChild[]): VElement {
  return h("div", { attributes: { class: className } }, ...children);
}

/** All text in a tree, as a reader would hear it. */
export function textOf(node: VNode): string {
  return typeof node === "string" ? node : node.children.map(textOf).join(" ");
}

/** All elements of a tree for which something holds, in the order of reading. */
export function findAll(
  node: VNode,
  isWanted: (element: VElement) => boolean,
): VElement[] {
  if (typeof node === "string") return [];
  const below = node.children.flatMap((child) => findAll(child, isWanted));
  return isWanted(node) ? [node, ...below] : below;
}

function flatten(children: VChild[]): VNode[] {
  return children.flatMap((child) => {
    if (child === undefined || child === false) return [];
    return Array.isArray(child) ? flatten(child) : [child];
  });
}
