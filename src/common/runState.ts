// What a training run is doing, as one value: the panel keeps it, the status item and the page show it, the disk records
// it. Pure: what follows from a change (a signal to the trainer, a folder to remove) is done by `TrainingRun`.

import { assertNever } from "./assertNever";

/** What a trainer works on: loading and measuring before, the steps, the figures afterwards. */
export type RunWork = "preparing" | "training" | "evaluating";

/** A run, whether or not there is one. */
export type RunState =
  | { kind: "idle" }
  /** Another window trains this workspace; this one begins when it is done. */
  | { kind: "waiting" }
  | { kind: RunWork }
  | { kind: "pausedByUser"; work: RunWork }
  /** Goes on by itself when no more is typed. */
  | { kind: "pausedByTyping"; work: RunWork }
  /** The trainer has been asked to end. */
  | { kind: "stopping"; work: RunWork; keep: boolean }
  /** No trainer works on it: a reload or a fault broke it off, and it waits to be resumed. */
  | { kind: "interrupted"; isPausedByUser: boolean }
  /** All of it is to be removed unless it is kept. */
  | { kind: "done"; isKept: boolean };

/** Of a run that there is. */
export type ActiveRunState = Exclude<RunState, { kind: "idle" | "done" }>;

/** What happens to a run. */
export type RunEvent =
  | { kind: "begin" }
  /** The last window left a run, in this state. */
  | { kind: "restore"; saved: ActiveRunState }
  /** Another window trains this workspace. */
  | { kind: "locked" }
  /** The trainer says what it works on. */
  | { kind: "reported"; work: RunWork }
  | { kind: "pause" }
  | { kind: "resume" }
  /** A letter was typed, and for a while no more. */
  | { kind: "typed" }
  | { kind: "quiet" }
  | { kind: "stop"; keep: boolean }
  | { kind: "finished" }
  /** The trainer could not go on; what had begun can be resumed. */
  | { kind: "failed"; hasBegun: boolean }
  /** This window no longer waits for its turn, or another one has ended the run. */
  | { kind: "givenUp"; isResumable: boolean };

/** The state after an event: the same object where the event changes nothing. */
export function next(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case "begin":
      return isActive(state) ? state : { kind: "preparing" };
    case "restore":
      return isActive(state) ? state : afterRestore(event.saved);
    case "locked":
      return isAtWork(state) || isPaused(state) ? { kind: "waiting" } : state;
    case "reported":
      return afterReport(state, event.work);
    case "pause":
      if (isAtWork(state)) return { kind: "pausedByUser", work: state.kind };
      return state.kind === "pausedByTyping"
        ? { kind: "pausedByUser", work: state.work }
        : state;
    case "resume":
      if (state.kind === "interrupted") return { kind: "preparing" };
      return isPaused(state) ? { kind: state.work } : state;
    case "typed":
      return isAtWork(state)
        ? { kind: "pausedByTyping", work: state.kind }
        : state;
    case "quiet":
      return state.kind === "pausedByTyping" ? { kind: state.work } : state;
    case "stop":
      return afterStop(state, event.keep);
    case "finished":
      return hasTrainer(state)
        ? { kind: "done", isKept: !isDiscarded(state) }
        : state;
    case "failed":
      if (!hasTrainer(state)) return state;
      return event.hasBegun && !isDiscarded(state)
        ? { kind: "interrupted", isPausedByUser: isPausedByUser(state) }
        : { kind: "done", isKept: false };
    case "givenUp":
      if (!isActive(state)) return state;
      if (!event.isResumable) return { kind: "idle" };
      return hasTrainer(state)
        ? { kind: "interrupted", isPausedByUser: false }
        : state;
    default:
      return assertNever(event);
  }
}

/** What the trainer works on, or goes on with when it is no longer held; undefined where none has begun. */
export function workOf(state: RunState): RunWork | undefined {
  if ("work" in state) return state.work;
  return isAtWork(state) ? state.kind : undefined;
}

/** Whether there is a run. */
export function isActive(state: RunState): state is ActiveRunState {
  return state.kind !== "idle" && state.kind !== "done";
}

/** Whether the trainer is held. */
export function isPaused(
  state: RunState,
): state is Extract<RunState, { kind: "pausedByUser" | "pausedByTyping" }> {
  return state.kind === "pausedByUser" || state.kind === "pausedByTyping";
}

/** Whether it goes on only when its user says so. */
export function waitsForUser({ kind }: RunState): boolean {
  return kind === "pausedByUser" || kind === "interrupted";
}

/** Whether all of it is to be removed when its trainer has ended. */
export function isDiscarded(state: RunState): boolean {
  return state.kind === "stopping" && !state.keep;
}

/** Whether the trainer works on it now. */
export function isAtWork(state: RunState): state is { kind: RunWork } {
  const { kind } = state;
  return kind === "preparing" || kind === "training" || kind === "evaluating";
}

/** Whether a trainer has been asked to train, even if it has to wait for its turn. */
function hasTrainer(state: RunState): boolean {
  return isActive(state) && state.kind !== "interrupted";
}

/** Whether it waits for its user in the next window too. */
function isPausedByUser(state: RunState): boolean {
  return state.kind === "interrupted"
    ? state.isPausedByUser
    : state.kind === "pausedByUser";
}

function afterRestore(saved: ActiveRunState): RunState {
  return isPausedByUser(saved)
    ? { kind: "interrupted", isPausedByUser: true }
    : { kind: "preparing" };
}

/** A report comes also while the trainer is held or ends: what was under way is brought to its end. */
function afterReport(state: RunState, work: RunWork): RunState {
  if (!hasTrainer(state) || workOf(state) === work) return state;
  return "work" in state ? { ...state, work } : { kind: work };
}

/** What is to be discarded stays so, since the trainer may have removed it already. */
function afterStop(state: RunState, keep: boolean): RunState {
  if (state.kind === "stopping") {
    return state.keep && !keep ? { ...state, keep } : state;
  }
  if (hasTrainer(state)) {
    return { kind: "stopping", work: workOf(state) ?? "preparing", keep };
  }
  return state.kind === "interrupted" && !keep
    ? { kind: "done", isKept: false }
    : state;
}
