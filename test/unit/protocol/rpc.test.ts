import assert from "node:assert/strict";
import { CancellationFlags } from "../../../src/protocol/cancellation";
import { Rpc } from "../../../src/protocol/rpc";

interface Calculator {
  requests: {
    divide: [{ by: number }, number];
    uncloneable: [null, unknown];
    never: [null, null];
  };
  events: { tick: number };
}
interface Nothing {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

/** Two ends joined by a channel that clones, as threads do. */
function connect() {
  const ticks: number[] = [];
  const server: Rpc<Calculator, Nothing> = new Rpc<Calculator, Nothing>(
    (message) => client.receive(structuredClone(message)),
    {
      divide: ({ by }) => {
        if (by === 0) throw new RangeError("Cannot divide by 0");
        return 12 / by;
      },
      uncloneable: () => () => undefined,
      never: () => new Promise(() => undefined),
    },
    {},
  );
  const client: Rpc<Nothing, Calculator> = new Rpc<Nothing, Calculator>(
    (message) => server.receive(structuredClone(message)),
    {},
    { tick: (tick) => ticks.push(tick) },
  );
  return { server, client, ticks };
}

suite("Rpc", () => {
  test("Rpc.request() answers", async () => {
    const { client } = connect();
    assert.equal(await client.request("divide", { by: 4 }), 3);
  });

  test("Rpc.request() rejects with name and message of what the handler threw", async () => {
    const { client } = connect();
    await assert.rejects(client.request("divide", { by: 0 }), {
      name: "RangeError",
      message: "Cannot divide by 0",
    });
  });

  test("Rpc.request() rejects when the other side has no such handler", async () => {
    const { client } = connect();
    await assert.rejects(
      client.request("missing" as "divide", { by: 1 }),
      /Cannot serve request "missing"/,
    );
  });

  test("Rpc.request() rejects when the result cannot be cloned", async () => {
    const { client } = connect();
    await assert.rejects(client.request("uncloneable", null), {
      name: "DataCloneError",
    });
  });

  test("Rpc.request() rejects when the argument cannot be posted", async () => {
    const { client } = connect();
    const argument = { by: 1, extra: () => undefined };
    await assert.rejects(client.request("divide", argument), {
      name: "DataCloneError",
    });
  });

  test("Rpc.close() rejects what waits and what is asked later", async () => {
    const { client } = connect();
    const waiting = client.request("never", null);
    client.close(new Error("The thread is gone"));
    await assert.rejects(waiting, /The thread is gone/);
    await assert.rejects(
      client.request("divide", { by: 1 }),
      /The thread is gone/,
    );
  });

  test("Rpc.emit() reaches the listener of that event", () => {
    const { server, ticks } = connect();
    server.emit("tick", 7);
    assert.deepEqual(ticks, [7]);
  });
});

suite("CancellationFlags", () => {
  test("CancellationFlags.cancel() is seen through the shared buffer, for that call alone", () => {
    const flags = new CancellationFlags();
    const other = new CancellationFlags(flags.buffer);
    assert.equal(other.isCancelled(5), false);
    flags.cancel(5);
    assert.equal(other.isCancelled(5), true);
    assert.equal(other.isCancelled(5 + 256), false, "same slot, another call");
  });
});
