// Turns whatever stands in settings.json into values that can be used, and says what was wrong.
// Names and ranges are those of package.json; a unit test compares the two. Knows nothing of vscode.

import { homedir } from "node:os";
import path from "node:path";
import { abridged, readPatterns } from "../documents/ignoreRules";
import { defaultSettings } from "../settings/defaultSettings";

/** Language id -> on or off; "*" is every language that is not named. */
export type EnableMap = Readonly<Record<string, boolean>>;

/** All settings, within their ranges. */
export interface InklingSettings {
  enable: EnableMap;
  mode: "quiet" | "balanced" | "eager";
  stopAt: "sentence" | "line" | "paragraph";
  maxTokens: number;
  contextTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  repetitionPenalty: number;
  /** 0 chooses by the machine. */
  threads: number;
  /** An absolute folder, or empty for the embedded model. */
  model: string;
  /** Patterns as in .gitignore of files that are kept out of every prompt. */
  exclude: readonly string[];
  /** Whether a document in which something looks like a secret gets suggestions. */
  documentsWithSecrets: "skip" | "complete";
  /** 0 never lets the model go. */
  idleMinutes: number;
  /** Megabytes of what is remembered of the workspace; 0 remembers nothing. */
  memory: number;
  "generation.maxTokens": number;
  "generation.temperature": number;
}

/** A value that could not be used as it stands. */
export interface SettingFault {
  key: keyof InklingSettings;
  value: unknown;
  expected: string;
  used: unknown;
  /** A pattern of `inkling.exclude` that is not obeyed: the user is told, who may rely on it. */
  refusedPattern?: string;
}

/** Of patterns that are not obeyed so many are named. */
const MAX_TOLD_PATTERNS = 3;

interface NumberRange {
  min: number;
  max: number;
  isInteger: boolean;
}

/** Ranges of the settings that are numbers. */
export const numberRanges = {
  maxTokens: { min: 1, max: 256, isInteger: true },
  contextTokens: { min: 64, max: 2048, isInteger: true },
  temperature: { min: 0, max: 2, isInteger: false },
  topK: { min: 0, max: 40, isInteger: true },
  topP: { min: 0.01, max: 1, isInteger: false },
  repetitionPenalty: { min: 1, max: 2, isInteger: false },
  threads: { min: 0, max: 64, isInteger: true },
  idleMinutes: { min: 0, max: 240, isInteger: true },
  memory: { min: 0, max: 1000, isInteger: true },
  "generation.maxTokens": {
    min: 16,
    max: 4096,
    isInteger: true,
  },
  "generation.temperature": { min: 0, max: 2, isInteger: false },
} as const satisfies Partial<Record<keyof InklingSettings, NumberRange>>;

/** The choices of the settings that are words. */
export const choices = {
  mode: ["quiet", "balanced", "eager"],
  stopAt: ["sentence", "line", "paragraph"],
  documentsWithSecrets: ["skip", "complete"],
} as const;

/** Reads every setting through `get`; what is out of range is clamped, what is of another kind becomes the default. */
export function readSettings(get: (key: string) => unknown): {
  settings: InklingSettings;
  faults: SettingFault[];
} {
  const faults: SettingFault[] = [];
  const number = (key: keyof typeof numberRanges): number => {
    const value = get(key);
    const used = isNumber(value)
      ? clamp(value, numberRanges[key])
      : defaultSettings[key];
    if (used !== value) {
      faults.push({ key, value, expected: rangeText(key), used });
    }
    return used;
  };
  const choice = <K extends keyof typeof choices>(
    key: K,
  ): (typeof choices)[K][number] => {
    const values: readonly (typeof choices)[K][number][] = choices[key];
    const value = get(key);
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    const used = defaultSettings[key];
    faults.push({ key, value, expected: values.join(", "), used });
    return used;
  };
  const settings: InklingSettings = {
    enable: readEnable(get("enable"), faults),
    mode: choice("mode"),
    stopAt: choice("stopAt"),
    maxTokens: number("maxTokens"),
    contextTokens: number("contextTokens"),
    temperature: number("temperature"),
    topK: number("topK"),
    topP: number("topP"),
    repetitionPenalty: number("repetitionPenalty"),
    threads: number("threads"),
    model: readModel(get("model"), faults),
    exclude: readExclude(get("exclude"), faults),
    documentsWithSecrets: choice("documentsWithSecrets"),
    idleMinutes: number("idleMinutes"),
    memory: number("memory"),
    "generation.maxTokens": number("generation.maxTokens"),
    "generation.temperature": number("generation.temperature"),
  };
  return { settings, faults };
}

/** Settings that are read and checked once for a scope: a suggestion asks for them seven times. */
export class SettingsCache {
  private readonly known = new Map<string, InklingSettings>();

  constructor(private readonly onFaults: (faults: SettingFault[]) => void) {}

  /** The settings of a scope; `open` gives access to it and is called for what is not known. */
  read(scope: string, open: () => (key: string) => unknown): InklingSettings {
    const known = this.known.get(scope);
    if (known) return known;
    const { settings, faults } = readSettings(open());
    this.known.set(scope, settings);
    this.onFaults(faults);
    return settings;
  }

  /** To be called when any setting has changed. */
  clear(): void {
    this.known.clear();
  }
}

/** A line for the log. */
export function faultText({
  key,
  value,
  expected,
  used,
}: SettingFault): string {
  return `Setting inkling.${key} is ${shown(value)}, expected ${expected}: ${shown(used)} is used`;
}

/** A folder's settings may be of any length, the log is to be read. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

function clamp(value: number, range: NumberRange): number {
  const inRange = Math.min(range.max, Math.max(range.min, value));
  return range.isInteger ? Math.round(inRange) : inRange;
}

function rangeText(key: keyof typeof numberRanges): string {
  const { min, max, isInteger } = numberRanges[key];
  return `${isInteger ? "a whole number" : "a number"} from ${min} to ${max}`;
}

function readEnable(value: unknown, faults: SettingFault[]): EnableMap {
  const isMap =
    typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = Object.entries(isMap ? value : {});
  const used = Object.fromEntries(
    entries.filter((entry): entry is [string, boolean] => {
      return typeof entry[1] === "boolean";
    }),
  );
  if (isMap && Object.keys(used).length === entries.length) return used;
  const kept = isMap ? used : defaultSettings.enable;
  const expected = "an object of languages that are true or false";
  faults.push({ key: "enable", value, expected, used: kept });
  return kept;
}

/** A path in which `~` at its beginning is the user's folder. */
export function withHome(folder: string): string {
  return folder.replace(/^~(?=[\\/]|$)/, homedir());
}

function readModel(value: unknown, faults: SettingFault[]): string {
  if (value === "") return "";
  if (typeof value === "string") {
    const folder = withHome(value);
    if (path.isAbsolute(folder)) return path.normalize(folder);
  }
  const expected = 'the absolute path of a model folder, or "" for the own one';
  faults.push({ key: "model", value, expected, used: "" });
  return "";
}

function readExclude(value: unknown, faults: SettingFault[]): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [];
  const used = all.filter((each) => typeof each === "string");
  if (!Array.isArray(value) || used.length < all.length) {
    faults.push({
      key: "exclude",
      value,
      expected: "a list of patterns",
      used,
    });
  }
  const { usable, refused } = readPatterns(used);
  for (const { pattern, fault } of refused.slice(0, MAX_TOLD_PATTERNS)) {
    faults.push({
      key: "exclude",
      value: pattern,
      expected: `a pattern within the limits (it ${fault})`,
      used: usable,
      refusedPattern: abridged(pattern),
    });
  }
  return usable;
}
