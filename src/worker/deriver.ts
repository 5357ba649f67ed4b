// The entry of a thread that derives a model's weights for prefill and ends. Suggestions are written meanwhile by the
// thread that has the model; what this one held in memory goes with it.

import { workerData } from "node:worker_threads";
import { openModelFolder } from "../model/files/modelFolder";
import { openPrefillFolder } from "../model/quantise/prefillWeights";
import type { DeriveRequest } from "../protocol/worker";

const { modelFolder, cacheFolder } = workerData as DeriveRequest;
openPrefillFolder(openModelFolder(modelFolder), cacheFolder);
