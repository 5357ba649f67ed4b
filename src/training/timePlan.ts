// Fits the number of steps, and with it the schedule, to a time limit.
// The plan changes only when it is off by more than measured speed wavers. A run whose limit does not bind therefore
// has the same plan, and the same losses, however often it is broken off.

/** How far a run is and how fast. */
export interface PlannedRun {
  step: number;
  /** Spent so far. */
  seconds: number;
  secondsPerStep: number;
  plannedSteps: number;
}

/** Steps before speed is believed. */
const FIRST_FIT_STEP = 4;
const FIT_EVERY_STEPS = 8;

/** Share of the plan by which it may be off. */
const SLACK = 0.05;

/** The number of steps to plan for, after a step. */
export function fitPlan(
  { step, seconds, secondsPerStep, plannedSteps }: PlannedRun,
  {
    epochSteps,
    maxSeconds,
  }: { epochSteps: number; maxSeconds: number | undefined },
): number {
  if (maxSeconds === undefined) return plannedSteps;
  if (seconds >= maxSeconds) return Math.min(plannedSteps, step);
  if (step !== FIRST_FIT_STEP && step % FIT_EVERY_STEPS !== 0) {
    return plannedSteps;
  }
  const fitting = step + Math.floor((maxSeconds - seconds) / secondsPerStep);
  const wanted = Math.max(step + 1, Math.min(fitting, epochSteps));
  const isOff = Math.abs(wanted - plannedSteps) > SLACK * plannedSteps;
  return isOff ? wanted : plannedSteps;
}
