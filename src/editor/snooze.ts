// A pause of some minutes in all documents of this window.

import * as vscode from "vscode";

/** Longest pause: a day. Longer ones overflow the timer and are a case for turning Inkling off. */
const MAX_MINUTES = 24 * 60;

/** The pause, if one is running. */
export class Snooze implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  /** Fires when a pause begins and when it ends. */
  readonly onDidChange = this.emitter.event;
  private timer: NodeJS.Timeout | undefined;
  private end: Date | undefined;

  /** When the pause ends; undefined while there is none. */
  get until(): Date | undefined {
    return this.end;
  }

  start(minutes: number): void {
    const durationMs = Math.min(minutes, MAX_MINUTES) * 60_000;
    this.change(new Date(Date.now() + durationMs));
    this.timer = setTimeout(() => this.stop(), durationMs);
  }

  stop(): void {
    this.change(undefined);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.emitter.dispose();
  }

  private change(end: Date | undefined): void {
    clearTimeout(this.timer);
    this.end = end;
    this.emitter.fire();
  }
}
