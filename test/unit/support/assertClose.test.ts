import assert from "node:assert/strict";
import { assertClose } from "./assertClose";

suite("assertClose()", () => {
  test("takes what is within the tolerances", () => {
    assertClose([1, 2.05], [1, 2], { name: "pair", atol: 0.06 });
    assertClose([1, 2.05], [1, 2], { name: "pair", rtol: 0.03 });
    assertClose([-Infinity], [-Infinity], { name: "infinities" });
  });

  test("names the place and the size of the largest difference", () => {
    const actual = { data: [0, 1, 2, 3, 4, 7], dims: [2, 3] };
    const expected = { data: [0, 1, 2, 3.5, 4, 5], dims: [2, 3] };
    assert.throws(
      () => assertClose(actual, expected, { name: "x", atol: 0.1 }),
      /^AssertionError.*: x \[2, 3\]: 2 of 6 .* difference is 2 at \[1, 2\], 7 instead of 5/,
    );
  });

  test("refuses other shapes, and numbers that are none", () => {
    const name = "x";
    assert.throws(() => assertClose([1, 2], [1], { name }), /shape of x/);
    assert.throws(
      () => assertClose([NaN], [1], { name, atol: 9 }),
      /1 of 1 .* NaN instead of 1/,
    );
    assert.throws(() => assertClose([1], [NaN], { name, atol: 9 }));
    assert.throws(() => assertClose([Infinity], [1], { name, rtol: 9 }));
  });
});
