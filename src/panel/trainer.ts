// What the panel asks of a trainer; the handle to the trainer process in client/ is one.

import type {
  TrainingEstimate,
  TrainingOutcome,
  TrainingProgress,
  TrainingRequest,
  TrainingSample,
} from "../protocol/training";

/** Who is told of a run while it goes on. */
export interface TrainingListener {
  onProgress(progress: TrainingProgress): void;
  onSample(sample: TrainingSample): void;
  onSkipped(skipped: { name: string; reason: string }): void;
}

/** Trains in a process of its own, one run at a time. */
export interface Trainer {
  estimate(request: TrainingRequest): Promise<TrainingEstimate>;
  train(
    request: TrainingRequest,
    listener: TrainingListener,
  ): Promise<TrainingOutcome>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(options: { keep: boolean }): Promise<void>;
  /** Another window that trains this workspace; undefined when none does. */
  findHolder(): { title: string } | undefined;
}
