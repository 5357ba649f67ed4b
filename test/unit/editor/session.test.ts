import assert from "node:assert/strict";
import type { LongResult } from "../../../src/writing/longGeneration";
import {
  GenerationSession,
  type WriteOrder,
} from "../../../src/editor/generate/session";

/** A session whose texts are written when the test says so. */
function createSession() {
  const orders: WriteOrder[] = [];
  const running: {
    progress: (text: string) => void;
    end: (text: string) => void;
    fail: (message: string) => void;
    signal: AbortSignal;
  }[] = [];
  let numChanges = 0;
  const session = new GenerationSession(
    (order, { signal, onProgress }) => {
      orders.push(order);
      return new Promise<LongResult>((resolve, reject) => {
        const figures = (text: string) => ({
          text,
          tokens: 1,
          tokensPerSecond: 50,
          firstTokenMs: 1,
        });
        running.push({
          signal,
          progress: (text) => onProgress(figures(text)),
          end: (text) => resolve({ ...figures(text), end: "natural" }),
          fail: (message) => reject(new Error(message)),
        });
      });
    },
    () => numChanges++,
  );
  return { session, orders, running, changes: () => numChanges };
}

suite("GenerationSession", () => {
  test("GenerationSession.another() shows a text while it grows and when it has ended", async () => {
    const { session, running } = createSession();
    const written = session.another();
    running[0]!.progress("One");
    assert.equal(session.current!.text, "One");
    assert.equal(session.isWriting, true);
    running[0]!.end("One two.");
    await written;
    assert.deepEqual(session.current, {
      text: "One two.",
      isWriting: false,
      tokensPerSecond: 50,
      end: "natural",
    });
    assert.equal(session.isWriting, false);
  });

  test("GenerationSession.another() keeps the earlier results to step through", async () => {
    const { session, running, orders } = createSession();
    for (const text of ["First.", "Second.", "Third."]) {
      const written = session.another();
      running.at(-1)!.end(text);
      await written;
    }
    const seen = [session.current!.text];
    for (const distance of [1, 1, -1, -1] as const) {
      session.step(distance);
      seen.push(session.current!.text);
    }
    assert.deepEqual(seen, ["Third.", "First.", "Second.", "First.", "Third."]);
    assert.deepEqual(
      orders.map(({ attempt, others }) => [attempt, others]),
      [
        [0, []],
        [1, ["First."]],
        [2, ["First.", "Second."]],
      ],
    );
  });

  test("GenerationSession.stop() keeps what is there and takes nothing more", async () => {
    const { session, running } = createSession();
    const written = session.another();
    running[0]!.progress("Some");
    session.stop();
    assert.equal(running[0]!.signal.aborted, true);
    running[0]!.progress("Some more");
    running[0]!.end("Some more text.");
    await written;
    assert.equal(session.current!.text, "Some");
    assert.equal(session.current!.end, "stopped");
    assert.equal(session.isWriting, false);
  });

  test("GenerationSession.another() ends what is being written and keeps it as a result", async () => {
    const { session, running } = createSession();
    const first = session.another();
    running[0]!.progress("Some");
    const second = session.another();
    running[0]!.end("late");
    running[1]!.end("Other.");
    await Promise.all([first, second]);
    assert.deepEqual(
      session.results.map(({ text, isWriting }) => [text, isWriting]),
      [
        ["Some", false],
        ["Other.", false],
      ],
    );
  });

  test("GenerationSession.longer() writes on and GenerationSession.shorter() takes sentences away", async () => {
    const { session, running, orders } = createSession();
    const written = session.another();
    running[0]!.end("One day. Two days.");
    await written;
    session.shorter();
    assert.equal(session.current!.text, "One day.");
    session.shorter();
    assert.equal(session.current!.text, "One day.");
    const longer = session.longer();
    assert.deepEqual(orders[1], {
      textBefore: "One day.",
      attempt: 1,
      others: [],
    });
    running[1]!.progress(" And");
    assert.equal(session.current!.text, "One day. And");
    running[1]!.end(" And a night.");
    await longer;
    assert.equal(session.current!.text, "One day. And a night.");
    assert.equal(session.results.length, 1);
  });

  test("a failure is told and leaves what was written", async () => {
    const { session, running } = createSession();
    const written = session.another();
    running[0]!.progress("Some");
    running[0]!.fail("out of memory");
    await written;
    assert.deepEqual(
      [session.current!.text, session.current!.end, session.current!.error],
      ["Some", "failed", "out of memory"],
    );
  });

  test("GenerationSession.close() tells nobody of anything any more", async () => {
    const { session, running, changes } = createSession();
    const written = session.another();
    const before = changes();
    session.close();
    running[0]!.end("late");
    await written;
    assert.equal(changes(), before);
  });
});
