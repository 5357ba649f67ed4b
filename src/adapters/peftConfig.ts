// `adapter_config.json` as Python's peft writes it: which LoRA it describes, and clear refusals of what is computed
// in another way than y = W x + scale * B (A x).
// Format: https://huggingface.co/docs/peft/package_reference/lora#peft.LoraConfig

import { readJson, shownJson } from "../common/ordinaryFile";

/** What is read of the file. */
export interface PeftConfig {
  /** The base model's name as peft was given it; undefined where it is not told. */
  baseName: string | undefined;
  rank: number;
  alpha: number;
  /** The scale is alpha / sqrt(rank) instead of alpha / rank (arXiv:2312.03732). */
  isRankStabilised: boolean;
  rankPattern: Record<string, number>;
  alphaPattern: Record<string, number>;
}

/** Fields that must be absent, empty or false, because with them the weights mean something else. */
const REFUSED_FIELDS = [
  "use_dora",
  "modules_to_save",
  "lora_bias",
  "use_qalora",
  "alora_invocation_tokens",
  "layer_replication",
  "trainable_token_indices",
  "target_parameters",
] as const;

/** Initialisations that change the base's own weights, so that the adapter fits no plain base. */
const REFUSED_INITIALISATION = /^(pissa|olora|loftq|corda)/i;

/** Ranks and alphas are some tens; a larger one makes nonsense of the model. */
const MAX_NUMBER = 1e6;
const MAX_PATTERNS = 10_000;
/**
 * The patterns that peft writes and people write for it: names with few parts left open. Others could take for ever on
 * one name, since they are matched as regular expressions.
 */
const MODULE_PATTERN =
  /^(?=.{1,200}$)\^?(?:[\w-]|\\?\.(?![*+])|\((?:[\w-]{1,40}\|){0,20}[\w-]{1,40}\)|\[0-9\](?!\+))*(?:(?:\.\*|\\d\+|\[0-9\]\+)(?:[\w-]|\\?\.(?![*+])|\((?:[\w-]{1,40}\|){0,20}[\w-]{1,40}\))*){0,3}\$?$/;

/** Reads and checks the file; throws an error that names the field. */
export function readPeftConfig(file: string): PeftConfig {
  const json = readJson(file);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(
      `Cannot read ${file}: it is ${shownJson(json)}, expected an object`,
    );
  }
  const fields = json as Record<string, unknown>;
  const refuse = (name: string, expected: string): never => {
    throw new TypeError(
      `Cannot use adapter ${file}: ${name} is ${shownJson(fields[name])}, expected ${expected}`,
    );
  };
  if (fields.peft_type !== "LORA") refuse("peft_type", '"LORA"');
  if ((fields.bias ?? "none") !== "none") refuse("bias", '"none"');
  for (const name of REFUSED_FIELDS) {
    if (!isUnset(fields[name])) refuse(name, "it to be unset");
  }
  if (REFUSED_INITIALISATION.test(String(fields.init_lora_weights))) {
    refuse(
      "init_lora_weights",
      "an initialisation that leaves the base's weights alone",
    );
  }
  const number = (name: string): number => {
    const value = fields[name];
    return isPositive(value)
      ? value
      : refuse(name, `a number above 0, at most ${MAX_NUMBER}`);
  };
  const pattern = (name: string): Record<string, number> => {
    const value = fields[name] ?? {};
    const isPattern =
      typeof value === "object" && Object.values(value).every(isPositive);
    const names = isPattern ? Object.keys(value) : [];
    if (names.length > MAX_PATTERNS) refuse(name, `at most ${MAX_PATTERNS}`);
    const unknown = names.find((each) => !MODULE_PATTERN.test(each));
    if (unknown !== undefined) {
      throw new TypeError(
        `Cannot use adapter ${file}: ${name} has the pattern ${shownJson(unknown)}, expected a module's name, in which .* or \\d+ may stand for a part of it`,
      );
    }
    return isPattern
      ? (value as Record<string, number>)
      : refuse(name, "numbers above 0 by name");
  };
  return {
    baseName:
      typeof fields.base_model_name_or_path === "string"
        ? fields.base_model_name_or_path
        : undefined,
    rank: number("r"),
    alpha: number("lora_alpha"),
    isRankStabilised: fields.use_rslora === true,
    rankPattern: pattern("rank_pattern"),
    alphaPattern: pattern("alpha_pattern"),
  };
}

/** Rank and scale of the module called `name`; a pattern is a regular expression for the end of a name. */
export function scaleOf(
  config: PeftConfig,
  name: string,
): { rank: number; scale: number } {
  const keys = [
    ...Object.keys(config.rankPattern),
    ...Object.keys(config.alphaPattern),
  ];
  const key =
    keys.find((each) => new RegExp(`(^|\\.)(${each})$`).test(name)) ?? name;
  const rank = config.rankPattern[key] ?? config.rank;
  const alpha = config.alphaPattern[key] ?? config.alpha;
  return {
    rank,
    scale: alpha / (config.isRankStabilised ? Math.sqrt(rank) : rank),
  };
}

/** The file's content for an adapter of one rank. */
export function formatPeftConfig(adapter: {
  baseName: string;
  rank: number;
  alpha: number;
  targetModules: string[];
  /** Undefined where every layer has an adapter. */
  layers: number[] | undefined;
  /** GPT-2 stores its weights turned, which peft wants to know. */
  fanInFanOut: boolean;
}): Record<string, unknown> {
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: adapter.baseName,
    revision: null,
    inference_mode: true,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    target_modules: adapter.targetModules,
    bias: "none",
    fan_in_fan_out: adapter.fanInFanOut,
    init_lora_weights: true,
    layers_to_transform: adapter.layers ?? null,
    layers_pattern: null,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    use_rslora: false,
    use_dora: false,
  };
}

function isUnset(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= MAX_NUMBER;
}
