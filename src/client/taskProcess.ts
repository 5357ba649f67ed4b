// A process that does one thing for the host and ends: it is started, asked, and gone again, however that went. What it
// does can crash it, hang or take all its memory, and the host goes on.

import { fork } from "node:child_process";
import { Rpc, type Contract, type EventHandlers } from "../protocol/rpc";
import type { WireMessage } from "../protocol/rpc";
import { reasonOf } from "./workerSession";

/** The host serves nothing. */
interface HostContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

/** One end of the channel to a process that serves `Remote`. */
export type TaskRpc<Remote extends Contract> = Pick<
  Rpc<HostContract, Remote>,
  "request"
>;

/** How a task is stopped and watched. */
export interface TaskOptions<Remote extends Contract> {
  signal: AbortSignal;
  events?: EventHandlers<Remote>;
}

/**
 * Starts a process, lets `ask` ask it, and ends it. Rejects when it is lost, and at once with the signal's reason when
 * that is aborted; the process is gone in every case.
 */
export type RunTask<Remote extends Contract> = <T>(
  ask: (rpc: TaskRpc<Remote>) => Promise<T>,
  options: TaskOptions<Remote>,
) => Promise<T>;

/** Runs tasks by the bundle at `file`, with the Node that runs this process; in Electron that is Electron. */
export function taskRunner<Remote extends Contract>(
  file: string,
  { what, log }: { what: string; log: (message: string) => void },
): RunTask<Remote> {
  return async (ask, { signal, events = {} as EventHandlers<Remote> }) => {
    if (signal.aborted) throw reasonOf(signal);
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ELECTRON_RUN_AS_NODE: "1",
    };
    // Flags of the host's own process, such as its debugger's port, are not for this one.
    delete env.NODE_OPTIONS;
    const child = fork(file, [], {
      execArgv: [],
      env,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const rpc = new Rpc<HostContract, Remote>(
      (message) => {
        if (child.connected) child.send(message, () => {});
      },
      {},
      events,
    );
    const exited = new Promise<void>((resolve) => {
      const gone = (how: string) => {
        rpc.close(new Error(`The ${what} ${how}, expected an answer first`));
        resolve();
      };
      child.on("exit", (code, endedBy) =>
        gone(endedBy ? `was ended by ${endedBy}` : `ended with code ${code}`),
      );
      child.on("error", (error) => {
        log(`The ${what}: ${error.message}`);
        if (child.pid === undefined) gone(`did not start (${error.message})`);
      });
    });
    child.on("message", (message) => rpc.receive(message as WireMessage));
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (text: string) =>
      log(`The ${what}: ${text.trimEnd()}`),
    );
    const abort = () => rpc.close(reasonOf(signal));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await ask(rpc);
    } finally {
      signal.removeEventListener("abort", abort);
      child.kill("SIGKILL");
      await exited;
    }
  };
}
