// Every quantised layout bit for bit against the package gguf (scripts/makeWeightFormatsGolden.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  dequantise,
  WEIGHT_FORMATS,
  type WeightFormat,
} from "../../../src/formats/weightFormats";

const { formats } = JSON.parse(
  readFileSync(
    path.join(__dirname, "../../fixtures/weightFormats.json"),
    "utf8",
  ),
) as { formats: Record<WeightFormat, { bytes: string; values: string }> };

suite("dequantise()", () => {
  test("knows every layout of the fixture and no other, float32 aside", () => {
    assert.deepEqual(
      Object.keys(WEIGHT_FORMATS).sort(),
      [...Object.keys(formats), "F32"].sort(),
    );
  });

  for (const [format, golden] of Object.entries(formats)) {
    test(`reads ${format} as gguf does, bit for bit`, () => {
      const bytes = Buffer.from(golden.bytes, "base64");
      const values = dequantise(bytes, format as WeightFormat);
      const expected = Buffer.from(golden.values, "base64");
      assert.deepEqual(Buffer.from(values.buffer), expected);
    });
  }
});
