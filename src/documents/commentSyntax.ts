// How comments and strings are written in the common families of languages, by the end of a file's name.

/** What a scanner must know to tell comments from strings and code. */
export interface CommentSyntax {
  /** Marks after which the rest of a line is a comment. */
  line: readonly string[];
  /** Pairs of marks around a comment. */
  block: readonly (readonly [string, string])[];
  /** Marks around strings that end with their line at the latest. */
  strings: readonly string[];
  /** Marks around strings that may hold several lines. */
  longStrings: readonly string[];
  /** Marks around a string that is a comment where a statement could begin. */
  docStrings: readonly string[];
}

const C_FAMILY: CommentSyntax = {
  line: ["//"],
  block: [["/*", "*/"]],
  strings: ['"', "'"],
  longStrings: [],
  docStrings: [],
};
const SCRIPT: CommentSyntax = { ...C_FAMILY, longStrings: ["`"] };
// A lone quote is a lifetime or a part of a name in these.
const RUST: CommentSyntax = { ...C_FAMILY, strings: ['"'] };
const PHP: CommentSyntax = { ...C_FAMILY, line: ["//", "#"] };
const STYLE: CommentSyntax = { ...C_FAMILY, line: [] };
const HASH: CommentSyntax = {
  line: ["#"],
  block: [],
  strings: ['"', "'"],
  longStrings: [],
  docStrings: [],
};
const PYTHON: CommentSyntax = { ...HASH, docStrings: ['"""', "'''"] };
const MARKUP: CommentSyntax = {
  line: [],
  block: [["<!--", "-->"]],
  strings: [],
  longStrings: [],
  docStrings: [],
};
const COMPONENT: CommentSyntax = {
  ...SCRIPT,
  // Quotes are apostrophes in the text of a page.
  strings: [],
  longStrings: [],
  line: [],
  block: [...MARKUP.block, ...C_FAMILY.block],
};
const SQL: CommentSyntax = { ...C_FAMILY, line: ["--"] };
const LUA: CommentSyntax = {
  ...HASH,
  line: ["--"],
  block: [["--[[", "]]"]],
};
const HASKELL: CommentSyntax = {
  ...HASH,
  line: ["--"],
  block: [["{-", "-}"]],
  strings: ['"'],
};
const LISP: CommentSyntax = {
  ...HASH,
  line: [";"],
  block: [["#|", "|#"]],
  strings: [],
  longStrings: ['"'],
};
const PERCENT: CommentSyntax = { ...HASH, line: ["%"], strings: ['"'] };

const FAMILIES: readonly (readonly [CommentSyntax, string])[] = [
  [C_FAMILY, "c h cc cpp cxx hh hpp hxx cs java scala dart proto groovy"],
  [SCRIPT, "js jsx mjs cjs ts tsx mts cts go kt kts"],
  [RUST, "rs swift zig"],
  [PHP, "php"],
  [STYLE, "css scss less"],
  [PYTHON, "py pyi"],
  [HASH, "rb sh bash zsh pl pm r jl ex exs yaml yml toml mk cmake nix tf"],
  [MARKUP, "html htm xml xhtml"],
  [COMPONENT, "vue svelte"],
  [SQL, "sql"],
  [LUA, "lua"],
  [HASKELL, "hs elm purs"],
  [LISP, "lisp el clj cljs scm rkt"],
  [PERCENT, "erl hrl prolog"],
];

const SYNTAX_OF_EXTENSION = new Map<string, CommentSyntax>(
  FAMILIES.flatMap(([syntax, extensions]) =>
    extensions.split(" ").map((extension) => [extension, syntax] as const),
  ),
);

/** Patterns, as lines of a .gitignore, of all files whose comments can be told apart. */
export const SOURCE_INCLUDE: readonly string[] = [
  ...SYNTAX_OF_EXTENSION.keys(),
].map((extension) => `*.${extension}`);

/** Undefined for what is no source code. */
export function commentSyntaxOf(name: string): CommentSyntax | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1];
  return extension === undefined
    ? undefined
    : SYNTAX_OF_EXTENSION.get(extension.toLowerCase());
}
