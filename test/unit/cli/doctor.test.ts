import assert from "node:assert/strict";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  failed,
  formatBytes,
  formatChecks,
  guarded,
  passed,
} from "../../../src/cli/doctor/check";
import {
  checkCacheFolder,
  checkNode,
  checkPlatform,
  compareVersions,
} from "../../../src/cli/doctor/machine";
import { checkModelFolder } from "../../../src/cli/doctor/model";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { makeTinyModel, removeTinyModel } from "../support/tinyModel";

suite("Checks of the doctor", () => {
  const inFolder = useTemporaryFolder();

  test("formatChecks() tells what to do about each failure", () => {
    const text = formatChecks([
      passed("Node.js", "20.20.2"),
      failed("Disk", { found: "full", advice: "make room" }),
    ]);
    assert.deepEqual(text.split("\n"), [
      "ok      Node.js  20.20.2",
      "failed  Disk     full",
      "                 What to do: make room",
      "",
      "1 of 2 checks failed.",
    ]);
    assert.match(formatChecks([passed("a", "b")]), /All is well\.$/);
  });

  test("guarded() makes a failure of what is thrown", async () => {
    const check = await guarded("Model", {
      advice: "import it again",
      run: () => {
        throw new Error("it is broken");
      },
    });
    assert.deepEqual(
      check,
      failed("Model", { found: "it is broken", advice: "import it again" }),
    );
  });

  test("formatBytes() keeps about three digits", () => {
    const check = (bytes: number, expected: string) =>
      assert.equal(formatBytes(bytes), expected);
    check(0, "0 B");
    check(999, "999 B");
    check(1000, "1.0 kB");
    check(98_900_000, "98.9 MB");
    check(446_000_000, "446 MB");
    check(999_900_000, "1.0 GB");
    check(25e9, "25.0 GB");
  });

  test("compareVersions() compares numbers, not letters", () => {
    assert.ok(compareVersions("20.20.2", "20.9") > 0);
    assert.ok(compareVersions("20.19", "20.19.1") < 0);
    assert.equal(compareVersions("20.19.0", "20.19"), 0);
    assert.equal(checkNode("20.20.2", "20.19").isOk, true);
    assert.equal(checkNode("18.20.0", "20.19").isOk, false);
  });

  test("checkPlatform() knows where ONNX Runtime runs", () => {
    assert.equal(checkPlatform("linux-x64").isOk, true);
    assert.equal(checkPlatform("darwin-x64").isOk, false);
  });

  test("checkCacheFolder() looks at the disk of a folder that is not there yet", () => {
    const check = (bytes: number) =>
      checkCacheFolder(inFolder("not", "there", "yet"), bytes).isOk;
    assert.equal(check(0), true);
    assert.equal(check(1), true);
    assert.equal(check(1e18), false);
  });

  test("checkModelFolder() names what a folder lacks", async () => {
    const tiny = makeTinyModel(1);
    try {
      const states = async () =>
        Object.fromEntries(
          (await checkModelFolder(tiny.directory)).checks.map((check) => [
            check.name,
            check.isOk,
          ]),
        );
      const whole = {
        Model: true,
        "Model folder": true,
        Tokenizer: false,
        Calibration: true,
      };
      assert.deepEqual(await states(), whole);
      writeFileSync(path.join(tiny.directory, "tokenizer.json"), "{}");
      writeFileSync(path.join(tiny.directory, "calibration.json"), "{}");
      assert.deepEqual(await states(), {
        ...whole,
        Tokenizer: true,
        Calibration: false,
      });
      const weights = path.join(tiny.directory, "model.safetensors");
      copyFileSync(path.join(tiny.directory, "config.json"), weights);
      assert.deepEqual(await states(), { Model: false });
      rmSync(weights);
      assert.deepEqual(await states(), { Model: false });
    } finally {
      removeTinyModel(tiny);
    }
  });
});
