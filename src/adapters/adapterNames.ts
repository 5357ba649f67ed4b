// The names of the files of which an adapter's folder is made: two of Python's peft, and our manifest.

export const CONFIG_FILE = "adapter_config.json";
export const WEIGHTS_FILE = "adapter_model.safetensors";
export const MANIFEST_FILE = "inkling_manifest.json";

/** All of them. */
export const ADAPTER_FILES = [CONFIG_FILE, WEIGHTS_FILE, MANIFEST_FILE];

/** Weights of an adapter that is imported: 64 ranks on all layers of a model of two billion parameters have half. */
export const MAX_WEIGHTS_BYTES = 512_000_000;
/** Headers, configurations and manifests; a manifest names each document that was learned from. */
export const MAX_TEXT_BYTES = 8_000_000;
