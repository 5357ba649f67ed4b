// The only door to onnxruntime-node: makes sessions from graphs and runs them.
// Everything else sees `Session` and `Tensor`, so that tests can hand in a session of their own.

import * as ort from "onnxruntime-node";

/** Element types that cross the border, with their arrays. */
export interface TensorArrays {
  float32: Float32Array;
  float64: Float64Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type TensorType = keyof TensorArrays;

/** A tensor in ordinary memory: row by row, freed by the garbage collector. */
export interface Tensor<T extends TensorType = TensorType> {
  readonly type: T;
  readonly data: TensorArrays[T];
  readonly dims: readonly number[];
}

/** A loaded graph. */
export interface Session {
  readonly inputNames: readonly string[];
  /** Runs the graph once; a run cannot be interrupted. Returns the outputs named in `fetches`. */
  run(
    feeds: Record<string, Tensor>,
    fetches: readonly string[],
  ): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** How a session is made. */
export interface SessionOptions {
  /** The folder that external initializers are read from; paths that leave it are refused. */
  weightsFolder: string;
  threads: number;
  /** An arena keeps freed memory for the next run: faster, but it holds the peak. */
  useMemoryArena?: boolean;
  /**
   * Takes the fastest int8 kernels, which overflow on x64 without VNNI; elsewhere they are exact, and with AMX twice as
   * fast as the others. `saturationProbe.ts` tells one processor from the other.
   */
  usesFastestInt8?: boolean;
  /**
   * Reads weights where they lie instead of making copies laid out for products: less memory, and fewer tokens per
   * second with few rows.
   */
  sharesWeights?: boolean;
  /**
   * Lays all tensors of a run into one block after the first run has shown their sizes; the memory of the first run is
   * kept beside it. Without that a training step takes 1.4 GB instead of 1.7, at 512 tokens 2.2 instead of 3.4.
   */
  plansMemory?: boolean;
  /** Takes numbers below 1e-38 for 0: small gradients are such, and a step full of them takes four times as long. */
  flushesDenormals?: boolean;
}

/** How long an idle pool thread looks for work, in microseconds: keeps the speed without burning a core after each run. */
const SPIN_DURATION_US = "100";

/** Loads a graph. */
export async function createSession(
  graph: Uint8Array,
  {
    weightsFolder,
    threads,
    useMemoryArena = true,
    usesFastestInt8 = false,
    sharesWeights = false,
    flushesDenormals = false,
    plansMemory = true,
  }: SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: useMemoryArena,
    enableMemPattern: plansMemory,
    logSeverityLevel: 3,
    extra: {
      session: {
        model_external_initializers_file_folder_path: weightsFolder,
        x64quantprecision: usesFastestInt8 ? "0" : "1",
        disable_prepacking: sharesWeights ? "1" : "0",
        set_denormal_as_zero: flushesDenormals ? "1" : "0",
        intra_op: { spin_duration_us: SPIN_DURATION_US },
      },
    },
  });
  return {
    inputNames: session.inputNames,
    async run(feeds, fetches) {
      const outputs = await session.run(toOrtFeeds(feeds), [...fetches]);
      return outputs as unknown as Record<string, Tensor>;
    },
    release: () => session.release(),
  };
}

function toOrtFeeds(feeds: Record<string, Tensor>) {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      tensor instanceof ort.Tensor
        ? tensor
        : new ort.Tensor(tensor.type, tensor.data as never, [...tensor.dims]),
    ]),
  );
}
