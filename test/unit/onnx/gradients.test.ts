// Each gradient rule against central differences, and what the walk back leaves out.
// The errors as numbers: npm run bench:gradients

import assert from "node:assert/strict";
import { gradients } from "../../../src/onnx/gradients";
import { GraphBuilder } from "../../../src/onnx/graphBuilder";
import * as onnx from "../../../src/onnx/operators";
import {
  GRADIENT_CASES,
  largestRelativeError,
} from "../support/gradientChecks";
import { useSessions } from "../support/sessions";

/** A rule in float64 is as exact as the difference quotient, one in float32 as its rounding. */
const FLOAT64_TOLERANCE = 1e-8;
const FLOAT32_TOLERANCE = 5e-7;

suite("gradients()", () => {
  const load = useSessions();

  for (const each of GRADIENT_CASES) {
    test(`agrees with central differences: ${each.name}`, async () => {
      const error = await largestRelativeError(each, load);
      const allowed = each.plain ? FLOAT32_TOLERANCE : FLOAT64_TOLERANCE;
      assert.ok(error < allowed, `relative error ${error}`);
    });
  }

  function differentiable() {
    const graph = new GraphBuilder(undefined, { isDifferentiable: true });
    const x = graph.input("x", "float32", [2]);
    const w = graph.input("w", "float32", [2]);
    return { graph, x, w };
  }
  const sum = (graph: GraphBuilder, y: Parameters<typeof onnx.reduceSum>[1]) =>
    onnx.reduceSum(graph, y, { axis: 0, keepDims: false });

  test("adds no node for what leads to no parameter", () => {
    const { graph, x, w } = differentiable();
    const deep = onnx.tanh(graph, onnx.tanh(graph, x));
    const loss = sum(graph, onnx.mul(graph, [deep, w]));
    const before = graph.numNodes;
    gradients(graph, { forward: graph, loss, parameters: [w] });
    // The sum's Reshape and Expand, and the product's Mul.
    assert.equal(graph.numNodes - before, 3);
  });

  test("refuses an operator without a rule on the way, and only there", () => {
    const { graph, x, w } = differentiable();
    const loss = sum(graph, onnx.mul(graph, [onnx.abs(graph, x), w]));
    gradients(graph, { forward: graph, loss, parameters: [w] });
    assert.throws(
      () => gradients(graph, { forward: graph, loss, parameters: [x] }),
      /Cannot differentiate Abs: it has no gradient rule/,
    );
  });

  test("refuses a parameter that the loss does not depend on", () => {
    const { graph, x, w } = differentiable();
    assert.throws(
      () =>
        gradients(graph, {
          forward: graph,
          loss: sum(graph, x),
          parameters: [w],
        }),
      /Cannot differentiate by "w"/,
    );
  });

  test("refuses a graph that kept no tape", () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [2]);
    assert.throws(
      () => gradients(graph, { forward: graph, loss: x, parameters: [x] }),
      /it kept no tape/,
    );
  });
});
