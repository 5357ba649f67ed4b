// The trainer's process as the client sees it, so that tests can hand in another one.

import { fork, spawn } from "node:child_process";
import type { WireMessage } from "../protocol/rpc";

/** What happens to a process. */
export interface TrainerProcessListener {
  onMessage(message: WireMessage): void;
  /** What it writes to stderr. */
  onOutput(text: string): void;
  /** It is gone; called once. */
  onExit(end: { code: number | null; signal: string | null }): void;
}

/** A running process. */
export interface TrainerProcess {
  readonly processId: number | undefined;
  post(message: WireMessage): void;
  /** Stops or continues it where the system can: true when it has done so. */
  suspend(isSuspended: boolean): boolean;
  /** Closes the channel: it ends by itself at a checkpoint. */
  disconnect(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a process and tells `listener` what happens to it. */
export type StartTrainerProcess = (
  listener: TrainerProcessListener,
) => TrainerProcess;

/** Starts processes from the bundle at `file`, with the Node that runs this one; in Electron that is Electron. */
export function trainerProcessStarter(
  file: string,
  { platform = process.platform }: { platform?: NodeJS.Platform } = {},
): StartTrainerProcess {
  // Windows has no signal that stops a process: there the trainer is asked to wait.
  const hasStopSignal = platform !== "win32";
  return (listener) => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ELECTRON_RUN_AS_NODE: "1",
    };
    // Flags of the host's own process, such as its debugger's port, are not for the trainer.
    delete env.NODE_OPTIONS;
    const child = fork(file, [], {
      execArgv: [],
      env,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const guard = hasStopSignal ? startGuard(child.pid) : NO_GUARD;
    let isGone = false;
    const gone = (code: number | null, signal: string | null) => {
      if (isGone) return;
      isGone = true;
      guard.release();
      listener.onExit({ code, signal });
    };
    child.on("message", (message) =>
      listener.onMessage(message as WireMessage),
    );
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (text: string) => listener.onOutput(text));
    child.on("error", (error) => {
      listener.onOutput(`${error.message}\n`);
      if (child.pid === undefined) gone(null, null);
    });
    child.on("exit", gone);
    return {
      processId: child.pid,
      post(message) {
        if (child.connected) child.send(message);
      },
      suspend: (isSuspended) =>
        hasStopSignal && child.kill(isSuspended ? "SIGSTOP" : "SIGCONT"),
      disconnect() {
        if (child.connected) child.disconnect();
      },
      kill: () => void child.kill("SIGKILL"),
    };
  };
}

const NO_GUARD = { release: () => {} };

/**
 * A process that the system has stopped does not notice that its host is gone. A shell waits for the end of its input,
 * which comes when the host ends however it ends, and then wakes the trainer, so that it can end too.
 */
function startGuard(processId: number | undefined): { release(): void } {
  if (processId === undefined) return NO_GUARD;
  const guard = spawn(
    "/bin/sh",
    ["-c", 'read -r _ || kill -CONT "$0" 2>/dev/null', String(processId)],
    { stdio: ["pipe", "ignore", "ignore"], detached: true },
  );
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  return { release: () => guard.stdin.end("\n") };
}
