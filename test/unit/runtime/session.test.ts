import assert from "node:assert/strict";
import { GraphBuilder } from "../../../src/onnx/graphBuilder";
import * as onnx from "../../../src/onnx/operators";
import {
  createSession,
  type Session,
  type Tensor,
  type TensorType,
} from "../../../src/runtime/session";
import { floats, int32s, int64s, tensor } from "../../../src/runtime/tensors";
import { numbersOf, useSessions } from "../support/sessions";

/** y = x + a, z = -y. */
function addAndNegate(): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", ["N"]);
  const a = graph.input("a", "float32", []);
  const y = onnx.add(graph, [x, a]);
  const z = onnx.neg(graph, y);
  graph.output("y", y, { type: "float32", shape: ["N"] });
  graph.output("z", z, { type: "float32", shape: ["N"] });
  return graph.toBytes();
}

suite("createSession()", () => {
  const load = useSessions();
  const feeds = { x: floats([1, 2], [2]), a: floats([10]) };
  let session: Session;

  suiteSetup(async () => {
    session = await load(addAndNegate());
  });

  test("run() gives the outputs that are asked for, and no others", async () => {
    assert.deepEqual(session.inputNames, ["x", "a"]);
    const outputs = await session.run(feeds, ["z"]);
    assert.deepEqual(Object.keys(outputs), ["z"]);
    const { type, dims } = outputs["z"]!;
    assert.deepEqual([type, [...dims]], ["float32", [2]]);
    assert.deepEqual(numbersOf(outputs["z"]!), [-11, -12]);
  });

  test("run() takes what another run gave", async () => {
    const { y } = await session.run(feeds, ["y"]);
    const { z } = await session.run({ ...feeds, x: y! }, ["z"]);
    assert.deepEqual(numbersOf(z!), [-21, -22]);
  });

  test("run() leaves its feeds as they were", async () => {
    const x = floats([1, 2], [2]);
    await session.run({ ...feeds, x }, ["y", "z"]);
    assert.deepEqual([...x.data], [1, 2]);
  });

  test("run() rejects for an input that is missing, of another type, or an output that is not there", async () => {
    await assert.rejects(session.run({ x: feeds.x }, ["y"]), /'a' is missing/);
    const x = int64s([1, 2]);
    await assert.rejects(session.run({ ...feeds, x }, ["y"]), /data type/);
    await assert.rejects(session.run(feeds, ["w"]), /output name: w/);
  });

  test("rejects bytes that are no graph", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    await assert.rejects(
      createSession(bytes, { weightsFolder: ".", threads: 1 }),
      /protobuf|model/i,
    );
  });

  test("release() frees the session, which then runs no more", async () => {
    const options = { weightsFolder: ".", threads: 1 };
    const own = await createSession(addAndNegate(), options);
    await own.release();
    await assert.rejects(own.run(feeds, ["y"]));
  });

  test("works without a memory arena and with more threads than one", async () => {
    const own = await createSession(addAndNegate(), {
      weightsFolder: ".",
      threads: 2,
      useMemoryArena: false,
    });
    const { y } = await own.run(feeds, ["y"]);
    assert.deepEqual(numbersOf(y!), [11, 12]);
    await own.release();
  });

  test("tensors of every type cross the border and come back", async () => {
    const tensors: Tensor[] = [
      tensor("float32", Float32Array.of(0.5, -1), [1, 2]),
      tensor("int64", BigInt64Array.of(2n ** 60n, -1n), [2]),
      tensor("int32", Int32Array.of(2 ** 31 - 1, -1), [2, 1]),
      tensor("int8", Int8Array.of(-128, 127), [2]),
      tensor("uint8", Uint8Array.of(0, 255), [2]),
      tensor("bool", Uint8Array.of(1, 0), [2]),
    ];
    for (const input of tensors) {
      const output = await passThrough(input.type, input);
      const { type, data, dims } = output;
      assert.deepEqual(
        { type, data, dims: [...dims] },
        { type: input.type, data: input.data, dims: [...input.dims] },
      );
    }
  });

  async function passThrough(type: TensorType, input: Tensor): Promise<Tensor> {
    const graph = new GraphBuilder();
    const shape = [...input.dims];
    const x = graph.input("x", type, shape);
    graph.output("y", graph.single("Identity", [x]), { type, shape });
    const own = await load(graph.toBytes());
    return (await own.run({ x: input }, ["y"]))["y"]!;
  }
});

suite("tensors", () => {
  test("tensor() does not copy its data", () => {
    const data = Int8Array.of(1, 2);
    assert.equal(tensor("int8", data, [2]).data, data);
  });

  test("int64s() and int32s() are vectors unless told otherwise", () => {
    assert.deepEqual(int64s([1, -2]), {
      type: "int64",
      data: BigInt64Array.of(1n, -2n),
      dims: [2],
    });
    assert.deepEqual(int64s([5], []).dims, []);
    assert.deepEqual(int32s([1, 2, 3, 4], [2, 2]), {
      type: "int32",
      data: Int32Array.of(1, 2, 3, 4),
      dims: [2, 2],
    });
  });

  test("floats() is a scalar unless told otherwise", () => {
    assert.deepEqual(floats([0.5]), {
      type: "float32",
      data: Float32Array.of(0.5),
      dims: [],
    });
    assert.deepEqual(floats([1, 2], [2]).dims, [2]);
  });
});
