// A model from the network to a folder on the disk: what there is to fetch and how large it is, then the files, one
// after the other, whole or not at all. The folder stays when a fetch is broken off, and the next one goes on in it.

import { hostname } from "node:os";
import {
  mkdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isAlive } from "../common/isAlive";
import { withOrdinaryFile } from "../common/ordinaryFile";
import { requireRoom } from "../common/writeFault";
import type {
  FetchedModel,
  FetchPlan,
  FetchProgress,
  FetchRequest,
  FetchSource,
} from "../protocol/models";
import { parseAddress } from "./addresses";
import { download, FetchError, type RemoteFile } from "./download";
import type { NetworkOptions } from "./get";
import { findHubModel, folderFiles, ggufFiles, isHubName } from "./hub";

const POLL_MS = 300;

/** A place in the network, and how it is reached. */
export interface FetchOptions extends NetworkOptions {
  hubAddress: string;
  onProgress?: (progress: FetchProgress) => void;
  /** The first pause after a failure. */
  retryMs?: number;
}

interface PlannedFile extends RemoteFile {
  /** Its name on the disk. */
  name: string;
}

interface Plan {
  name: string;
  /** Names what would be fetched, down to the revision: the same text is the same bytes. */
  identity: string;
  kind: FetchPlan["kind"];
  licence: string | undefined;
  files: PlannedFile[];
  /** Where a repository has several models in one file each: which there are. */
  choices: FetchPlan["choices"];
}

/** What a person may have typed or pasted, as what it means; throws for what is neither a name nor an address. */
export function readSource(text: string, hubAddress: string): FetchSource {
  const trimmed = text.trim();
  if (isHubName(trimmed)) return { kind: "hub", name: trimmed };
  if (!trimmed.includes("://")) {
    throw new FetchError(
      `Cannot fetch "${trimmed}": expected the name of a model at the hub, OWNER/NAME, or an address, https://...`,
    );
  }
  const url = parseAddress(trimmed);
  const hub = parseAddress(hubAddress);
  if (url.host === hub.host) {
    const [owner, name, , , ...file] = url.pathname.slice(1).split("/");
    if (isHubName(`${owner}/${name}`)) {
      const source = { kind: "hub" as const, name: `${owner}/${name}` };
      return file.length > 0 && /\.gguf$/i.test(file.at(-1)!)
        ? { ...source, file: decodeURIComponent(file.join("/")) }
        : source;
    }
  }
  return { kind: "address", address: url.href };
}

/** What a fetch would bring, and how large it is; throws a `FetchError` where there is nothing that Inkling reads. */
export async function planFetch(
  source: FetchSource,
  options: FetchOptions,
): Promise<FetchPlan> {
  const plan = await makePlan(source, options);
  const sizes = plan.files.map(({ sizeBytes }) => sizeBytes);
  return {
    name: plan.name,
    identity: plan.identity,
    kind: plan.kind,
    licence: plan.licence,
    choices: plan.choices,
    sizeBytes: sizes.every((size) => size !== undefined)
      ? sizes.reduce((sum, size) => sum + size, 0)
      : undefined,
  };
}

/** Fetches a model into a folder of its own below `folder`; answers where it is. */
export async function fetchModel(
  { source, folder }: Pick<FetchRequest, "source" | "folder">,
  options: FetchOptions,
): Promise<FetchedModel> {
  const plan = await makePlan(source, options);
  const [first] = plan.files;
  if (!first) {
    throw new FetchError(
      `Cannot fetch ${plan.name}: it has several models (${plan.choices.map(({ name }) => name).join(", ")}), expected the choice of one`,
    );
  }
  const hash = createHash("sha256").update(plan.identity).digest("hex");
  const place = path.join(folder, hash.slice(0, 16));
  mkdirSync(place, { recursive: true });
  await withLock(path.join(place, ".lock"), () =>
    fetchFiles(plan.files, place, options),
  );
  return {
    name: plan.name,
    identity: plan.identity,
    folder: place,
    path: plan.kind === "gguf" ? path.join(place, first.name) : place,
  };
}

