// Reads typed fields of a parsed JSON object, such as a model's config.json, with messages that name file and field.

import { shownJson } from "../../common/ordinaryFile";

/** No size, base or length of a model is larger; a million layers would be counted for minutes. */
const MAX_NUMBER = 1e9;
const MAX_LAYERS = 10_000;
/** What is added under the root of a norm; a larger one would be all of it. */
export const MAX_EPSILON = 1;

/** Reads typed fields of a JSON object with messages that name the field. */
export class FieldReader {
  private readonly object: Record<string, unknown>;

  constructor(
    json: unknown,
    private readonly file: string,
    /** What the fields' names begin with in messages. */
    private readonly prefix = "",
  ) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      const what = prefix === "" ? "found" : `${prefix.slice(0, -1)} is`;
      throw new TypeError(
        `Cannot read ${file}: ${what} ${shownJson(json)}, expected an object`,
      );
    }
    this.object = json as Record<string, unknown>;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.object, name)
      ? (this.object[name] ?? undefined)
      : undefined;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.refuse(name, "a string");
    return value;
  }

  /** The fields of an object within; of an empty one where it is missing. */
  nested(name: string): FieldReader {
    const prefix = `${this.prefix}${name}.`;
    return new FieldReader(this.value(name) ?? {}, this.file, prefix);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "boolean") throw this.refuse(name, "true or false");
    return value;
  }

  positiveNumber(name: string, fallback?: number, max = MAX_NUMBER): number {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "number" || !(value > 0) || !(value <= max)) {
      throw this.refuse(name, `a number above 0, at most ${max}`);
    }
    return value;
  }

  positiveInteger(name: string, fallback?: number): number {
    const value = this.positiveNumber(name, fallback);
    if (!Number.isSafeInteger(value)) throw this.refuse(name, "an integer");
    return value;
  }

  /** A list of exactly `length` numbers above 0. */
  positiveNumbers(name: string, length: number): number[] {
    const value = this.value(name);
    const isFine =
      Array.isArray(value) &&
      value.length === length &&
      value.every((item) => typeof item === "number" && item > 0);
    if (!isFine) throw this.refuse(name, `${length} numbers above 0`);
    return value as number[];
  }

  layerCount(name: string): number {
    const value = this.positiveInteger(name);
    if (value > MAX_LAYERS) throw this.refuse(name, `at most ${MAX_LAYERS}`);
    return value;
  }

  tokenIds(name: string): number[] {
    const value = this.value(name) ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (!Number.isSafeInteger(id) || (id as number) < 0) {
        throw this.refuse(name, "a token id or a list of them");
      }
      return id as number;
    });
  }

  /** The error for a field that is not as expected; `found` says what it is, else its value does. */
  refuse(
    name: string,
    expected: string,
    { found = shownJson(this.value(name)) } = {},
  ): TypeError {
    return new TypeError(
      `Cannot read ${this.file}: ${this.prefix}${name} is ${found}, expected ${expected}`,
    );
  }
}
