// Reads a command's arguments with messages that say what was expected.

import { parseArgs } from "node:util";
import { EVALUATION_SETTINGS } from "../evaluation/compare";
import { threadsFor } from "../settings/threads";

/** A number with its range. */
export interface NumberOption {
  fallback: number;
  min: number;
  max: number;
  isInteger?: boolean;
}

/** Threads of a model that writes. */
export const writingThreads: NumberOption = {
  fallback: threadsFor("writing"),
  min: 1,
  max: 64,
  isInteger: true,
};

/** What a command that types texts through the completion code takes. */
export const suggestionNumbers = {
  "max-tokens": {
    fallback: EVALUATION_SETTINGS.maxTokens,
    min: 1,
    max: 256,
    isInteger: true,
  },
  "context-tokens": {
    fallback: EVALUATION_SETTINGS.contextTokens,
    min: 16,
    max: 8192,
    isInteger: true,
  },
  seed: { fallback: 1, min: 0, max: 2 ** 31, isInteger: true },
  threads: writingThreads,
} satisfies Record<string, NumberOption>;

/** What a command takes. `S`, `N` and `F` are the names of its options. */
export interface OptionSpec<
  S extends string,
  N extends string,
  F extends string,
> {
  usage: string;
  /** Names of the arguments that are no options; all are required. */
  positionals?: readonly string[];
  /** Names of further ones that may be left out. */
  optionalPositionals?: readonly string[];
  /** Names with defaults; an empty default means that there is none. */
  strings?: Record<S, string>;
  numbers?: Record<N, NumberOption>;
  flags?: readonly F[];
}

/** What was given, with the defaults filled in. */
export interface ParsedOptions<
  S extends string,
  N extends string,
  F extends string,
> {
  positionals: string[];
  strings: Record<S, string>;
  numbers: Record<N, number>;
  flags: Record<F, boolean>;
}

/** A fault in how a command was called: shown without a stack, with the command's usage. */
export class UsageError extends Error {}

/** Asked for with --help: the message is the usage, which goes to stdout and is no failure. */
export class HelpRequest extends Error {}

/** Parses `args`; throws a `UsageError` that names the option, what was found and what was expected. */
export function parseOptions<
  S extends string = never,
  N extends string = never,
  F extends string = never,
>(args: string[], spec: OptionSpec<S, N, F>): ParsedOptions<S, N, F> {
  const fault = (message: string) =>
    new UsageError(`${message}\n\n${spec.usage}`);
  const stringNames = Object.keys(spec.strings ?? {}) as S[];
  const numberNames = Object.keys(spec.numbers ?? {}) as N[];
  const flagNames = spec.flags ?? [];
  let values: Record<string, unknown>;
  let positionals: string[];
  try {
    const options: Record<string, { type: "string" | "boolean" }> = {};
    for (const name of [...stringNames, ...numberNames]) {
      options[name] = { type: "string" };
    }
    for (const name of [...flagNames, "help"]) {
      options[name] = { type: "boolean" };
    }
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options,
    }));
  } catch (error) {
    throw fault((error as Error).message);
  }
  if (values.help) throw new HelpRequest(spec.usage);
  const wanted = spec.positionals ?? [];
  const optional = spec.optionalPositionals ?? [];
  const { length } = positionals;
  if (length < wanted.length || length > wanted.length + optional.length) {
    const expected = [...wanted, ...optional.map((name) => `[${name}]`)];
    throw fault(
      `Found ${length} arguments, expected ${expected.length === 0 ? "none" : expected.join(" ")}`,
    );
  }
  const strings = {} as Record<S, string>;
  for (const name of stringNames) {
    strings[name] = (values[name] as string | undefined) ?? spec.strings![name];
  }
  const numbers = {} as Record<N, number>;
  for (const name of numberNames) {
    const text = values[name] as string | undefined;
    const { fallback, min, max, isInteger } = spec.numbers![name];
    const number = text === undefined ? fallback : Number(text);
    const isValid =
      text?.trim() !== "" &&
      number >= min &&
      number <= max &&
      (!isInteger || Number.isInteger(number));
    if (!isValid) {
      throw fault(
        `--${name} is "${text}", expected ${isInteger ? "a whole number" : "a number"} from ${min} to ${max}`,
      );
    }
    numbers[name] = number;
  }
  const flags = {} as Record<F, boolean>;
  for (const name of flagNames) flags[name] = values[name] === true;
  return { positionals, strings, numbers, flags };
}

/** Lets an option stand without its value: `--name`, not followed by a whole number, counts as `--name value`. */
export function withDefaultValue(
  args: readonly string[],
  { name, value }: { name: string; value: string },
): string[] {
  return args.flatMap((arg, index) =>
    arg === name && !/^\d+$/.test(args[index + 1] ?? "") ? [arg, value] : [arg],
  );
}