async function makePlan(
  source: FetchSource,
  options: FetchOptions,
): Promise<Plan> {
  if (source.kind === "address") return planAddress(source.address);
  const model = await findHubModel(source.name, options);
  const identity = `${options.hubAddress} ${model.name} ${model.revision}`;
  const base = {
    name: model.name.split("/")[1]!,
    licence: model.licence,
    choices: [],
  };
  const ggufs = ggufFiles(model);
  const planFile = (file: (typeof ggufs)[number]): Plan => ({
    ...base,
    kind: "gguf",
    name: path.posix.basename(file.name).replace(/\.gguf$/i, ""),
    identity: `${identity} ${file.name}`,
    files: [{ ...file, name: path.posix.basename(file.name) }],
  });
  if (source.file !== undefined) {
    const file = ggufs.find(({ name }) => name === source.file);
    if (file) return planFile(file);
    throw new FetchError(
      `Cannot fetch ${source.name}: it has no file ${source.file}, expected one of ${ggufs.map(({ name }) => name).join(", ") || "its GGUF files, of which it has none"}`,
    );
  }
  const files = folderFiles(model);
  if (files.length > 0) return { ...base, kind: "folder", identity, files };
  if (ggufs.length === 1) return planFile(ggufs[0]!);
  if (ggufs.length === 0) {
    throw new FetchError(
      `Cannot fetch ${source.name}: it has neither config.json with model.safetensors nor a GGUF file, expected one of the two`,
    );
  }
  const choices = ggufs.map(({ name, sizeBytes }) => ({ name, sizeBytes }));
  return { ...base, kind: "gguf", identity, files: [], choices };
}

function planAddress(address: string): Plan {
  const url = parseAddress(address);
  const last = decodeURIComponent(url.pathname.split("/").at(-1) ?? "");
  const name = last.replace(/[^\w.+-]+/g, "-").replace(/^[.-]+/, "");
  if (!/.\.gguf$/i.test(name)) {
    throw new FetchError(
      `Cannot fetch ${url.href}: it ends in "${last}", expected the address of a .gguf file; a model's folder is fetched from the hub by its name, OWNER/NAME`,
    );
  }
  return {
    name: name.replace(/\.gguf$/i, ""),
    identity: url.href,
    kind: "gguf",
    licence: undefined,
    files: [{ name, url }],
    choices: [],
  };
}

async function fetchFiles(
  files: readonly PlannedFile[],
  place: string,
  { onProgress = () => {}, ...options }: FetchOptions,
): Promise<void> {
  const sizes = files.map(({ sizeBytes }) => sizeBytes);
  const totalBytes = sizes.every((size) => size !== undefined)
    ? sizes.reduce((sum, size) => sum + size, 0)
    : undefined;
  const present = files.reduce(
    (sum, { name }) => sum + presentBytes(path.join(place, name)),
    0,
  );
  requireRoom({
    action: "fetch a model to",
    place,
    neededBytes:
      totalBytes === undefined ? undefined : Math.max(0, totalBytes - present),
  });
  let doneBefore = 0;
  for (const file of files) {
    const target = path.join(place, file.name);
    await download(file, target, {
      ...options,
      onProgress: (done) =>
        onProgress({ doneBytes: doneBefore + done, totalBytes }),
    });
    if (/\.gguf$/i.test(file.name)) requireGguf(target, file.url);
    doneBefore += presentBytes(target);
    onProgress({ doneBytes: doneBefore, totalBytes });
  }
}

/** Bytes of a file or of its part that are on the disk. */
function presentBytes(target: string): number {
  for (const file of [target, `${target}.part`]) {
    try {
      return withOrdinaryFile(file, (_, sizeBytes) => sizeBytes);
    } catch {
      continue;
    }
  }
  return 0;
}

/** What is no model goes at once: the next fetch would take it for one that is there. */
function requireGguf(file: string, url: URL): void {
  const bytes = Buffer.alloc(4);
  withOrdinaryFile(file, (descriptor) => readSync(descriptor, bytes, 0, 4, 0));
  const magic = bytes.toString("latin1");
  if (magic === "GGUF") return;
  rmSync(file, { force: true });
  throw new FetchError(
    `Cannot use what came from ${url.href}: it begins with ${JSON.stringify(magic)}, expected a GGUF file`,
  );
}

/**
 * Lets one process of this machine fetch into a folder at a time; who comes second waits, and then finds everything
 * there. The lock of a process that is gone, or of another machine's, is taken over.
 */
async function withLock<T>(file: string, use: () => Promise<T>): Promise<T> {
  const own = `${hostname()} ${process.pid}`;
  for (;;) {
    try {
      writeFileSync(file, own, { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isHeld(file)) await wait(POLL_MS);
      else rmSync(file, { force: true });
    }
  }
  try {
    return await use();
  } finally {
    rmSync(file, { force: true });
  }
}

function isHeld(file: string): boolean {
  try {
    const [host, processId] = readFileSync(file, "utf8").split(" ");
    return host === hostname() && isAlive(Number(processId));
  } catch {
    return false;
  }
}
