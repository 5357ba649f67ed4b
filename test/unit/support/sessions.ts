// Sessions for a suite: made from graphs, released after its last test, and counted, so that a session that the code
// under test makes and does not release fails the suite.

import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import {
  createSession,
  type Session,
  type Tensor,
} from "../../../src/runtime/session";

/** Registers the check with the running suite; returns a function that loads a graph for the rest of the suite. */
export function useSessions(): (
  graph: Uint8Array,
  weightsFolder?: string,
) => Promise<Session> {
  const owned: Session[] = [];
  const counts = { created: 0, released: 0 };
  const create = ort.InferenceSession.create;

  suiteSetup(() => {
    ort.InferenceSession.create = async (...args: unknown[]) => {
      const session = await (
        create as (...args: unknown[]) => Promise<ort.InferenceSession>
      ).apply(ort.InferenceSession, args);
      counts.created++;
      const release = session.release.bind(session);
      session.release = async () => {
        await release();
        counts.released++;
      };
      return session;
    };
  });
  suiteTeardown(async () => {
    ort.InferenceSession.create = create;
    for (const session of owned) await session.release();
    assert.deepEqual(
      counts,
      { created: counts.created, released: counts.created },
      "every session is released once",
    );
  });

  return async (graph, weightsFolder = ".") => {
    const session = await createSession(graph, { weightsFolder, threads: 1 });
    owned.push(session);
    return session;
  };
}

/** A tensor's numbers as plain ones. */
export function numbersOf({ data }: Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}
