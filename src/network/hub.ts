// What the hub says of a model: its files with sizes and checksums at one revision, its licence, and which of the files
// make a model that Inkling reads.
// API: https://huggingface.co/docs/hub/api, `GET /api/models/{owner}/{name}?blobs=true`; files at `/resolve/`.

import { parseAddress } from "./addresses";
import { FetchError, type RemoteFile } from "./download";
import { get, type NetworkOptions } from "./get";

/** The answer for a model of thousands of files has some hundreds of kilobytes. */
const MAX_ANSWER_BYTES = 5e6;
/** OWNER/NAME; each part begins with a letter or digit, so that none is "..". */
const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;
const FILE_NAME =
  /^(?:[A-Za-z0-9][\w.+-]{0,150}\/){0,3}[A-Za-z0-9][\w.+-]{0,150}$/;
/** What makes a model's folder beside its weights. */
const FOLDER_FILES = new Set([
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "model.safetensors.index.json",
]);

/** A file of a model at the hub. */
export interface HubFile extends RemoteFile {
  /** Its path in the repository. */
  name: string;
}

/** A model at the hub. */
export interface HubModel {
  name: string;
  /** A commit. */
  revision: string;
  /** As its author says; undefined where that is nothing. */
  licence: string | undefined;
  files: HubFile[];
}

/** Whether a text has the form of a model's name at the hub. */
export function isHubName(text: string): boolean {
  return MODEL_NAME.test(text);
}

/** Asks the hub at `hubAddress` for a model; throws a `FetchError` where it has none of that name or shows none. */
export async function findHubModel(
  name: string,
  { hubAddress, ...network }: NetworkOptions & { hubAddress: string },
): Promise<HubModel> {
  if (!isHubName(name)) {
    throw new FetchError(
      `Cannot fetch "${name}": it is no name of a model, expected OWNER/NAME`,
    );
  }
  const hub = parseAddress(hubAddress.replace(/\/+$/, ""));
  const base = `${hub.href.replace(/\/+$/, "")}`;
  const address = new URL(`${base}/api/models/${name}?blobs=true`);
  const json = (await getJson(address, network)) as HubAnswer | null;
  const revision =
    typeof json?.sha === "string" && /^[0-9a-f]{40}$/.test(json.sha)
      ? json.sha
      : "main";
  const siblings: unknown[] = Array.isArray(json?.siblings)
    ? json.siblings
    : [];
  const files = siblings.flatMap((sibling) => {
    const file = readSibling(sibling);
    if (!file) return [];
    const path = file.name.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${base}/${name}/resolve/${revision}/${path}`);
    return [{ ...file, url }];
  });
  const licence = json?.cardData?.license;
  return {
    name,
    revision,
    files,
    licence: typeof licence === "string" ? licence.slice(0, 80) : undefined,
  };
}

/** As far as it is used; anything may come. */
interface HubAnswer {
  sha?: unknown;
  siblings?: unknown;
  cardData?: { license?: unknown };
}

/** A file with a name that can be one here and there; undefined for others. */
function readSibling(value: unknown): Omit<HubFile, "url"> | undefined {
  const { rfilename, size, blobId, lfs } = (value ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof rfilename !== "string" || !FILE_NAME.test(rfilename)) {
    return undefined;
  }
  const { sha256 } = (lfs ?? {}) as { sha256?: unknown };
  const hash = (candidate: unknown, length: number) =>
    typeof candidate === "string" &&
    candidate.length === length &&
    /^[0-9a-f]+$/.test(candidate)
      ? candidate
      : undefined;
  return {
    name: rfilename,
    sizeBytes: Number.isSafeInteger(size) ? (size as number) : undefined,
    sha256: hash(sha256, 64),
    // Of a file in LFS git knows the pointer alone.
    gitBlob: lfs ? undefined : hash(blobId, 40),
  };
}

/** The files of a model's folder; empty where there are no weights that Inkling reads. */
export function folderFiles({ files }: HubModel): HubFile[] {
  const isWeights = ({ name }: HubFile) =>
    /^model(-\d{5}-of-\d{5})?\.safetensors$/.test(name);
  const weights = files.filter(isWeights);
  const whole = weights.filter(({ name }) => name === "model.safetensors");
  const others = files.filter(({ name }) => FOLDER_FILES.has(name));
  const hasConfig = others.some(({ name }) => name === "config.json");
  if (!hasConfig || weights.length === 0) return [];
  return [...others, ...(whole.length > 0 ? whole : weights)];
}

/** The GGUF files of a model that are models by themselves. */
export function ggufFiles({ files }: HubModel): HubFile[] {
  return files.filter(
    ({ name }) =>
      /\.gguf$/i.test(name) &&
      !/(^|\/)mmproj|-\d{5}-of-\d{5}\.gguf$/i.test(name),
  );
}

async function getJson(
  address: URL,
  network: NetworkOptions,
): Promise<unknown> {
  const { status, body } = await get(
    address,
    { Accept: "application/json" },
    network,
  );
  try {
    if (status !== 200) {
      const why =
        status === 401 || status === 403 || status === 404
          ? "it has no public model of that name: check the name, or fetch it in your browser and choose the file or folder"
          : "expected 200; try again later";
      throw new FetchError(
        `Cannot ask ${address.host} for a model: it answers ${status}; ${why}`,
      );
    }
    const chunks: Buffer[] = [];
    let numBytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      numBytes += chunk.length;
      if (numBytes > MAX_ANSWER_BYTES) {
        throw new FetchError(
          `Cannot ask ${address.host} for a model: its answer is longer than ${MAX_ANSWER_BYTES / 1e6} MB`,
        );
      }
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FetchError(
      `Cannot ask ${address.host} for a model: it answers with something else than JSON; check the address of the hub`,
    );
  } finally {
    body.destroy();
  }
}
