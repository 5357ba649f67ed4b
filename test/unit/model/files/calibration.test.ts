// The scales of an int8 cache: measured, written, read back.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import {
  CALIBRATION_FILE,
  formatCalibration,
  readKvScales,
} from "../../../../src/model/files/calibration";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { calibrateKvScales } from "../../../../src/engine/calibrate";
import { assertClose } from "../../support/assertClose";
import { referenceForward } from "../../support/referenceLlama";
import { useSessions } from "../../support/sessions";
import { randomTokenIds } from "../../support/tinyGraphs";
import { makeTinyModel, removeTinyModel } from "../../support/tinyModel";

const NUM_CHANNELS = 32;

suite("calibration", () => {
  useSessions();
  let folder: ModelFolder;

  suiteSetup(() => {
    folder = makeTinyModel(13);
  });
  suiteTeardown(() => removeTinyModel(folder));

  const write = (content: unknown) =>
    writeFileSync(
      path.join(folder.directory, CALIBRATION_FILE),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  const rows = (...numbers: number[]) =>
    numbers.map((number) => new Array<number>(NUM_CHANNELS).fill(number));

  test("calibrateKvScales() gives each channel its largest magnitude and some room, over all windows", async () => {
    const windows = [1, 2].map((seed) => randomTokenIds(seed, { count: 12 }));
    const scales = await calibrateKvScales(folder, windows, { threads: 1 });
    const results = windows.map((ids) => referenceForward(folder, ids));
    for (const side of ["keys", "values"] as const) {
      for (let layer = 0; layer < 2; layer++) {
        const expected = Array.from({ length: NUM_CHANNELS }, (_, channel) => {
          const magnitudes = results.flatMap((result) =>
            result[side][layer]!.map((row) => Math.abs(row[channel]!)),
          );
          return (1.05 * Math.max(...magnitudes)) / 127;
        });
        assertClose(scales[side][layer]!, expected, {
          name: `${side} of layer ${layer}`,
          rtol: 1e-4,
        });
      }
    }
  });

  test("readKvScales() reads what formatCalibration() wrote, to five digits", () => {
    const scales = { keys: rows(0.0123456789, 1e-6), values: rows(2, 1 / 3) };
    write(formatCalibration(scales));
    assert.deepEqual(readKvScales(folder), {
      keys: rows(0.012346, 0.000001),
      values: rows(2, 0.33333),
    });
  });

  test("readKvScales() refuses scales that do not fit the model", () => {
    const sound = { keys: rows(1, 1), values: rows(1, 1) };
    const faults: unknown[] = [
      null,
      {},
      { kvScales: { keys: sound.keys } },
      { kvScales: { ...sound, values: rows(1) } },
      { kvScales: { ...sound, values: rows(1, 0) } },
      { kvScales: { ...sound, values: rows(1, -1) } },
      { kvScales: { ...sound, values: rows(1, 1e300) } },
      { kvScales: { ...sound, values: [rows(1)[0], "scales"] } },
      { kvScales: { ...sound, keys: [rows(1)[0], [1, 2]] } },
    ];
    for (const fault of faults) {
      write(fault);
      assert.throws(
        () => readKvScales(folder),
        /^TypeError: Cannot read .*calibration.json: kvScales do not fit the model, expected keys and values of 2 layers with 32 numbers each above 0, at most 10000$/,
      );
    }
    write("{");
    assert.throws(() => readKvScales(folder), /^SyntaxError: Cannot read/);
  });

  test("readKvScales() finds none where there is no file", () => {
    const other = makeTinyModel(1);
    try {
      assert.equal(readKvScales(other), undefined);
    } finally {
      removeTinyModel(other);
    }
  });
});
