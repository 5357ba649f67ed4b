// What the panel asks of a trainer; the handle to the trainer process in client/ is one.

import type {
  TrainerListener,
  TrainingEstimate,
  TrainingOutcome,
  TrainingRequest,
} from "../protocol/training";

/** Trains in a process of its own, one run at a time. */
export interface Trainer {
  estimate(request: TrainingRequest): Promise<TrainingEstimate>;
  train(
    request: TrainingRequest,
    listener: TrainerListener,
  ): Promise<TrainingOutcome>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(options: { keep: boolean }): Promise<void>;
  /** Another window that trains this workspace; undefined when none does. */
  findHolder(): { title: string } | undefined;
}
