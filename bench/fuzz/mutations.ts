// Changes files in the ways in which files go wrong: cut off, bits turned, lengths and values that are none, JSON that
// is nested, doubled or of other types. The same seed makes the same changes.

import { seededRandom } from "../../src/common/random";

/** What stands in the place of a value. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  "",
  "x",
  -1,
  0,
  0.5,
  1e300,
  1_000_000,
  1_000_000_000,
  2 ** 53,
  [],
  {},
  [[]],
  [null],
  "a".repeat(100_000),
  "(a+)+$",
  "../../x",
  { type: "Sequence" },
];
/** Numbers that four bytes of a binary file are turned into. */
const ODD_WORDS = [
  0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 1_000_000, 0x7fc00000,
];

/** A changed file, and what was done. */
export interface Mutation {
  bytes: Buffer;
  what: string;
}

/** Changes the bytes of a file; of JSON most often a value. */
export function mutate(
  bytes: Buffer,
  {
    seed,
    isJson,
    headerBytes,
  }: { seed: number; isJson: boolean; headerBytes: number },
): Mutation {
  const random = seededRandom(seed);
  const draw = (size: number) => Math.floor(random() * size);
  const pick = <T>(from: readonly T[]): T => from[draw(from.length)]!;
  const kinds = isJson
    ? [
        "value",
        "value",
        "value",
        "value",
        "remove",
        "double",
        "nest",
        "bytes",
        "cut",
      ]
    : ["bytes", "word", "word", "long", "cut", "add", "swap"];
  const what = pick(kinds);
  const changed = Buffer.from(bytes);
  /** Where something is decided: in the header nearly always. */
  const place = () =>
    draw(random() < 0.9 ? Math.min(headerBytes, bytes.length) : bytes.length);
  switch (what) {
    case "value":
    case "remove": {
      const root = JSON.parse(bytes.toString()) as unknown;
      const places = placesIn(root);
      const { holder, key } = pick(places);
      if (what === "remove") Reflect.deleteProperty(holder, key);
      else Reflect.set(holder, key, pick(ODD_VALUES));
      return {
        bytes: Buffer.from(JSON.stringify(root)),
        what: `${what} ${key}`,
      };
    }
    case "double":
      return { bytes: Buffer.concat([bytes, bytes]), what };
    case "nest": {
      const deep = 10 ** (1 + draw(5));
      const text = `${"[".repeat(deep)}${bytes.toString()}${"]".repeat(deep)}`;
      return { bytes: Buffer.from(text), what: `${what} ${deep}` };
    }
    case "bytes":
      for (let i = 0; i <= draw(4); i++) changed[place()] = draw(256);
      return { bytes: changed, what };
    case "word":
      if (changed.length >= 4) {
        changed.writeUInt32LE(
          pick(ODD_WORDS),
          Math.min(place(), changed.length - 4),
        );
      }
      return { bytes: changed, what };
    case "long":
      if (changed.length >= 8) {
        changed.writeBigUInt64LE(
          BigInt(pick(ODD_WORDS)) << BigInt(8 * draw(5)),
          Math.min(place(), changed.length - 8),
        );
      }
      return { bytes: changed, what };
    case "swap": {
      const [from, to] = [place(), place()];
      bytes.copy(changed, to, from, from + 1 + draw(64));
      return { bytes: changed, what };
    }
    case "add":
      return {
        bytes: Buffer.concat([bytes, Buffer.alloc(1 + draw(64))]),
        what,
      };
    default:
      return { bytes: changed.subarray(0, draw(bytes.length)), what: "cut" };
  }
}

/** Where values stand in parsed JSON; of a long list or table a few. */
function placesIn(root: unknown): { holder: object; key: string }[] {
  const places: { holder: object; key: string }[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    const keys = Object.keys(value);
    for (const key of keys.slice(0, 30)) {
      places.push({ holder: value, key });
      visit((value as Record<string, unknown>)[key]);
    }
  };
  visit(root);
  return places;
}
