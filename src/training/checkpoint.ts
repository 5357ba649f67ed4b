// A run's state on disk: one folder that is there whole or not at all, and the one before it.
//   checkpoint/            state.json (numbers, what the run is, hashes) and model.safetensors (all arrays)
//   checkpoint.previous/   the same, one checkpoint earlier
// Written beside its place, flushed to the disk and renamed, so that neither `kill -9` nor a power failure loses more
// than the work since the last one. A damaged folder is never used: its hashes tell. Where the folder cannot be written
// the checkpoint is kept in a spare one, and found there.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { moveIntoPlace, removeQuietly } from "../common/atomicFile";
import {
  findSpareFolders,
  keepInSpareFolder,
  removeSpareFolders,
} from "../common/spareFolder";
import { explainWriteFault, withKeptIn } from "../common/writeFault";
import { readSafetensorsHeader, readTensorBytes } from "../formats/safetensors";
import {
  writeSafetensors,
  type TensorHeader,
} from "../formats/safetensorsWriter";
import type { TrainerNumbers, TrainerState } from "./trainer";
import type { Parameter } from "./trainingModel";

const VERSION = 1;
const STATE_FILE = "state.json";
const TENSOR_FILE = "model.safetensors";

/** Arrays of a checkpoint for each parameter: itself, its two moments and its best values. */
const KINDS = ["parameter", "firstMoment", "secondMoment", "best"] as const;

/** A checkpoint as read: the model's parameters apart from what the trainer keeps. */
export interface Checkpoint {
  state: TrainerState;
  parameters: Float32Array<ArrayBuffer>[];
  /** What was wrong with a newer one that could not be used. */
  damage: string | undefined;
}

interface StateFile {
  version: number;
  key: string;
  tensorsSha256: string;
  numbers: TrainerNumbers;
}

/** The checkpoints of one run in its folder. `key` says what is trained on what; another key is refused. */
export class CheckpointFolder {
  constructor(
    private readonly folder: string,
    private readonly key: string,
  ) {}

  /** Whether something is there to go on from. */
  get exists(): boolean {
    return this.candidates().length > 0;
  }

  /**
   * Saves the state; when that fails, what was saved before is still there. Answers why it is kept in a spare folder
   * where it is, and throws when that cannot be written either.
   */
  write(
    parameters: readonly Parameter[],
    state: TrainerState,
  ): Error | undefined {
    const save = (folder: string) =>
      saveInto(folder, { key: this.key, parameters, state });
    try {
      save(this.folder);
      removeSpareFolders(this.folder);
      return undefined;
    } catch (error) {
      const fault = explainWriteFault(error, {
        action: "save a checkpoint in",
        place: this.folder,
      });
      // A fault of the program's own is one elsewhere too.
      if (fault === error) throw error;
      const spare = keepInSpareFolder(this.folder, save);
      if (spare === undefined) throw fault;
      return withKeptIn(fault, spare);
    }
  }

  /** The newest whole checkpoint; undefined where there is none. Throws when all are damaged or of another run. */
  read(parameters: readonly Parameter[]): Checkpoint | undefined {
    if (!this.exists) return undefined;
    const faults: string[] = [];
    for (const folder of this.candidates()) {
      try {
        const read = readFolder(folder, { key: this.key, parameters });
        return { ...read, damage: faults[0] };
      } catch (error) {
        if (error instanceof OtherRunError) throw error;
        faults.push(`${path.basename(folder)}: ${(error as Error).message}`);
      }
    }
    throw new Error(
      `Cannot go on from the checkpoint in ${this.folder}: it is damaged (${faults.join("; ")}), expected a whole one; remove it to train from the start`,
    );
  }

  /** Removes all checkpoints: the run is over. */
  remove(): void {
    const { current, previous, partial } = placesIn(this.folder);
    for (const folder of [current, previous, partial]) {
      rmSync(folder, { recursive: true, force: true });
    }
    removeSpareFolders(this.folder);
  }

  /** The newest first: a spare folder has one only since the folder itself could not be written. */
  private candidates(): string[] {
    return [...findSpareFolders(this.folder), this.folder]
      .flatMap((folder) => {
        const { current, previous } = placesIn(folder);
        return [current, previous];
      })
      .filter((folder) => existsSync(folder));
  }
}

