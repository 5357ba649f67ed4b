// The names of the files of which an adapter's folder is made: two of Python's peft, and our manifest.

export const CONFIG_FILE = "adapter_config.json";
export const WEIGHTS_FILE = "adapter_model.safetensors";
export const MANIFEST_FILE = "inkling_manifest.json";

/** All of them. */
export const ADAPTER_FILES = [CONFIG_FILE, WEIGHTS_FILE, MANIFEST_FILE];
