// Losses in the form in which a chart takes them.

import type { LossPoint } from "../protocol/panel";

/** Both curves over one axis of steps, with holes where one has no point: steps, training, held out. */
export function lossColumns({
  training,
  heldOut,
}: {
  training: LossPoint[];
  heldOut: LossPoint[];
}): [number[], (number | null)[], (number | null)[]] {
  const steps = [
    ...new Set([...training, ...heldOut].map(({ step }) => step)),
  ].sort((a, b) => a - b);
  const column = (points: LossPoint[]) => {
    const losses = new Map(points.map(({ step, loss }) => [step, loss]));
    return steps.map((step) => losses.get(step) ?? null);
  };
  return [steps, column(training), column(heldOut)];
}
