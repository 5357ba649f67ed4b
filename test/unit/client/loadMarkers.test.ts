import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { LoadMarkers, type LoadMarker } from "../../../src/client/loadMarkers";
import type { Processes } from "../../../src/client/processes";
import { bundle } from "../support/trainingCase";

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
    assert.equal(markers.findCrash("model"), undefined);
    markers.write("model");
    markers.clear();
    assert.equal(markers.findCrash("model"), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });

  /** A load that some process did not outlive, which proves nothing alone. */
  function leaveOne(): void {
    markersOf(99).write("model");
  }

  type Event = `${"load" | "kill" | "done" | "retry"} ${string}`;
  // Whether the model is kept from being loaded after this. Every process has one load.
  const stories: [string, Event[], boolean][] = [
    ["a kill", ["load 1", "kill 1"], false],
    ["two kills in a row", ["load 1", "kill 1", "load 2", "kill 2"], true],
    [
      "three in a row",
      ["load 1", "kill 1", "load 2", "kill 2", "load 3", "kill 3"],
      true,
    ],
    // Both counted, so that a power failure with two windows open switched Inkling off.
    [
      "two windows that go down together",
      ["load 1", "load 2", "kill 1", "kill 2"],
      false,
    ],
    [
      "three windows that go down together twice",
      ["load 1", "load 2", "kill 1", "kill 2", "load 3", "load 4", "kill 4"],
      true,
    ],
    [
      "a load that goes well in between",
      ["load 1", "kill 1", "load 2", "done 2", "load 3", "kill 3"],
      false,
    ],
    [
      "kills on two models",
      ["load 1", "kill 1", "load 2 other", "kill 2"],
      false,
    ],
    [
      "another model that goes well in between",
      ["load 1", "kill 1", "load 2 other", "done 2", "load 3", "kill 3"],
      true,
    ],
    [
      "two kills of another model",
      ["load 1 other", "kill 1", "load 2 other", "kill 2"],
      false,
    ],
    [
      "a kill after the user has tried again",
      ["load 1", "kill 1", "load 2", "kill 2", "retry 3", "load 3", "kill 3"],
      false,
    ],
    ["a second load that still runs", ["load 1", "kill 1", "load 2"], false],
  ];
  for (const [name, events, isBlocked] of stories) {
    test(`LoadMarkers.findCrash() ${isBlocked ? "keeps off" : "lets try"} after ${name}`, () => {
      const alive: Record<number, string> = { 9: "watching" };
      const models = new Map<string, string>();
      for (const event of events) {
        const [what, id, model = models.get(id!) ?? "model"] = event.split(" ");
        models.set(id!, model);
        if (what === "kill") delete alive[Number(id)];
        else alive[Number(id)] = id!;
        const markers = markersOf(Number(id), { alive });
        if (what === "load") markers.write(model);
        if (what === "done") {
          for (const { file, processId } of markerFiles()) {
            if (processId === Number(id)) rmSync(file);
          }
        }
        if (what === "done" || what === "retry") markers.forgetCrashes(model);
      }
      const crash = markersOf(9, { alive }).findCrash("model");
      assert.equal(crash !== undefined, isBlocked);
      if (crash) assert.equal(crash.modelFolder, "model");
    });
  }

  function markerFiles(): (LoadMarker & { file: string })[] {
    return readdirSync(folder)
      .map((name) => path.join(folder, name))
      .map((file) => ({
        ...(JSON.parse(readFileSync(file, "utf8")) as LoadMarker),
        file,
      }));
  }

  test("LoadMarkers.findCrash() tells by processes that were killed with -9 while they loaded", async () => {
    const script = bundle(
      "test/unit/support/loadAndWait.ts",
      path.join(folder, "load.js"),
    );
    const found: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const child = spawn(process.execPath, [script, folder, "model"]);
      await once(child.stdout, "data");
      found.push(new LoadMarkers(folder).findCrash("model") !== undefined);
      child.kill("SIGKILL");
      await once(child, "exit");
      found.push(new LoadMarkers(folder).findCrash("model") !== undefined);
    }
    assert.deepEqual(found, [false, false, false, true, true, true]);
  });

  test("LoadMarkers.write() removes markers of a month ago, of other machines too", () => {
    markersOf(1, { hostname: "there" }).write("model");
    const [old] = markerFiles();
    const writtenAtMs = Date.now() - 31 * 24 * 60 * 60 * 1000;
    writeFileSync(old!.file, JSON.stringify({ ...old, writtenAtMs }));
    markersOf(2, { hostname: "elsewhere" }).write("model");
    markersOf(3, { alive: { 3: "c" } }).write("model");
    const left = markerFiles().map(({ processId }) => processId);
    assert.deepEqual(left.sort(), [2, 3]);
  });

  test("LoadMarkers.findCrash() leaves alone another window that is loading now", () => {
    leaveOne();
    const alive = { 1: "a", 2: "b" };
    markersOf(1, { alive }).write("model");
    const other = markersOf(2, { alive });
    assert.equal(other.findCrash("model"), undefined);
    other.write("model");
    other.clear();
    assert.equal(readdirSync(folder).length, 2, "the first one's is kept");
  });

  test("LoadMarkers.findCrash() sees through a process id that is used again, its own too", () => {
    leaveOne();
    markersOf(1, { alive: { 1: "a" } }).write("model");
    assert.ok(
      markersOf(2, { alive: { 1: "later", 2: "b" } }).findCrash("model"),
    );
    assert.ok(markersOf(1, { alive: { 1: "later" } }).findCrash("model"));
  });

  test("LoadMarkers.findCrash() takes a marker from before the machine's start for a crash", () => {
    leaveOne();
    const alive = { 1: "", 2: "" };
    markersOf(1, { alive }).write("model");
    const bootedAtMs = Date.now() + 1000;
    assert.ok(markersOf(2, { alive, bootedAtMs }).findCrash("model"));
  });

  test("LoadMarkers.findCrash() does not judge processes of another machine", () => {
    leaveOne();
    markersOf(1, { hostname: "there" }).write("model");
    assert.equal(markersOf(2).findCrash("model"), undefined);
  });

  test("LoadMarkers.findCrash() passes over files that are not markers", () => {
    leaveOne();
    writeFileSync(path.join(folder, "loading-1.json"), "{");
    writeFileSync(path.join(folder, "loading-2.json"), "{}");
    writeFileSync(path.join(folder, "notes.txt"), "hello");
    assert.equal(markersOf(3).findCrash("model"), undefined);
  });

  test("LoadMarkers.forgetCrashes() keeps the marker of a living load", () => {
    const alive = { 2: "b", 3: "c" };
    leaveOne();
    markersOf(1).write("model");
    markersOf(2, { alive }).write("model");
    const markers = markersOf(3, { alive });
    markers.forgetCrashes("model");
    assert.equal(markers.findCrash("model"), undefined);
    assert.match(readdirSync(folder).join(), /^loading-2-\w+\.json$/);
  });

  test("LoadMarkers knows that this very process is alive", () => {
    const markers = new LoadMarkers(folder);
    markers.write("model");
    assert.equal(markers.findCrash("model"), undefined);
  });
});
