// One file from an address to the disk. What has come stays in `FILE.part` when a connection drops, a server rests or a
// person cancels, and the next try asks for the rest of the very same file (Range with If-Range, RFC 9110, 13.1.5 and
// 14.2). It takes its name only when it is whole and, where a checksum is known, is what it should be.

import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { moveIntoPlace, writeFileAtomically } from "../common/atomicFile";
import { readJson } from "../common/ordinaryFile";
import { explainWriteFault, freeBytesOf } from "../common/writeFault";
import { AddressError } from "./addresses";
import { get, type Answer, type NetworkOptions } from "./get";

/** Tries in a row that bring nothing; with one that brings something the count begins anew, */
const MAX_FAILURES = 5;
/** but a server that drops every connection after a few bytes is left in the end. */
const MAX_TRIES = 200;
/** Longer than this is no time to wait for under a progress bar. */
const MAX_WAIT_MS = 60_000;
/** A file that says no size: no model that fits into a machine is larger. */
const MAX_UNKNOWN_BYTES = 20e9;
/** The disk is looked at after so many bytes where the size was not known before. */
const LOOK_AT_DISK_BYTES = 64e6;
const MIN_FREE_BYTES = 200e6;

/** A file to be fetched. */
export interface RemoteFile {
  url: URL;
  /** Undefined where nobody has said it before. */
  sizeBytes?: number | undefined;
  /** Hexadecimal. */
  sha256?: string | undefined;
  /** Git's name of the content, hexadecimal: SHA-1 of "blob SIZE\0" and the content. */
  gitBlob?: string | undefined;
}

/** How a file is fetched. */
export interface DownloadOptions extends NetworkOptions {
  onProgress?: (doneBytes: number) => void;
  /** The first pause after a failure, doubled with each further one. */
  retryMs?: number;
}

/** A fault after which another try would end the same. */
export class FetchError extends Error {}

/** The remote file's state that a part belongs to. */
interface PartState {
  url: string;
  etag: string;
}

/** Fetches a file to `target`; at once where it is there already. Throws a `FetchError` in one sentence. */
export async function download(
  remote: RemoteFile,
  target: string,
  options: DownloadOptions,
): Promise<void> {
  if (existsSync(target)) return;
  const part = `${target}.part`;
  let failures = 0;
  for (let tries = 1; ; tries++) {
    const before = sizeOf(part);
    try {
      await downloadOnce(remote, part, options);
      break;
    } catch (error) {
      if (isFinal(error)) throw error;
      failures = sizeOf(part) > before ? 0 : failures + 1;
      if (failures >= MAX_FAILURES || tries >= MAX_TRIES) throw error;
      const { retryMs = 1_000 } = options;
      const pauseMs =
        error instanceof BusyError
          ? error.waitMs
          : retryMs * 2 ** Math.max(0, failures - 1);
      await wait(pauseMs);
    }
  }
  await requireChecksum(remote, part);
  moveIntoPlace(part, target);
  rmSync(stateFile(part), { force: true });
}

/** The server wants a pause. */
class BusyError extends Error {
  constructor(
    message: string,
    readonly waitMs: number,
  ) {
    super(message);
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof FetchError || error instanceof AddressError) return true;
  // Of the system's own faults those of the disk do not mend themselves; those of a connection do.
  const { code = "" } = error as NodeJS.ErrnoException;
  return (
    [
      "ENOSPC",
      "EDQUOT",
      "EROFS",
      "EACCES",
      "EPERM",
      "EFBIG",
      "EISDIR",
      "ENOTFOUND",
    ].includes(code) || /CERT|SELF_SIGNED|UNABLE_TO_/.test(code)
  );
}

/** One connection; the part is as long as what has come. */
async function downloadOnce(
  remote: RemoteFile,
  part: string,
  options: DownloadOptions,
): Promise<void> {
  const state = readState(part);
  const startBytes =
    state?.url === remote.url.href && existsSync(part) ? sizeOf(part) : 0;
  if (startBytes > 0 && startBytes === remote.sizeBytes) return;
  const headers =
    startBytes > 0 && state
      ? { Range: `bytes=${startBytes}-`, "If-Range": state.etag }
      : {};
  const answer = await get(remote.url, headers, options);
  try {
    requireFile(remote, answer);
    const place = placeOf(answer, startBytes);
    const total =
      place.totalBytes === undefined ? remote.sizeBytes : place.totalBytes;
    if (remote.sizeBytes !== undefined && total !== remote.sizeBytes) {
      throw new FetchError(
        `Cannot fetch ${remote.url.href}: it has ${total} bytes, expected ${remote.sizeBytes} as the hub says`,
      );
    }
    prepare(part, { answer, remote, startBytes: place.startBytes });
    await receive(answer, part, {
      ...options,
      startBytes: place.startBytes,
      totalBytes: total,
      url: remote.url,
    });
  } finally {
    answer.body.destroy();
  }
}

/** Throws unless the answer is a file or a part of one. */
function requireFile({ url }: RemoteFile, { status, headers }: Answer): void {
  if (status === 200 || status === 206) {
    if (/^text\/html\b/i.test(headers["content-type"] ?? "")) {
      throw new FetchError(
        `Cannot fetch ${url.href}: it is a page of the web, expected the address of the file itself`,
      );
    }
    return;
  }
  if (status === 429 || status === 503) {
    const waitMs = readRetryAfter(headers["retry-after"]);
    const message = `Cannot fetch ${url.href}: the server answers ${status} and wants ${Math.ceil(waitMs / 1_000)} s of rest; try again later`;
    if (waitMs > MAX_WAIT_MS) throw new FetchError(message);
    throw new BusyError(message, waitMs);
  }
  if (status >= 500 || status === 408) {
    throw new Error(
      `Cannot fetch ${url.href}: the server answers ${status}, expected 200; try again later`,
    );
  }
  if (status === 416) return;
  const why =
    status === 401 || status === 403
      ? "it wants an account, or that you accept its licence there: fetch it in your browser and choose the file or folder"
      : status === 404 || status === 410
        ? "there is no such file or model: check the name"
        : "expected 200";
  throw new FetchError(
    `Cannot fetch ${url.href}: the server answers ${status}; ${why}`,
  );
}

