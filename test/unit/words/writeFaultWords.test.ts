// What is said of a place that cannot be written, in English.
import assert from "node:assert/strict";
import type { WriteFault, WriteFaultCode } from "../../../src/common/fault";
import type * as WriteFaultWords from "../../../src/words/writeFaultWords";
import { wordsInEnglish } from "../support/wordsInEnglish";

suite("writeFaultSentence()", () => {
  const words = wordsInEnglish<typeof WriteFaultWords>("writeFaultWords");

  const place = "/media/stick/lamp";
  const action = "export an adapter to";
  const rows: [WriteFaultCode, Partial<WriteFault>, RegExp][] = [
    ["disk-full", {}, /: the disk is full\.$/],
    ["disk-full", { freeBytes: 2_900_000 }, /is full, with 2 MB free\.$/],
    [
      "disk-full",
      { freeBytes: 2_900_000, neededBytes: 1_542_300_000 },
      /: it needs 1,543 MB, and the disk has 2 MB free\.$/,
    ],
    ["no-more-files", {}, /no room for another file\. Remove some files\.$/],
    ["quota", {}, /you have used up your quota on this disk\.$/],
    ["file-too-large", {}, /larger than the disk or the system allows\.$/],
    ["read-only", {}, /the disk is read-only\.$/],
    ["no-access", {}, /you do not have permission\.$/],
    ["not-a-folder", {}, /already a file or folder by that name\.$/],
    ["name-too-long", {}, /the name is too long\.$/],
    ["link-circle", {}, /the links on its path lead in a circle\.$/],
    ["too-many-open", {}, /too many files are open\. Close other programs\.$/],
    ["in-use", {}, /another program is using it\.$/],
    ["broken-disk", {}, /the disk reports an error\.$/],
    [
      "read-only",
      { keptIn: "/tmp/kept/lamp" },
      /is read-only\. What was made is kept in \/tmp\/kept\/lamp\.$/,
    ],
  ];
  for (const [code, known, sentence] of rows) {
    test(`writeFaultSentence() says ${code} (${JSON.stringify(known)})`, () => {
      const fault = { code, path: place, action, ...known };
      const said = words.writeFaultSentence(fault);
      assert.ok(said.startsWith(`${place} could not be written: `), said);
      assert.match(said, sentence);
    });
  }
});
