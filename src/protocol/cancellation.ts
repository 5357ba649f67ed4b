// Cancels running calls through shared memory, since a thread that is inside a run reads no messages.

const NUM_SLOTS = 256;

/** A flag for each of the last 256 calls: slot `callId % 256` holds the id of a call that was cancelled there. */
export class CancellationFlags {
  private readonly slots: Int32Array;

  constructor(
    readonly buffer = new SharedArrayBuffer(
      NUM_SLOTS * Int32Array.BYTES_PER_ELEMENT,
    ),
  ) {
    this.slots = new Int32Array(buffer);
  }

  cancel(callId: number): void {
    Atomics.store(this.slots, callId % NUM_SLOTS, callId);
  }

  isCancelled(callId: number): boolean {
    return Atomics.load(this.slots, callId % NUM_SLOTS) === callId;
  }
}