/** Seconds or a date (RFC 9110, 10.2.3) in milliseconds; a second where nothing is said. */
function readRetryAfter(value: string | undefined): number {
  if (value === undefined) return 1_000;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? 1_000 : Math.max(0, date - Date.now());
}

/** Where the body of an answer begins in the file, and how long the whole is. */
function placeOf(
  { status, headers, url }: Answer,
  askedFrom: number,
): { startBytes: number; totalBytes: number | undefined } {
  if (status === 416) {
    // Behind the end: the part is no beginning of this file. The next try begins anew.
    return { startBytes: 0, totalBytes: undefined };
  }
  if (status === 200) {
    const length = headers["content-length"];
    return {
      startBytes: 0,
      totalBytes: length === undefined ? undefined : Number(length),
    };
  }
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(start) !== askedFrom) {
    throw new FetchError(
      `Cannot fetch ${url.href}: it answers with the part "${headers["content-range"]}", expected the one from byte ${askedFrom}`,
    );
  }
  return { startBytes: askedFrom, totalBytes: Number(total) };
}

/** Makes the part as long as what is kept of it, and says to which state of the remote file it belongs. */
function prepare(
  part: string,
  {
    answer: { status, headers },
    remote,
    startBytes,
  }: { answer: Answer; remote: RemoteFile; startBytes: number },
): void {
  if (status === 416) {
    rmSync(part, { force: true });
    rmSync(stateFile(part), { force: true });
    throw new Error(
      `Cannot go on fetching ${remote.url.href}: the server has another file than before`,
    );
  }
  if (startBytes === 0) {
    // Only a strong validator says that bytes are the same (RFC 9110, 8.8.1).
    const { etag } = headers;
    if (etag !== undefined && !etag.startsWith("W/")) {
      const state: PartState = { url: remote.url.href, etag };
      writeFileAtomically(stateFile(part), JSON.stringify(state));
    } else {
      rmSync(stateFile(part), { force: true });
    }
    if (existsSync(part)) truncateSync(part, 0);
  }
}

/** Writes the body behind what is there; throws when it is not as long as was said. */
async function receive(
  { body }: Answer,
  part: string,
  {
    startBytes,
    totalBytes,
    url,
    onProgress = () => {},
  }: DownloadOptions & {
    startBytes: number;
    totalBytes: number | undefined;
    url: URL;
  },
): Promise<void> {
  const maxBytes = totalBytes ?? MAX_UNKNOWN_BYTES;
  let doneBytes = startBytes;
  let lookAtDiskAt = doneBytes + LOOK_AT_DISK_BYTES;
  const descriptor = openSync(part, startBytes === 0 ? "w" : "a");
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (doneBytes + chunk.length > maxBytes) {
        throw new FetchError(
          `Cannot fetch ${url.href}: more comes than the ${maxBytes} bytes that were announced`,
        );
      }
      for (let at = 0; at < chunk.length;) {
        at += writeSync(descriptor, chunk, at);
      }
      doneBytes += chunk.length;
      onProgress(doneBytes);
      if (totalBytes === undefined && doneBytes >= lookAtDiskAt) {
        lookAtDiskAt += LOOK_AT_DISK_BYTES;
        if ((freeBytesOf(part) ?? Infinity) < MIN_FREE_BYTES) {
          throw new FetchError(
            `Cannot fetch ${url.href}: the disk of ${part} is nearly full, expected room for a file whose size was not announced`,
          );
        }
      }
    }
  } catch (error) {
    throw explainWriteFault(error, { action: "fetch to", place: part });
  } finally {
    closeSync(descriptor);
  }
  if (totalBytes !== undefined && doneBytes < totalBytes) {
    throw new Error(
      `Cannot fetch ${url.href}: the connection ended after ${doneBytes} of ${totalBytes} bytes`,
    );
  }
}

/** Throws, and forgets what has come, where it is not what it should be. */
async function requireChecksum(
  { url, sha256, gitBlob }: RemoteFile,
  part: string,
): Promise<void> {
  const expected = sha256 ?? gitBlob;
  if (expected === undefined) return;
  const hash = createHash(sha256 ? "sha256" : "sha1");
  if (!sha256) hash.update(`blob ${sizeOf(part)}\0`);
  for await (const chunk of createReadStream(part)) {
    hash.update(chunk as Buffer);
  }
  const actual = hash.digest("hex");
  if (actual === expected) return;
  rmSync(part, { force: true });
  rmSync(stateFile(part), { force: true });
  throw new FetchError(
    `Cannot use what came from ${url.href}: its checksum is ${actual.slice(0, 12)}, expected ${expected.slice(0, 12)}; it was changed on the way or is damaged there`,
  );
}

function stateFile(part: string): string {
  return `${part}.json`;
}

function readState(part: string): PartState | undefined {
  try {
    const { url, etag } = readJson(stateFile(part), {
      maxBytes: 10_000,
    }) as Partial<PartState>;
    return typeof url === "string" && typeof etag === "string"
      ? { url, etag }
      : undefined;
  } catch {
    return undefined;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
