// Holds every translation against the English sentences: l10n/bundle.l10n.LANGUAGE.json and package.nls.LANGUAGE.json.
// node scripts/checkWords.mjs [FOLDER]     (fails with a line for each key that is missing, superfluous or differs)
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const folder = process.argv[2] ?? ".";
const kinds = [
  { below: "l10n", english: "bundle.l10n.json" },
  { below: ".", english: "package.nls.json" },
];

/** What means the same in every language: places, icons, settings and code, commands, variables, line ends. */
const KEPT = [
  /(?<!\$)\{\d+\}/g,
  /\$\([a-z~-]+\)/g,
  /`[^`]+`/g,
  /\(command:[^)]*\)/g,
  /#[\w.]+#/g,
  /\\?\$\{(?:\d+(?=:)|\w+\})/g,
  /\b(?:inkling|editor)\.[a-zA-Z.]*[a-zA-Z]/g,
  /\n/g,
];

function keptIn(sentence) {
  return KEPT.flatMap((each) => sentence.match(each) ?? []).sort();
}

/** What is wrong with a translated sentence; undefined where nothing is. */
function differenceOf(english, translated) {
  if (typeof translated !== "string") return "is no text";
  if (translated.trim() === "") return "is empty";
  const [expected, found] = [keptIn(english), keptIn(translated)];
  if (JSON.stringify(expected) !== JSON.stringify(found)) {
    return `has ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`;
  }
  const isFile = english.endsWith(".svg");
  return isFile && !existsSync(path.join(folder, translated))
    ? `names ${translated}, which is not there`
    : undefined;
}

/** A line for each key that is not as it should be. */
function faultsOf(english, translated) {
  const missing = Object.keys(english)
    .filter((key) => !(key in translated))
    .map((key) => `${JSON.stringify(key)} is missing`);
  const others = Object.entries(translated).flatMap(([key, sentence]) => {
    const name = JSON.stringify(key);
    if (!(key in english)) return `${name} is superfluous`;
    const difference = differenceOf(english[key], sentence);
    return difference === undefined ? [] : `${name} ${difference}`;
  });
  return [...missing, ...others];
}

function translationsOf({ below, english }) {
  const isTranslation = (name) =>
    name.startsWith(english.replace("json", "")) &&
    name.endsWith(".json") &&
    name !== english;
  return readdirSync(path.join(folder, below)).filter(isTranslation);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${error.message}`, { cause: error });
  }
}

const faults = kinds.flatMap((kind) =>
  translationsOf(kind).flatMap((name) => {
    const { below, english } = kind;
    const file = path.join(folder, below, name);
    return faultsOf(read(path.join(folder, below, english)), read(file)).map(
      (fault) => `Cannot accept ${file}: ${fault}`,
    );
  }),
);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
