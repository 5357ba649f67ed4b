// Carries typed requests, their answers and events over any message channel.
// The same class serves the worker thread and, later, the webview and the trainer process: each side hands in how to
// post a message and feeds what arrives into `receive`. A handler that throws always rejects its asker.

import { FaultError, faultOf, type Fault } from "../common/fault";

/** What a channel can carry: requests answered once, and events that are not answered. */
export interface Contract {
  /** Name -> [argument, result]. */
  requests: Record<string, [unknown, unknown]>;
  /** Name -> argument. */
  events: Record<string, unknown>;
}

/** Handlers for the requests of a contract; each may answer at once or with a promise. */
export type RequestHandlers<C extends Contract> = {
  [K in keyof C["requests"]]: (
    argument: C["requests"][K][0],
  ) => C["requests"][K][1] | Promise<C["requests"][K][1]>;
};

/** Listeners for the events of a contract. */
export type EventHandlers<C extends Contract> = {
  [K in keyof C["events"]]: (argument: C["events"][K]) => void;
};

/** An error in the form that structured cloning and JSON both keep. */
export interface RemoteError {
  name: string;
  message: string;
  stack?: string;
  /** What kind of thing went wrong; absent where nothing is done about it. */
  fault?: Fault;
}

/** One message on the wire. */
export type WireMessage =
  | { kind: "request"; id: number; name: string; argument: unknown }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number; error: RemoteError }
  | { kind: "event"; name: string; argument: unknown };

interface PendingRequest {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One end of a channel: sends what `Remote` declares, serves what `Local` declares. */
export class Rpc<Local extends Contract, Remote extends Contract> {
  private readonly pending = new Map<number, PendingRequest>();
  private nextId = 1;
  private closedBy: Error | undefined;

  constructor(
    private readonly post: (message: WireMessage) => void,
    private readonly requestHandlers: RequestHandlers<Local>,
    private readonly eventHandlers: EventHandlers<Remote>,
  ) {}

  /** Asks the other side; rejects with its error, or when the channel is closed before the answer. */
  request<K extends keyof Remote["requests"] & string>(
    name: K,
    argument: Remote["requests"][K][0],
  ): Promise<Remote["requests"][K][1]> {
    if (this.closedBy) return Promise.reject(this.closedBy);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      try {
        this.post({ kind: "request", id, name, argument });
      } catch (error) {
        this.pending.delete(id);
        reject(toError(error));
      }
    });
  }

  /** Tells the other side something; nothing comes back. */
  emit<K extends keyof Local["events"] & string>(
    name: K,
    argument: Local["events"][K],
  ): void {
    if (!this.closedBy) this.post({ kind: "event", name, argument });
  }

  /** Takes one message that came from the other side. */
  receive(message: WireMessage): void {
    switch (message.kind) {
      case "request":
        void this.serve(message.id, message.name, message.argument);
        return;
      case "result":
        this.take(message.id)?.resolve(message.value);
        return;
      case "error":
        this.take(message.id)?.reject(fromRemoteError(message.error));
        return;
      case "event":
        this.eventHandlers[message.name]?.(
          message.argument as Remote["events"][string],
        );
        return;
    }
  }

  /** Rejects everything that is still waiting, and whatever is asked from now on. */
  close(reason: Error): void {
    this.closedBy = reason;
    for (const request of this.pending.values()) request.reject(reason);
    this.pending.clear();
  }

  private take(id: number): PendingRequest | undefined {
    const request = this.pending.get(id);
    this.pending.delete(id);
    return request;
  }

  private async serve(
    id: number,
    name: string,
    argument: unknown,
  ): Promise<void> {
    let answer: WireMessage;
    try {
      const handler = this.requestHandlers[name];
      if (!handler) {
        throw new TypeError(`Cannot serve request "${name}": no such handler`);
      }
      const value = await handler(argument);
      answer = { kind: "result", id, value };
    } catch (error) {
      answer = { kind: "error", id, error: toRemoteError(error) };
    }
    if (this.closedBy) return;
    try {
      this.post(answer);
    } catch (error) {
      // The result could not be cloned: the asker must still hear of it.
      this.post({ kind: "error", id, error: toRemoteError(error) });
    }
  }
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Strips an error to what every channel keeps. */
function toRemoteError(value: unknown): RemoteError {
  const error = toError(value);
  const fault = faultOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(fault.code === "unknown" ? {} : { fault }),
  };
}

/** Makes an `Error` again, with the stack of the side where it happened. */
function fromRemoteError(remote: RemoteError): Error {
  const error = remote.fault
    ? new FaultError(remote.message, remote.fault)
    : new Error(remote.message);
  error.name = remote.name;
  if (remote.stack !== undefined) error.stack = remote.stack;
  return error;
}
