// Which families of models are read, and what is said of those that are not: by the names of `model_type` in config.json
// and of `general.architecture` in GGUF files.

import { shownJson } from "../../common/ordinaryFile";

/** The families that are read, as people call them. */
export const READ_FAMILIES =
  "Llama (SmolLM2 too), Mistral, Qwen2 and Qwen2.5, Qwen3, Granite, SmolLM3, Phi-3, Gemma 3 (its text part), StarCoder2 and GPT-2";

/** What keeps other families out; the first entry that fits speaks. */
const REASONS: [names: RegExp, reason: string][] = [
  [
    /^(qwen3_?5|qwen3_?next|lfm2|falcon[_-]?h1|granite_?moe_?hybrid|granitehybrid|jamba|bamba|nemotron_?h|plamo2)/,
    "a hybrid whose state space or convolution layers keep no keys and values",
  ],
  [
    /^(falcon_?)?mamba|^rwkv/,
    "a state space model, which keeps no keys and values",
  ],
  [
    /moe|^mixtral|^dbrx|^deepseek|^gpt_?oss|^olmoe|^llama4/,
    "a mixture of experts",
  ],
  [/bert|^electra|^deberta/, "an encoder, which fills gaps and writes no text"],
  [/^(u?m?t5|bart|mbart|marian|pegasus|whisper)/, "an encoder with a decoder"],
  [/^gemma2?$/, "an earlier Gemma, whose layers are other than Gemma 3's"],
  [/^olmo2|^olmo3/, "built with its norms behind the layers"],
  [
    /^(gpt_?neo_?x|stablelm|gpt_?bigcode|starcoder$|phi2?$|gptj|falcon|bloom|mpt|opt)/,
    "built with layers that differ from those read",
  ],
  [
    /^(gemma3$|gemma3n|gemma4|llava|mllama|qwen2_?vl|qwen2_?5_?vl|qwen3_?vl|mistral3|pixtral|idefics|smolvlm)/,
    "a model of text and pictures",
  ],
];

/** What a family that is not read is, with its name: `"mamba", a state space model, …`. */
export function describeUnread(name: string): string {
  const reason = REASONS.find(([names]) => names.test(name))?.[1];
  return reason ? `${shownJson(name)}, ${reason}` : shownJson(name);
}

/** What is said to be expected instead, with a way out. */
export const EXPECTED_FAMILY = `one of the families that Inkling reads: ${READ_FAMILIES}; take another model, such as Qwen2.5-Coder-0.5B for code or SmolLM2-360M for text`;
