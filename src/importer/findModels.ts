// Finds models that other programs keep: names and sizes from folders' entries, whether they can be read from headers.
// What is found was written by anybody: so many entries are looked at and no more, links are followed within a place
// alone, and whoever asked ends this process when it takes too long.

import { opendirSync, realpathSync, statSync, type Dirent } from "node:fs";
import path from "node:path";
import { readJson, readOrdinaryFile } from "../common/ordinaryFile";
import type { ModelOrigin, ModelPlace } from "../protocol/models";

/** Entries that are looked at in one place: a cache of models has some hundreds. */
const MAX_ENTRIES = 5_000;
/** PUBLISHER/NAME/FILE at LM Studio, models--OWNER--NAME/snapshots/REVISION/FILE on the hub. */
const MAX_DEPTH = 4;
const MAX_MANIFEST_BYTES = 100_000;
const GGUF_FILE = /\.gguf$/i;
/** Weights of pictures' and sounds' encoders, and further parts of a model in several files. */
const NO_MODEL = /^mmproj|-(?!00001)\d{5}-of-\d{5}\.gguf$/i;

/** A model by its place and name; nothing of it was read. */
export interface Candidate {
  name: string;
  path: string;
  origin: ModelOrigin;
}

/** The models of a place, in the order of its folders; none where there is no such place. */
export function listCandidates(
  place: ModelPlace,
  { maxEntries = MAX_ENTRIES } = {},
): Candidate[] {
  const walk = new Walk(place.folder, maxEntries);
  const candidates = candidatesOf(place, walk);
  const known = new Set<string>();
  return candidates
    .filter(({ path: found }) => {
      const isNew = !known.has(found);
      known.add(found);
      return isNew;
    })
    .map(({ name, path: found }) => ({
      name,
      path: found,
      origin: place.origin,
    }));
}

type Found = Omit<Candidate, "origin">;

function candidatesOf({ origin, folder }: ModelPlace, walk: Walk): Found[] {
  switch (origin) {
    case "hub-cache":
      return ofHubCache(folder, walk);
    case "ollama":
      return ofOllama(folder, walk);
    case "lm-studio":
    case "llama.cpp":
      return ofPlainFolder(folder, walk);
  }
}

/** `models--OWNER--NAME/snapshots/REVISION/`, of which `refs/main` names the one in use. */
function ofHubCache(folder: string, walk: Walk): Found[] {
  return walk.entries(folder).flatMap((entry) => {
    const [, name] = /^models--(.+)$/.exec(entry.name) ?? [];
    if (name === undefined) return [];
    const repository = path.join(folder, entry.name);
    const snapshot = currentSnapshot(repository, walk);
    if (!snapshot) return [];
    const names = walk.entries(snapshot).map((each) => each.name);
    const readable = name.replace(/--/g, "/");
    const isFolder =
      names.includes("config.json") &&
      names.some((each) => /^model.*\.safetensors$/.test(each));
    const files = names
      .filter((each) => GGUF_FILE.test(each) && !NO_MODEL.test(each))
      .map((each) => ({
        name: `${readable}/${path.basename(each, ".gguf")}`,
        path: path.join(snapshot, each),
      }));
    return [
      ...(isFolder ? [{ name: readable, path: snapshot }] : []),
      ...files.filter((each) => walk.leadsInto(each.path)),
    ];
  });
}

function currentSnapshot(repository: string, walk: Walk): string | undefined {
  const snapshots = path.join(repository, "snapshots");
  const revisions = walk
    .entries(snapshots)
    .filter((each) => each.isDirectory())
    .map((each) => each.name);
  const main = readText(path.join(repository, "refs", "main"));
  const revision =
    main !== undefined && revisions.includes(main) ? main : revisions.at(-1);
  return revision === undefined ? undefined : path.join(snapshots, revision);
}

/** Manifests by `registry/owner/name/tag` name blobs; the one of the weights is a GGUF file. */
function ofOllama(folder: string, walk: Walk): Found[] {
  const manifests = path.join(folder, "manifests");
  return walk.files(manifests, MAX_DEPTH).flatMap((file) => {
    const digest = weightsDigest(file);
    if (digest === undefined) return [];
    const [tag, model, owner] = path
      .relative(manifests, file)
      .split(path.sep)
      .reverse();
    const readable = `${model}:${tag}`;
    const name = owner === "library" ? readable : `${owner}/${readable}`;
    return [{ name, path: path.join(folder, "blobs", `sha256-${digest}`) }];
  });
}

function weightsDigest(manifest: string): string | undefined {
  try {
    const json = readJson(manifest, { maxBytes: MAX_MANIFEST_BYTES }) as {
      layers?: { mediaType?: unknown; digest?: unknown }[];
    } | null;
    const layer = json?.layers?.find(
      ({ mediaType }) => mediaType === "application/vnd.ollama.image.model",
    );
    const [, digest] =
      /^sha256:([0-9a-f]{64})$/.exec(String(layer?.digest)) ?? [];
    return digest;
  } catch {
    return undefined; // No manifest: other things lie there too.
  }
}

function ofPlainFolder(folder: string, walk: Walk): Found[] {
  return walk
    .files(folder, MAX_DEPTH)
    .filter((file) => {
      const name = path.basename(file);
      return GGUF_FILE.test(name) && !NO_MODEL.test(name);
    })
    .map((file) => ({
      name: path.basename(file).replace(GGUF_FILE, ""),
      path: file,
    }));
}

function readText(file: string): string | undefined {
  try {
    return readOrdinaryFile(file, { maxBytes: 1_000 }).toString("utf8").trim();
  } catch {
    return undefined;
  }
}

/** Goes through a place, and through no more of it than was agreed. */
class Walk {
  constructor(
    private readonly root: string,
    private entriesLeft: number,
  ) {}

  /** The entries of a folder, by name; none where it cannot be read, is a link to elsewhere or nothing is left to look at. */
  entries(folder: string): Dirent[] {
    const entries: Dirent[] = [];
    if (!this.leadsInto(folder)) return entries;
    let open;
    try {
      open = opendirSync(folder);
    } catch {
      return entries;
    }
    try {
      while (this.entriesLeft > 0) {
        const entry = open.readSync();
        if (!entry) break;
        this.entriesLeft--;
        entries.push(entry);
      }
    } catch {
      // What was read so far is what can be read.
    } finally {
      open.closeSync();
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The ordinary files of a folder and of those in it, so deep; links lead nowhere. */
  files(folder: string, maxDepth: number): string[] {
    return this.entries(folder).flatMap((entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isFile()) return [place];
      if (!entry.isDirectory() || maxDepth === 0) return [];
      return this.files(place, maxDepth - 1);
    });
  }

  /** Whether a path is, when all links are followed, in this place: a cache links its names to its own blobs. */
  leadsInto(place: string): boolean {
    try {
      const root = realpathSync(this.root);
      const actual = realpathSync(place);
      const isThere = statSync(actual, { throwIfNoEntry: false }) !== undefined;
      return (
        isThere && (actual === root || actual.startsWith(`${root}${path.sep}`))
      );
    } catch {
      return false;
    }
  }
}
