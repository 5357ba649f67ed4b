// Fits the number of steps, and with it the schedule, to a time limit.
// The plan changes only when it is off by more than measured speed wavers. A run whose limit does not bind therefore
// has the same plan, and the same losses, however often it is broken off.

/** How far a run is and how fast. */
export interface PlannedRun {
  step: number;
  secondsPerStep: number;
  /** What a look at the held-out text costs: the last step is followed by one. */
  secondsPerEvaluation: number;
  plannedSteps: number;
}

/** Steps before speed is believed. */
export const FIRST_FIT_STEP = 4;
const FIT_EVERY_STEPS = 8;

/** Share of the plan by which it may be off. */
const SLACK = 0.05;

/** The number of steps to plan for, after a step; `secondsLeft` is undefined without a limit. */
export function fitPlan(
  { step, secondsPerStep, secondsPerEvaluation, plannedSteps }: PlannedRun,
  {
    epochSteps,
    secondsLeft,
  }: { epochSteps: number; secondsLeft: number | undefined },
): number {
  if (secondsLeft === undefined) return plannedSteps;
  const forSteps = secondsLeft - secondsPerEvaluation;
  if (forSteps < secondsPerStep / 2) return Math.min(plannedSteps, step);
  if (step !== FIRST_FIT_STEP && step % FIT_EVERY_STEPS !== 0) {
    return plannedSteps;
  }
  const fitting = step + Math.floor(forSteps / secondsPerStep);
  const wanted = Math.max(step + 1, Math.min(fitting, epochSteps));
  const isOff = Math.abs(wanted - plannedSteps) > SLACK * plannedSteps;
  return isOff ? wanted : plannedSteps;
}
