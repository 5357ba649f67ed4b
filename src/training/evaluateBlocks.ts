// The loss over many blocks at the parameters as they are.

import type { SummedLoss, TrainingModel } from "./trainingModel";

/** Sums the losses of blocks; undefined when aborted between two of them. */
export async function evaluateBlocks<Block>(
  model: Pick<TrainingModel<Block>, "evaluate">,
  {
    blocks,
    signal,
    turn,
  }: {
    blocks: readonly Block[];
    signal: AbortSignal;
    turn(): Promise<void>;
  },
): Promise<SummedLoss | undefined> {
  const sum: SummedLoss = { loss: 0, weight: 0 };
  for (const block of blocks) {
    await turn();
    if (signal.aborted) return undefined;
    const { loss, weight } = await model.evaluate(block);
    sum.loss += loss;
    sum.weight += weight;
  }
  return sum;
}
