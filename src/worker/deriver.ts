// The entry of a thread that derives a model's weights for prefill, or checks them, and ends. Suggestions are written
// meanwhile by the thread that has the model; what this one held in memory goes with it.

import { parentPort, workerData } from "node:worker_threads";
import { openModelFolder } from "../model/files/modelFolder";
import {
  isPrefillSound,
  openPrefillFolder,
} from "../model/quantise/prefillWeights";
import type { DeriverStart } from "./derivePrefill";

const { derive, check } = workerData as DeriverStart;
if (derive) {
  openPrefillFolder(openModelFolder(derive.modelFolder), derive.cacheFolder);
}
if (check) parentPort!.postMessage(isPrefillSound(check));