function placesIn(folder: string) {
  const current = path.join(folder, "checkpoint");
  const previous = path.join(folder, "checkpoint.previous");
  return { current, previous, partial: `${current}.partial` };
}

/** Writes beside the checkpoint that is there, which becomes the previous one. */
function saveInto(
  folder: string,
  {
    key,
    parameters,
    state,
  }: { key: string; parameters: readonly Parameter[]; state: TrainerState },
): void {
  const { current, previous, partial } = placesIn(folder);
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    writeTensors(partial, parameters, state);
    writeState(partial, key, state.numbers);
    if (existsSync(current)) {
      rmSync(previous, { recursive: true, force: true });
      moveIntoPlace(current, previous);
    }
    moveIntoPlace(partial, current);
  } catch (error) {
    removeQuietly(partial);
    throw error;
  }
}

/** A checkpoint that is whole, and belongs to other settings, text or weights. */
class OtherRunError extends Error {}

function writeTensors(
  folder: string,
  parameters: readonly Parameter[],
  state: TrainerState,
): void {
  const arrays = {
    parameter: parameters.map(({ values }) => values),
    firstMoment: state.moments.first,
    secondMoment: state.moments.second,
    best: state.best,
  };
  const headers = KINDS.flatMap((kind) =>
    parameters.map(({ name, shape }): TensorHeader => ({
      name: `${kind}:${name}`,
      dtype: "F32",
      shape: [...shape],
    })),
  );
  const load = () =>
    KINDS.flatMap((kind) =>
      arrays[kind].map(
        ({ buffer, byteOffset, byteLength }) =>
          new Uint8Array(buffer, byteOffset, byteLength),
      ),
    );
  writeSafetensors(folder, [{ headers, load }], {
    maxShardBytes: Number.MAX_SAFE_INTEGER,
  });
}

/** The state's own hash stands in front of it, so that a flipped bit in a number does not pass. */
function writeState(
  folder: string,
  key: string,
  numbers: TrainerNumbers,
): void {
  const state: StateFile = {
    version: VERSION,
    key,
    tensorsSha256: sha256(readFileSync(path.join(folder, TENSOR_FILE))),
    numbers,
  };
  const json = JSON.stringify(state);
  const text = `${sha256(json)}\n${json}\n`;
  writeFileSync(path.join(folder, STATE_FILE), text);
}

function readFolder(
  folder: string,
  { key, parameters }: { key: string; parameters: readonly Parameter[] },
): Omit<Checkpoint, "damage"> {
  const state = readState(folder);
  const file = path.join(folder, TENSOR_FILE);
  if (sha256(readFileSync(file)) !== state.tensorsSha256) {
    throw new Error(`${TENSOR_FILE} does not have the hash in ${STATE_FILE}`);
  }
  if (state.version !== VERSION || state.key !== key) {
    throw new OtherRunError(
      `Cannot go on from the checkpoint in ${path.dirname(folder)}: it was made with other settings, text or weights, expected those of this run; use the same ones, or remove it to train from the start`,
    );
  }
  const locations = readSafetensorsHeader(file);
  const read = (kind: (typeof KINDS)[number]) =>
    parameters.map(({ name, values }) => {
      const location = locations.get(`${kind}:${name}`);
      if (location?.sizeBytes !== values.byteLength) {
        throw new Error(`${TENSOR_FILE} has no ${kind} of "${name}"`);
      }
      return new Float32Array(readTensorBytes(location).buffer as ArrayBuffer);
    });
  return {
    parameters: read("parameter"),
    state: {
      numbers: reviveNumbers(state.numbers),
      moments: { first: read("firstMoment"), second: read("secondMoment") },
      best: read("best"),
    },
  };
}

function readState(folder: string): StateFile {
  const text = readFileSync(path.join(folder, STATE_FILE), "utf8");
  const end = text.indexOf("\n");
  const json = text.slice(end + 1).trimEnd();
  if (end < 0 || sha256(json) !== text.slice(0, end)) {
    throw new Error(`${STATE_FILE} does not have the hash in its first line`);
  }
  return JSON.parse(json) as StateFile;
}

/** JSON leaves out what is undefined; the trainer's types want it named. */
function reviveNumbers(numbers: TrainerNumbers): TrainerNumbers {
  return {
    ...numbers,
    best: numbers.best,
    ended: numbers.ended,
    losses: numbers.losses.map(({ step, training, heldOut }) => ({
      step,
      training,
      heldOut,
    })),
  };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
