import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { floats, int64s } from "../../../src/runtime/tensors";
import { GraphBuilder } from "../../../src/onnx/graphBuilder";
import { int } from "../../../src/onnx/attributes";
import * as onnx from "../../../src/onnx/operators";
import { numbersOf, useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("GraphBuilder", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();
  const vector = { type: "float32" as const, shape: ["N"] };

  test("external() reads bytes at any offset, aligned or not", async () => {
    const file = Buffer.alloc(64, 0xff);
    const offsets = [0, 9, 27, 46];
    offsets.forEach((offset, index) => {
      file.writeFloatLE(index + 1, offset);
      file.writeFloatLE(10 * (index + 1), offset + 4);
    });
    writeFileSync(inFolder("weights.bin"), file);
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", ["N"]);
    offsets.forEach((offset, index) => {
      const bytes = { fileName: "weights.bin", offset, sizeBytes: 8 };
      const weight = graph.external("float32", [2], bytes);
      graph.output(`y${index}`, onnx.mul(graph, [x, weight]), vector);
    });
    const session = await load(graph.toBytes(), inFolder());
    const names = offsets.map((_, index) => `y${index}`);
    const outputs = await session.run({ x: floats([1, 1], [2]) }, names);
    assert.deepEqual(
      names.map((name) => numbersOf(outputs[name]!)),
      [
        [1, 10],
        [2, 20],
        [3, 30],
        [4, 40],
      ],
    );
  });

  test("external() can reach no file outside of the weights' folder", async () => {
    mkdirSync(inFolder("below"));
    writeFileSync(inFolder("outside.bin"), Buffer.alloc(8));
    const graph = new GraphBuilder();
    const bytes = { fileName: "../outside.bin", offset: 0, sizeBytes: 8 };
    const weight = graph.external("float32", [2], bytes);
    graph.output("y", onnx.neg(graph, weight), vector);
    await assert.rejects(load(graph.toBytes(), inFolder("below")), /escapes/);
  });

  test("output() renames a value for the nodes that use it, before and after", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", ["N"]);
    const negated = onnx.neg(graph, x);
    const before = onnx.exp(graph, negated);
    graph.output("negated", negated, vector);
    const after = onnx.abs(graph, negated);
    graph.output("before", before, vector);
    graph.output("after", after, vector);
    assert.equal(negated.name, "negated");
    const session = await load(graph.toBytes());
    const outputs = await session.run({ x: floats([0, 1], [2]) }, [
      "negated",
      "before",
      "after",
    ]);
    assert.deepEqual(numbersOf(outputs["negated"]!), [-0, -1]);
    assert.deepEqual(numbersOf(outputs["before"]!), [
      1,
      Math.fround(Math.exp(-1)),
    ]);
    assert.deepEqual(numbersOf(outputs["after"]!), [0, 1]);
  });

  test("output() refuses what no node of the graph computes", () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", ["N"]);
    const body = new GraphBuilder(graph);
    const inner = onnx.neg(body, x);
    for (const value of [x, graph.floats([1]), inner]) {
      assert.throws(
        () => graph.output("y", value, vector),
        new TypeError(
          `Cannot make "${value.name}" the output "y": no node of this graph computes it, expected one`,
        ),
      );
    }
    body.output("y", inner, vector);
  });

  test("inline() takes the bytes of a view alone", async () => {
    const graph = new GraphBuilder();
    const view = Int32Array.of(1, 2, 3, 4).subarray(1, 3);
    const x = graph.input("x", "int32", [2]);
    const sum = onnx.add(graph, [x, graph.inline("int32", view, [2])]);
    graph.output("y", sum, { type: "int32", shape: [2] });
    const session = await load(graph.toBytes());
    const x12 = { type: "int32" as const, data: Int32Array.of(10, 20) };
    const { y } = await session.run({ x: { ...x12, dims: [2] } }, ["y"]);
    assert.deepEqual(numbersOf(y!), [12, 23]);
  });

  test("floats() and ints() make a scalar and a vector unless told otherwise", async () => {
    const graph = new GraphBuilder();
    const shapes = {
      scalar: graph.floats([1]),
      matrix: graph.floats([1, 2], [1, 2]),
      vector: graph.ints([1, 2, 3]),
      intScalar: graph.ints([1], []),
      none: graph.ints([], [0]),
    };
    for (const [name, value] of Object.entries(shapes)) {
      const type = "int64";
      graph.output(name, onnx.shape(graph, value), { type, shape: ["N"] });
    }
    const session = await load(graph.toBytes());
    const outputs = await session.run({}, Object.keys(shapes));
    const dims = Object.keys(shapes).map((name) => numbersOf(outputs[name]!));
    assert.deepEqual(dims, [[], [1, 2], [3], [], [0]]);
  });

  test("node() leaves out optional inputs and outputs", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [3]);
    const [distinct, counts] = graph.node("Unique", [x], {
      outputs: [true, false, false, true],
    });
    // The second input of Clip is its lower bound, the third the upper one.
    const clipped = graph.single("Clip", [x, undefined, graph.floats([2])]);
    graph.output("distinct", distinct!, { type: "float32", shape: ["D"] });
    graph.output("counts", counts!, { type: "int64", shape: ["D"] });
    graph.output("clipped", clipped, { type: "float32", shape: [3] });
    assert.equal(graph.numNodes, 2);
    const session = await load(graph.toBytes());
    const feeds = { x: floats([7, -5, 7], [3]) };
    const names = ["distinct", "counts", "clipped"];
    const outputs = await session.run(feeds, names);
    assert.deepEqual(
      names.map((name) => numbersOf(outputs[name]!)),
      [
        [-5, 7],
        [1, 2],
        [2, -5, 2],
      ],
    );
  });

  test("a subgraph sees the values around it and declares its constants in the root", async () => {
    const graph = new GraphBuilder();
    const rounds = graph.input("rounds", "int64", []);
    const start = graph.input("start", "float32", [1]);
    const factor = graph.floats([3]);
    const body = new GraphBuilder(graph);
    body.input("round", "int64", []);
    const condition = body.input("condition", "bool", []);
    const state = body.input("state", "float32", [1]);
    const product = onnx.mul(body, [state, factor]);
    const next = onnx.add(body, [product, body.floats([1])]);
    const goesOn = onnx.not(body, onnx.not(body, condition));
    body.output("goesOn", goesOn, { type: "bool", shape: [] });
    body.output("next", next, { type: "float32", shape: [1] });
    const [end] = graph.node("Loop", [rounds, undefined, start], {
      attributes: { body: { graph: body } },
    });
    graph.output("end", end!, { type: "float32", shape: [1] });
    assert.deepEqual(body.toProto("body").initializer, []);
    const session = await load(graph.toBytes());
    const outputs = await session.run(
      { rounds: int64s([3], []), start: floats([1], [1]) },
      ["end"],
    );
    // 1, 4, 13, 40
    assert.deepEqual(numbersOf(outputs["end"]!), [40]);
  });

  test("names are unique in a graph and those below it", () => {
    const graph = new GraphBuilder();
    const bodies = [new GraphBuilder(graph), new GraphBuilder(graph)];
    const x = graph.input("x", "float32", ["N"]);
    const names = [graph, ...bodies].flatMap((builder, index) => [
      onnx.neg(builder, x).name,
      builder.floats([index]).name,
      builder.ints([index]).name,
    ]);
    assert.equal(new Set(names).size, names.length);
  });

  test("floats() and ints() write the same small constant once", () => {
    const graph = new GraphBuilder();
    const below = new GraphBuilder(graph);
    assert.equal(graph.floats([1, 2]), below.floats([1, 2]));
    assert.equal(graph.ints([3]), below.ints([3]));
    const others = [
      graph.floats([0]),
      graph.floats([-0]),
      graph.floats([0], [1]),
      graph.ints([0]),
      graph.ints([0], []),
    ];
    assert.equal(new Set(others).size, others.length);
  });

  test("input() fixes sizes that are numbers and leaves those that are names", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [2, "N"]);
    graph.output("y", onnx.neg(graph, x), {
      type: "float32",
      shape: [2, "N"],
    });
    const session = await load(graph.toBytes());
    assert.deepEqual(session.inputNames, ["x"]);
    for (const width of [1, 3]) {
      const zeros = floats(new Float32Array(2 * width), [2, width]);
      const { y } = await session.run({ x: zeros }, ["y"]);
      assert.deepEqual([...y!.dims], [2, width]);
    }
    await assert.rejects(session.run({ x: floats([1], [1, 1]) }, ["y"]), /x/);
  });

  test("toBytes() writes attributes of every kind", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [1, 2]);
    const leaky = graph.single("LeakyRelu", [x], {
      attributes: { alpha: { float: 0.5 } },
    });
    const flipped = graph.single("Transpose", [leaky], {
      attributes: { perm: { ints: [1, 0] } },
    });
    const gelu = graph.single("Gelu", [flipped], {
      attributes: { approximate: { string: "tanh" } },
    });
    const cast = graph.single("Cast", [gelu], { attributes: { to: int(7) } });
    graph.output("y", cast, { type: "int64", shape: [2, 1] });
    const session = await load(graph.toBytes());
    const { y } = await session.run({ x: floats([-2, 4], [1, 2]) }, ["y"]);
    // gelu(-1) = -0.159 is cut to 0, gelu(4) = 3.9999 to 3.
    assert.deepEqual([...y!.dims], [2, 1]);
    assert.deepEqual(numbersOf(y!), [0, 3]);
  });
});
