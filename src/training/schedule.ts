// The learning rate over a run: linear warm-up, then half a cosine down to a tenth (arXiv:1608.03983 without restarts).

/** What is left of the learning rate at the last step. */
const FINAL_SHARE = 0.1;

/** Of a short run, no more than this share is warm-up. */
const MAX_WARMUP_SHARE = 0.1;

/** The factor on the learning rate at a step, counted from 0, of a run of `steps`. */
export function learningRateFactor(
  step: number,
  { steps, warmupSteps }: { steps: number; warmupSteps: number },
): number {
  const warmup = Math.min(warmupSteps, Math.ceil(steps * MAX_WARMUP_SHARE));
  if (step < warmup) return (step + 1) / (warmup + 1);
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const cosine = (1 + Math.cos(Math.PI * progress)) / 2;
  return FINAL_SHARE + (1 - FINAL_SHARE) * cosine;
}
