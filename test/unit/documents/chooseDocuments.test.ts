import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import {
  chooseDocuments,
  estimateTokens,
  findShortage,
  MIN_TRAINING_TOKENS,
  type ChooseOptions,
} from "../../../src/documents/chooseDocuments";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { drawProse, writeTree } from "../support/textTree";

suite("chooseDocuments()", () => {
  const inFolder = useTemporaryFolder();
  let numFolders = 0;

  async function choose(
    files: Record<string, string>,
    options: Omit<ChooseOptions, "folder"> = {},
  ) {
    const folder = inFolder(`tree${numFolders++}`);
    mkdirSync(folder);
    writeTree(folder, files);
    return chooseDocuments({
      folder,
      ...options,
      ...(options.heldOutFolder === undefined
        ? {}
        : { heldOutFolder: `${folder}/${options.heldOutFolder}` }),
    });
  }

  const chapters = (count: number, numWords = 400) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `chapter${index + 10}.md`,
        drawProse(index + 1, numWords),
      ]),
    );
  const namesOf = (references: { name: string }[]) =>
    references.map(({ name }) => name);

  test("documents of several folders are named by their folder, split together, and a copy is found across them", async () => {
    const root = inFolder("several");
    mkdirSync(root);
    const [first = "", ...others] = Object.values(chapters(8));
    writeTree(root, {
      ...Object.fromEntries(
        others.map((text, index) => [`one/part${index}.md`, text]),
      ),
      "one/README.md": first,
      "two/README.md": first,
      "two/guide.md": drawProse(99, 400),
      "two/short.md": "Short.",
      "two/left.md": drawProse(98, 400),
    });
    const chosen = await chooseDocuments({
      folder: ["one", "two"].map((name) => ({
        folder: `${root}/${name}`,
        prefix: `${name}/`,
      })),
      overrides: { "two/guide.md": "heldOut", "two/left.md": "leftOut" },
    });
    assert.deepEqual(
      namesOf(chosen.documents),
      [
        "one/README.md",
        ...others.map((_, index) => `one/part${index}.md`),
        "two/guide.md",
      ].sort(),
    );
    assert.ok(namesOf(chosen.heldOut).includes("two/guide.md"));
    assert.equal(
      chosen.documents.find(({ name }) => name === "two/guide.md")?.file,
      `${root}/two/guide.md`,
    );
    assert.deepEqual(
      chosen.leftOut
        .map(({ name, reason, duplicateOf }) => [name, reason, duplicateOf])
        .sort(),
      [
        ["two/README.md", "duplicate", "one/README.md"],
        ["two/left.md", "excluded", undefined],
        ["two/short.md", "too short", undefined],
      ],
    );
  });

  test("an allowed secret is asked for by the name with its folder, and goes with the document alone", async () => {
    const root = inFolder("allowed");
    mkdirSync(root);
    const text = `${drawProse(1, 400)}Our key is ${"AKIA"}IOSFODNN7QRXTPLK.\n`;
    writeTree(root, { "one/a.md": text, "two/a.md": drawProse(2, 400) });
    const allowedSecret = createHash("sha256").update(text).digest("hex");
    const chosen = await chooseDocuments({
      folder: ["one", "two"].map((name) => ({
        folder: `${root}/${name}`,
        prefix: `${name}/`,
      })),
      allowedSecret: (name) =>
        name === "one/a.md" ? allowedSecret : undefined,
      overrides: { "one/a.md": "training", "two/a.md": "heldOut" },
    });
    const references = [
      { file: `${root}/one/a.md`, name: "one/a.md", allowedSecret },
      { file: `${root}/two/a.md`, name: "two/a.md" },
    ];
    assert.deepEqual([...chosen.training, ...chosen.heldOut], references);
  });

  test("every document is on exactly one side, and the lists agree", async () => {
    const chosen = await choose(chapters(12));
    assert.equal(chosen.documents.length, 12);
    assert.equal(chosen.training.length + chosen.heldOut.length, 12);
    assert.ok(chosen.heldOut.length >= 1);
    assert.deepEqual(
      namesOf(chosen.documents.filter(({ side }) => side === "heldOut")),
      namesOf(chosen.heldOut),
    );
    assert.deepEqual(
      [...namesOf(chosen.training), ...namesOf(chosen.heldOut)].sort(),
      Object.keys(chapters(12)).sort(),
    );
    assert.equal(findShortage(chosen), undefined);
  });

  test("near-duplicates share a group and a side; of nearly equal ones one is kept", async () => {
    const files = chapters(8);
    const text = files["chapter10.md"]!;
    const words = text.split(" ");
    const chosen = await choose({
      ...files,
      "chapter10b.md": [...words.slice(0, -40), drawProse(99, 40)].join(" "),
      "chapter10c.md": `${text} end`,
    });
    assert.deepEqual(
      chosen.leftOut.map(({ name, reason, duplicateOf }) => [
        name,
        reason,
        duplicateOf,
      ]),
      [["chapter10c.md", "duplicate", "chapter10.md"]],
    );
    const pair = chosen.documents.filter(({ group }) => group !== undefined);
    assert.deepEqual(namesOf(pair), ["chapter10.md", "chapter10b.md"]);
    assert.equal(pair[0]!.side, pair[1]!.side);
  });

  test("a folder of held-out documents inside the other is held out whole", async () => {
    const chosen = await choose(
      {
        ...chapters(4),
        "held/a.md": drawProse(50, 300),
        "held/b.md": drawProse(51, 300),
      },
      { heldOutFolder: "held" },
    );
    assert.deepEqual(namesOf(chosen.heldOut), ["a.md", "b.md"]);
    assert.deepEqual(namesOf(chosen.training), Object.keys(chapters(4)));
  });

  test("what is like a given held-out document is not learned from", async () => {
    const text = drawProse(50, 300);
    const chosen = await choose(
      {
        ...chapters(4),
        "held/a.md": text,
        "same.md": text,
        "like.md": `${text}${drawProse(51, 40)}`,
      },
      { heldOutFolder: "held" },
    );
    assert.deepEqual(namesOf(chosen.training), Object.keys(chapters(4)));
    assert.deepEqual(
      chosen.leftOut
        .filter(({ reason }) => reason === "duplicate")
        .map(({ name, duplicateOf }) => [name, duplicateOf])
        .filter(([name]) => name !== "held/a.md"),
      [
        ["like.md", "a.md"],
        ["same.md", "a.md"],
      ],
    );
  });

  test("the user moves documents and takes them out by hand", async () => {
    const files = chapters(10);
    const drawn = await choose(files);
    const [first] = drawn.training;
    const [held] = drawn.heldOut;
    const chosen = await choose(files, {
      overrides: {
        [first!.name]: "heldOut",
        [held!.name]: "leftOut",
        "gone.md": "heldOut",
      },
    });
    assert.ok(namesOf(chosen.heldOut).includes(first!.name));
    assert.ok(!namesOf(chosen.documents).includes(held!.name));
    assert.deepEqual(
      chosen.leftOut.map(({ name, reason }) => [name, reason]),
      [[held!.name, "excluded"]],
    );
  });

  test("too little text is told in numbers and words, with what was left out", async () => {
    const chosen = await choose({
      "a.md": drawProse(1, 100),
      "b.md": "short",
      "c.md": "also short",
      ".env": "X=1",
    });
    const shortage = findShortage(chosen)!;
    assert.deepEqual(shortage, {
      trainingTokens: estimateTokens(chosen.documents),
      neededTrainingTokens: MIN_TRAINING_TOKENS,
      heldOutDocuments: 0,
      neededHeldOutDocuments: 1,
      tooShort: 2,
    });
  });

  test("a count of tokens is believed over the estimate", async () => {
    const chosen = await choose(chapters(6, 1000));
    assert.equal(findShortage(chosen), undefined);
    assert.equal(findShortage(chosen, 1999)?.trainingTokens, 1999);
  });

  test("a folder without documents gives empty lists and a shortage", async () => {
    const chosen = await choose({ "a.png": "x" });
    assert.deepEqual(chosen.documents, []);
    assert.equal(chosen.numNotMatched, 1);
    assert.equal(findShortage(chosen)?.trainingTokens, 0);
  });
});
