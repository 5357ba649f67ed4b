import assert from "node:assert/strict";
import {
  floatToHalf,
  halfToFloat,
  widenBfloats,
} from "../../../src/formats/float16";

suite("float16", () => {
  test("floatToHalf() undoes halfToFloat() for every number", () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
      if (isNan) assert.ok(Number.isNaN(halfToFloat(bits)));
      else assert.equal(floatToHalf(halfToFloat(bits)), bits);
    }
  });

  test("halfToFloat() knows IEEE's landmarks", () => {
    const check = (bits: number, value: number) =>
      assert.equal(halfToFloat(bits), value);
    check(0x3c00, 1);
    check(0xc000, -2);
    check(0x7bff, 65_504);
    check(0x0400, 2 ** -14);
    check(0x0001, 2 ** -24);
    check(0x7c00, Infinity);
  });

  test("floatToHalf() rounds to the nearest, ties to even", () => {
    const check = (value: number, bits: number) =>
      assert.equal(floatToHalf(value), bits);
    check(1 + 2 ** -11, 0x3c00);
    check(1 + 3 * 2 ** -11, 0x3c02);
    check(1 + 2 ** -11 + 2 ** -20, 0x3c01);
    check(65_519, 0x7bff);
    check(65_520, 0x7c00);
    check(2 ** -25, 0);
    check(3 * 2 ** -25, 2);
    check(-(2 ** -14) + 2 ** -26, 0x8400);
    check(NaN, 0x7e00);
  });

  test("widenBfloats() gives the upper half of fp32", () => {
    const out = new Float32Array(2);
    widenBfloats(Uint16Array.of(0x3f80, 0xc049), out);
    assert.deepEqual([...out], [1, -3.140625]);
  });
});
