// Says whether a cursor stands in code, which has lines and no sentences, and where a fence ends what a document holds.

/** Languages whose documents are prose, with or without markup; all others are code. */
const PROSE_LANGUAGES = new Set(
  (
    "markdown mdx quarto rmd plaintext text restructuredtext asciidoc latex tex context typst org " +
    "textile wikitext mediawiki djot fountain html xhtml git-commit scminput commitmessage chatinput"
  ).split(" "),
);

/** Marks that a line of a comment begins with, or that stand behind code and a space. */
const COMMENT_LINE =
  /^\s*(?:\/\/|\/\*|\*(?!\*)|#(?!include|define|if|else|endif|\[)|--|;|%|<!--|"""|''')|\s(?:\/\/|#|--|;;|\/\*) /;

/** Whether documents of a language are code. */
export function isCodeLanguage(languageId: string): boolean {
  return !PROSE_LANGUAGES.has(languageId);
}

/** Whether the line that `textBefore` ends in is code. */
export function isCode({
  textBefore,
  languageId,
}: {
  textBefore: string;
  languageId: string;
}): boolean {
  if (!isCodeLanguage(languageId)) return false;
  const line = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
  return !COMMENT_LINE.test(line);
}

/** A line of fence, also in a comment. */
const FENCE_LINE =
  /^[ \t]*(?:(?:\/{2,3}!?|#+|\*+|--|;+|%+)[ \t]*)?(?:`{3,}|~{3,})/;

/**
 * Where `text` ends a fence that no line of the document has begun, as a model does at the end of its answer in a chat;
 * undefined where it does not. Of Markdown that is not asked, where such a line begins a fence as well.
 */
export function findUnopenedFence(
  text: string,
  textBefore: string,
): number | undefined {
  const linesBefore = textBefore.split("\n");
  const started = linesBefore.pop() ?? "";
  const isOpen =
    linesBefore.filter((line) => FENCE_LINE.test(line)).length % 2 === 1;
  if (isOpen || FENCE_LINE.test(started)) return undefined;
  let start = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const whole = index === 0 ? started + line : line;
    if (FENCE_LINE.test(whole)) return Math.max(0, start - 1);
    start += line.length + 1;
  }
  return undefined;
}
