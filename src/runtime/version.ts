// Which ONNX Runtime is installed.

import * as ort from "onnxruntime-node";

/** The version of onnxruntime-node, or "unknown". */
export const runtimeVersion: string = ort.env.versions.node ?? "unknown";
