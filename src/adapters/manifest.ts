// `inkling_manifest.json` in an adapter's folder: read and written here alone, so that the panel's list and the engine
// take the same ones.

import { writeFileAtomically } from "../common/atomicFile";
import { readJson } from "../common/ordinaryFile";
import type { AdapterManifest } from "../protocol/training";

/** A manifest as read: what tells the base is always there, and the rest where the file has it. */
export type ReadManifest = Pick<AdapterManifest, "version" | "name" | "base"> &
  Partial<AdapterManifest>;

/** Reads a manifest; throws an error that names the field that is wrong. */
export function readManifest(file: string): ReadManifest {
  const manifest = readJson(file);
  const check = (name: string, isSound: boolean, expected: string) => {
    if (isSound) return;
    throw new TypeError(
      `Cannot read ${file}: ${name} is ${isObject(manifest) && name in manifest ? "wrong" : "missing"}, expected ${expected}`,
    );
  };
  const fields = isObject(manifest) ? manifest : {};
  const { version, name, base, createdAt, documents, labels, outcome } = fields;
  check("version", version === 1, "a manifest of version 1");
  check("name", typeof name === "string", "a text");
  check("base", hasTexts(base, ["name", "sha256"]), "its name and sha256");
  check("createdAt", isUnsetOr(createdAt, isText), "a text");
  check("documents", isUnsetOr(documents, areDocuments), "a list with names");
  check("outcome", isUnsetOr(outcome, hasVerdict), "an object with a verdict");
  check("labels", isUnsetOr(labels, areLabels), "completions and their frame");
  return manifest as ReadManifest;
}

/** Writes a manifest; an older one stays until the new one is there. */
export function writeManifest(file: string, manifest: ReadManifest): void {
  writeFileAtomically(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

function isUnsetOr(
  value: unknown,
  isSound: (value: unknown) => boolean,
): boolean {
  return value === undefined || isSound(value);
}

function areDocuments(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((each) => hasTexts(each, ["name"]))
  );
}

function areLabels(value: unknown): boolean {
  if (!hasTexts(value, ["before", "after"])) return false;
  const { completions } = value as { completions?: unknown };
  return (
    Array.isArray(completions) &&
    completions.length > 1 &&
    completions.every((each) => isText(each) && each !== "")
  );
}

function hasVerdict(value: unknown): boolean {
  return hasTexts(value, ["verdict"]);
}

function hasTexts(value: unknown, names: string[]): boolean {
  return isObject(value) && names.every((name) => isText(value[name]));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
