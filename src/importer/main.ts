// The entry of the importer process: one request of the importer contract in, its answer out. What reads whole disks and
// converts weights runs at low priority; a trial, whose speed is told, at the ordinary one.
// It ends with its channel: its window is gone then, or has what it wanted.

import os from "node:os";
import { setImmediate } from "node:timers/promises";
import { ModelCache } from "../models/modelCache";
import type { ImporterContract } from "../protocol/models";
import { Rpc, type WireMessage } from "../protocol/rpc";
import { listCandidates } from "./findModels";
import { importToCache } from "./importToCache";
import { inspectModel } from "./inspectModel";
import { tryModel } from "./tryModel";

/** Of models so many have their headers read; a list is for choosing. */
const MAX_INSPECTED = 60;

/** The host serves nothing. */
interface HostContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

const rpc = new Rpc<ImporterContract, HostContract>(
  (message) => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  },
  {
    async findModels({ places }) {
      runInBackground();
      const candidates = places.flatMap((place) => listCandidates(place));
      for (const { path, ...known } of candidates.slice(0, MAX_INSPECTED)) {
        rpc.emit("modelFound", await inspectModel(path, known));
        await setImmediate();
      }
      return null;
    },
    inspectModel: ({ path }) => inspectModel(path),
    async importModel({ modelsFolder, ...request }) {
      runInBackground();
      const directory = await importToCache({
        ...request,
        cache: new ModelCache(modelsFolder),
        onProgress: (progress) => rpc.emit("importProgress", progress),
      });
      return { directory };
    },
    tryModel,
  },
  {},
);

function runInBackground(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A system that does not allow it works at normal priority.
  }
}

process.stderr.on("error", () => {});
process.on("message", (message: WireMessage) => rpc.receive(message));
process.on("disconnect", () => process.exit(0));
