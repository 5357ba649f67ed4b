// What a reader hands over makes a memory that answers as one that was filled with the same texts.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, utimesSync } from "node:fs";
import path from "node:path";
import { SuffixIndex } from "../../../src/memory/suffixIndex";
import { WorkspaceMemory } from "../../../src/memory/workspaceMemory";
import {
  MemoryReading,
  type MemoryChange,
} from "../../../src/worker/memoryReading";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { writeTree } from "../support/textTree";

const encode = (text: string) => [...Buffer.from(text)];

suite("MemoryReading.read()", () => {
  const inFolder = useTemporaryFolder();
  let numFolders = 0;

  function open(files: Record<string, string>) {
    const folder = inFolder(`workspace${numFolders++}`);
    mkdirSync(folder);
    writeTree(folder, files);
    const reading = new MemoryReading(encode, false);
    const memory = new WorkspaceMemory(Infinity);
    const read = async (
      budgetBytes = 1e9,
      nearest: string[] = [],
    ): Promise<MemoryChange> => {
      const change = await reading.read({
        budgetBytes,
        nearest,
        folders: [{ folder, exclude: [] }],
        open: [],
      });
      if (change.kind === "replace") {
        memory.replaceAll(change.names, SuffixIndex.of(change.index));
      } else {
        for (const name of change.gone) memory.delete(name);
        for (const { name, tokenIds } of change.set) memory.set(name, tokenIds);
      }
      return change;
    };
    const following = (text: string) => {
      const levels = memory.continuations(encode(text));
      const longest = levels.at(-1);
      return longest?.order === Math.min(8, text.length)
        ? Buffer.from([...longest.counts.keys()].sort()).toString()
        : "";
    };
    return { folder, memory, reading, read, following };
  }

  test("hands over little as it is, and much as an index", async () => {
    const { folder, memory, read, following } = open({ "a.md": "zebras run" });
    assert.equal((await read()).kind, "change");
    assert.equal(following("zebra"), "s");
    writeTree(folder, { "long.md": "Yaks graze. ".repeat(1000) });
    assert.equal((await read()).kind, "replace");
    assert.equal(following("Yaks"), " ");
    assert.equal(following("zebra"), "s");
    assert.equal(memory.numDocuments, 2);
    rmSync(path.join(folder, "a.md"));
    assert.equal((await read()).kind, "change");
    assert.equal(following("zebra"), "");
    // Many small changes are no small ones in the end.
    const kinds = new Set<string>();
    for (let round = 0; round < 5; round++) {
      writeTree(folder, {
        [`b${round}.md`]: `round ${round} ${"gnus ".repeat(900)}`,
      });
      kinds.add((await read()).kind);
      assert.equal(following(`ound ${round}`), " ");
    }
    assert.deepEqual(kinds, new Set(["change", "replace"]));
  });

  test("holds what was changed last where there is no room for all", async () => {
    const { folder, memory, read, following } = open({
      "a.md": "a".repeat(50),
    });
    writeTree(folder, { "b.md": "bison walk" });
    await read(12 * 40);
    assert.equal(memory.numDocuments, 1);
    assert.equal(following("bison"), " ");
    await read(12 * 100);
    assert.equal(memory.numDocuments, 2);
    await read(0);
    assert.equal(memory.numDocuments, 0);
  });

  test("holds what is open and what lies beside it before what was changed later", async () => {
    const { folder, memory, reading, read } = open({});
    writeTree(folder, {
      "guide/open.md": "open text",
      "guide/beside.md": "beside it",
      "far.md": "far away.",
    });
    for (const [age, name] of [
      "far.md",
      "guide/beside.md",
      "guide/open.md",
    ].entries()) {
      utimesSync(path.join(folder, name), 1e9, 1e9 - age);
    }
    const names = async (numDocuments: number, nearest: string[] = []) => {
      await read(12 * 9 * numDocuments, nearest);
      assert.equal(memory.numDocuments, numDocuments);
      return reading
        .list()
        .read.map((name) =>
          path.relative(folder, name).replaceAll(path.sep, "/"),
        );
    };
    assert.deepEqual(await names(1), ["far.md"]);
    const nearest = [path.join(folder, "guide/open.md")];
    assert.deepEqual(await names(1, nearest), ["guide/open.md"]);
    assert.deepEqual(await names(2, nearest), [
      "guide/beside.md",
      "guide/open.md",
    ]);
  });

  test("list() names what was read and why the rest was not", async () => {
    const { folder, reading, read } = open({
      "a.md": "zebras run",
      "b.md": "bison walk far and wide. ".repeat(9),
      "code.ts": "// not prose",
      "secrets.txt": "shh",
      ".gitignore": "drafts/\n",
      "drafts/c.md": "later",
      "key.md": `Our key is ${"AKIA"}IOSFODNN7QRXTPLK, mind it.`,
    });
    await read(12 * 100);
    const names = ({ name }: { name: string }) =>
      path.relative(folder, name).replaceAll(path.sep, "/");
    const { read: known, leftOut } = reading.list();
    assert.deepEqual(known, [path.join(folder, "a.md")]);
    assert.deepEqual(
      Object.fromEntries(leftOut.map((each) => [names(each), each.reason])),
      {
        "b.md": "no room",
        drafts: "ignored by git",
        "key.md": "secret",
        "secrets.txt": "secret",
      },
    );
  });
});
