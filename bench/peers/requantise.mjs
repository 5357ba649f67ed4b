// Writes a GGUF file in another quantisation, with the llama.cpp library that node-llama-cpp brings along.
// llama.cpp has its fastest kernels for Q4_0, so that is a fair further row beside the unmodified file. With f32 the
// weights stay the same numbers, and llama.cpp computes without rounding activations to 8 bits: the exact reference.
//
//   node bench/peers/requantise.mjs FILE.gguf OUT.gguf [--type q4_0] [--embedding q8_0]
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import koffi from "koffi";

const PACKAGES = path.join(import.meta.dirname, "node_modules/@node-llama-cpp");

/** Numbers of `ggml_type` and of `llama_ftype` (llama.h of the version in package-lock.json). */
const TYPES = {
  f32: { tensorType: 0, fileType: 0 },
  f16: { tensorType: 1, fileType: 1 },
  q4_0: { tensorType: 2, fileType: 2 },
  q4_1: { tensorType: 3, fileType: 3 },
  q8_0: { tensorType: 8, fileType: 7 },
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    type: { type: "string", default: "q4_0" },
    embedding: { type: "string", default: "q8_0" },
  },
});
const [inputFile, outputFile] = positionals;
if (!inputFile || !outputFile) {
  throw new Error("Usage: node requantise.mjs FILE.gguf OUT.gguf");
}
if (!existsSync(inputFile)) {
  throw new Error(`Cannot requantise ${inputFile}: no such file`);
}
const { tensorType, fileType } = typeNamed(options.type);
const embedding = typeNamed(options.embedding);

const library = koffi.load(findLibrary());
/** The first fields of `llama_model_quantize_params`; the rest keeps its defaults. */
const Parameters = koffi.struct("llama_model_quantize_params", {
  nthread: "int32",
  ftype: "int32",
  output_tensor_type: "int32",
  token_embedding_type: "int32",
  allow_requantize: "bool",
  quantize_output_tensor: "bool",
  only_copy: "bool",
  pure: "bool",
  rest: koffi.array("uint8", 108),
});
const defaultParameters = library.func(
  "llama_model_quantize_default_params",
  Parameters,
  [],
);
const quantise = library.func("llama_model_quantize", "uint32", [
  "str",
  "str",
  koffi.pointer(Parameters),
]);
const status = quantise(inputFile, outputFile, {
  ...defaultParameters(),
  ftype: fileType,
  output_tensor_type: tensorType,
  token_embedding_type: embedding.tensorType,
  allow_requantize: true,
  pure: true,
});
if (status !== 0) {
  throw new Error(
    `Cannot requantise ${inputFile}: llama.cpp returned ${status}, expected 0`,
  );
}

function typeNamed(name) {
  if (!Object.hasOwn(TYPES, name)) {
    throw new RangeError(
      `Cannot requantise to "${name}", expected one of ${Object.keys(TYPES).join(", ")}`,
    );
  }
  return TYPES[name];
}

/** The library lies in the package of this platform, with a version in its name. */
function findLibrary() {
  const platform = { linux: "linux", darwin: "mac", win32: "win" }[
    process.platform
  ];
  const folder = path.join(PACKAGES, `${platform}-${process.arch}`, "bins");
  const file = readdirSync(folder, { recursive: true }).find((name) =>
    /(^|[\\/])(lib)?llama\.(v[\d.]+\.)?(so|dylib|dll)$/.test(name),
  );
  if (!file) {
    throw new Error(
      `Cannot requantise: no llama library in ${folder}, expected the package of node-llama-cpp for this platform`,
    );
  }
  return path.join(folder, file);
}
