import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { LoadMarkers } from "../../../src/client/loadMarkers";
import type { Processes } from "../../../src/client/processes";

suite("LoadMarkers", () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "inkling-markers-"));
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  /** The markers as process `processId` sees them, where `alive` maps living processes to their starts. */
  function markersOf(
    processId: number,
    {
      alive = {},
      hostname = "here",
      bootedAtMs = 0,
    }: Partial<Pick<Processes, "hostname" | "bootedAtMs">> & {
      alive?: Record<number, string>;
    } = {},
  ): LoadMarkers {
    return new LoadMarkers(folder, {
      hostname,
      processId,
      bootedAtMs,
      isAlive: (id) => id in alive,
      startOf: (id) => alive[id] ?? "",
    });
  }

  test("LoadMarkers.findCrash() finds nothing in a new folder and after a load that went well", () => {
    const markers = markersOf(1, { alive: { 1: "a" } });
    assert.equal(markers.findCrash(), undefined);
    markers.write("model");
    markers.clear();
    assert.equal(markers.findCrash(), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });

  /** A load that some process did not outlive, which proves nothing alone. */
  function leaveOne(): void {
    markersOf(99).write("model");
  }

  test("LoadMarkers.findCrash() finds the second load in a row whose process is gone", () => {
    markersOf(1, { alive: { 1: "a" } }).write("model");
    const now = markersOf(3, { alive: { 3: "c" } });
    assert.equal(now.findCrash(), undefined);
    markersOf(2, { alive: { 2: "b" } }).write("model");
    const crash = now.findCrash();
    assert.ok(crash?.processId === 1 || crash?.processId === 2);
    assert.equal(crash.modelFolder, "model");
  });

  test("LoadMarkers.findCrash() leaves alone another window that is loading now", () => {
    leaveOne();
    const alive = { 1: "a", 2: "b" };
    markersOf(1, { alive }).write("model");
    const other = markersOf(2, { alive });
    assert.equal(other.findCrash(), undefined);
    other.write("model");
    other.clear();
    assert.equal(readdirSync(folder).length, 2, "the first one's is kept");
  });

  test("LoadMarkers.findCrash() sees through a process id that is used again, its own too", () => {
    leaveOne();
    markersOf(1, { alive: { 1: "a" } }).write("model");
    assert.ok(markersOf(2, { alive: { 1: "later", 2: "b" } }).findCrash());
    assert.ok(markersOf(1, { alive: { 1: "later" } }).findCrash());
  });

  test("LoadMarkers.findCrash() takes a marker from before the machine's start for a crash", () => {
    leaveOne();
    const alive = { 1: "", 2: "" };
    markersOf(1, { alive }).write("model");
    const bootedAtMs = Date.now() + 1000;
    assert.ok(markersOf(2, { alive, bootedAtMs }).findCrash());
  });

  test("LoadMarkers.findCrash() does not judge processes of another machine", () => {
    leaveOne();
    markersOf(1, { hostname: "there" }).write("model");
    assert.equal(markersOf(2).findCrash(), undefined);
  });

  test("LoadMarkers.findCrash() passes over files that are not markers", () => {
    leaveOne();
    writeFileSync(path.join(folder, "loading-1.json"), "{");
    writeFileSync(path.join(folder, "loading-2.json"), "{}");
    writeFileSync(path.join(folder, "notes.txt"), "hello");
    assert.equal(markersOf(3).findCrash(), undefined);
  });

  test("LoadMarkers.forgetCrashes() keeps the marker of a living load", () => {
    const alive = { 2: "b", 3: "c" };
    leaveOne();
    markersOf(1).write("model");
    markersOf(2, { alive }).write("model");
    const markers = markersOf(3, { alive });
    markers.forgetCrashes();
    assert.equal(markers.findCrash(), undefined);
    assert.match(readdirSync(folder).join(), /^loading-2-\w+\.json$/);
  });

  test("LoadMarkers knows that this very process is alive", () => {
    const markers = new LoadMarkers(folder);
    markers.write("model");
    assert.equal(markers.findCrash(), undefined);
  });
});
