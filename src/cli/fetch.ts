// inkling fetch NAME: a model from the network into the cache of imported models.

import { importToCache } from "../importer/importToCache";
import { ModelCache } from "../models/modelCache";
import { defaultModelsFolder } from "../models/modelsFolder";
import { fetchModel, planFetch, readSource } from "../network/fetchModel";
import type { FetchPlan } from "../protocol/models";
import { threadsFor } from "../settings/threads";
import { parseOptions } from "./options";
import { defaultCacheFolder } from "./places";
import { showProgress } from "./showProgress";

const USAGE = `inkling fetch NAME [--file FILE] [--hub ADDRESS] [--models DIR]
Fetches a model and imports it, so that "inkling models" lists it and the editor offers it. A fetch that is broken off goes
on where it was when it is asked for again. Checksums are compared where the hub names them.
  NAME      OWNER/NAME at the hub, or the address of a .gguf file, https://...
  --file    which of several GGUF files of the model
  --hub     the hub or a mirror of it (default: the variable HF_ENDPOINT, or else https://huggingface.co)
  --models  the folder of imported models (default: the one that editors and terminals share)
Proxies are taken from HTTPS_PROXY and NO_PROXY.`;

/** Runs the command; prints the model's folder. */
export async function runFetch(args: string[]): Promise<void> {
  const { positionals, strings } = parseOptions(args, {
    usage: USAGE,
    positionals: ["NAME"],
    strings: {
      file: "",
      hub: process.env["HF_ENDPOINT"] || "https://huggingface.co",
      models: "",
    },
  });
  const cache = new ModelCache(strings.models || defaultModelsFolder());
  const network = {
    hubAddress: strings.hub,
    proxy: "",
    noProxy: [],
    env: process.env,
  };
  const found = readSource(positionals[0]!, strings.hub);
  const source =
    found.kind === "hub" && strings.file
      ? { ...found, file: strings.file }
      : found;
  const plan = await planFetch(source, network);
  requireOneModel(plan);
  const { name, identity } = plan;
  const directory = cache.directoryFor("", { name, identity });
  if (!cache.list().some((model) => model.directory === directory)) {
    const showFetched = showProgress(`Fetching ${name}`);
    const fetched = await fetchModel(
      { source, folder: cache.fetchedFolder },
      {
        ...network,
        onProgress: ({ doneBytes, totalBytes }) => {
          if (totalBytes) showFetched(doneBytes / totalBytes);
        },
      },
    );
    const showImported = showProgress(`Importing ${name}`);
    await importToCache({
      cache,
      source: fetched.path,
      name,
      identity,
      derivedFolder: defaultCacheFolder(),
      threads: threadsFor("writing"),
      onProgress: (progress) => {
        if (progress.phase === "weights") showImported(progress.fraction);
      },
    });
    cache.removeFetched(fetched.folder);
  }
  process.stdout.write(`${directory}\n`);
}

function requireOneModel({ name, choices }: FetchPlan): void {
  if (choices.length === 0) return;
  const lines = choices.map(({ name: file, sizeBytes = 0 }) => {
    const megabytes = `${(sizeBytes / 1e6).toFixed(0)} MB`.padStart(8);
    return `${megabytes}  ${file}`;
  });
  throw new Error(
    `Cannot fetch ${name}: it has several models, expected --file with one of\n${lines.join("\n")}`,
  );
}
