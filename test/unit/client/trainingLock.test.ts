// The lock that keeps two processes from training into one place.

import assert from "node:assert/strict";
import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import {
  TrainingLock,
  TrainingLockedError,
  trainingLockFile,
  type LockHolder,
} from "../../../src/client/trainingLock";
import type { Processes } from "../../../src/client/processes";
import { useTemporaryFolder } from "../support/temporaryFolder";

/** A machine with chosen processes alive; one that is woken ends. */
function machine(
  processId: number,
  { alive, woken = [] }: { alive: Set<number>; woken?: number[] },
): Processes {
  return {
    hostname: "desk",
    processId,
    bootedAtMs: 0,
    isAlive: (id) => alive.has(id),
    startOf: (id) => `start of ${id}`,
    wake(id) {
      woken.push(id);
      alive.delete(id);
    },
  };
}

suite("TrainingLock", () => {
  const inFolder = useTemporaryFolder();
  let numFiles = 0;

  function lockOf(file: string, processes: Processes) {
    return new TrainingLock(file, {
      title: `window ${processes.processId}`,
      processes,
    });
  }

  function holderIn(file: string): LockHolder {
    return JSON.parse(readFileSync(file, "utf8")) as LockHolder;
  }

  test("TrainingLock.acquire() is refused while another process holds it", async () => {
    const file = inFolder(`${numFiles++}`);
    const alive = new Set([1, 2]);
    const first = lockOf(file, machine(1, { alive }));
    const second = lockOf(file, machine(2, { alive }));
    await first.acquire();
    await assert.rejects(second.acquire(), TrainingLockedError);
    assert.equal(second.findHolder()?.title, "window 1");
    first.release();
    assert.equal(second.findHolder(), undefined);
    await second.acquire();
    second.release();
  });

  test("TrainingLock.acquire() takes over from a process that is gone, and ends its paused trainer first", async () => {
    const file = inFolder(`${numFiles++}`);
    const alive = new Set([1, 2, 77]);
    const woken: number[] = [];
    const first = lockOf(file, machine(1, { alive }));
    await first.acquire();
    first.noteTrainer(77);
    alive.delete(1);
    const second = lockOf(file, machine(2, { alive, woken }));
    await second.acquire();
    assert.deepEqual(woken, [77]);
    assert.equal(holderIn(file).processId, 2);
    first.release();
    assert.equal(holderIn(file).processId, 2);
    second.release();
  });

  test("TrainingLock.acquire() takes over where another process has the holder's old id", async () => {
    const file = inFolder(`${numFiles++}`);
    const alive = new Set([1, 2]);
    const first = lockOf(file, machine(1, { alive }));
    await first.acquire();
    writeFileSync(
      file,
      JSON.stringify({ ...holderIn(file), processStart: "yesterday" }),
    );
    const second = lockOf(file, machine(2, { alive }));
    await second.acquire();
    assert.equal(holderIn(file).processId, 2);
    second.release();
    first.release();
  });

  test("TrainingLock.acquire() takes over where the heart has stopped, on any machine", async () => {
    const file = inFolder(`${numFiles++}`);
    const alive = new Set([1, 2]);
    const first = lockOf(file, machine(1, { alive }));
    await first.acquire();
    writeFileSync(
      file,
      JSON.stringify({ ...holderIn(file), hostname: "another" }),
    );
    const second = lockOf(file, machine(2, { alive }));
    await assert.rejects(second.acquire(), TrainingLockedError);
    const long = new Date(Date.now() - 10 * 60_000);
    utimesSync(file, long, long);
    await second.acquire();
    assert.equal(holderIn(file).processId, 2);
    second.release();
    first.release();
  });

  test("TrainingLock.acquire() takes over a file that was left half-written", async () => {
    const file = inFolder(`${numFiles++}`);
    writeFileSync(file, '{"hostname": "de');
    const long = new Date(Date.now() - 60_000);
    utimesSync(file, long, long);
    const lock = lockOf(file, machine(3, { alive: new Set([3]) }));
    await lock.acquire();
    assert.equal(holderIn(file).processId, 3);
    lock.release();
  });
});

suite("trainingLockFile()", () => {
  const one = trainingLockFile("shared", ["file:///a", "file:///b"]);

  test("trainingLockFile() is the same for two windows on the same folders, in any order", () => {
    assert.equal(trainingLockFile("shared", ["file:///b", "file:///a"]), one);
  });
  test("trainingLockFile() is another for other folders", () => {
    assert.notEqual(trainingLockFile("shared", ["file:///a"]), one);
  });
});
