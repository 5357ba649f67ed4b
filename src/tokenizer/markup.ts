// Which added tokens are markup: signs between parts of a training text, never a part of one. Files mark them as special
// and do not always: `<think>` and `<|fim_prefix|>` of Qwen and `<｜User｜>` of DeepSeek are there as plain added tokens.
// Their form tells them apart from added tokens that do stand for text, which Gemma has: runs of line breaks and of
// spaces, and HTML's tags.

const MARKUP = new RegExp(
  [
    // <|fim_prefix|>, <｜User｜>
    String.raw`<[|｜][^\s<>]+[|｜]>`,
    // <fim_prefix>, <fim-prefix>, <tool_call>, </tool_response>, <start_of_turn>: HTML joins no words so.
    String.raw`<\/?[A-Za-z]+(?:[_-][A-Za-z0-9]+)+>`,
    // <unused42>, of which Gemma has thousands
    String.raw`<unused\d+>`,
    String.raw`<\/?(?:think|tools)>`,
    // [INST], [/INST], [TOOL_CALLS]
    String.raw`\[\/?[A-Z]+(?:_[A-Z]+)*\]`,
  ]
    .map((form) => `^${form}$`)
    .join("|"),
);

/** Whether an added token is markup by its form. */
export function isMarkup(text: string): boolean {
  return MARKUP.test(text);
}
