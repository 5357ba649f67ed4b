// Which paragraphs and documents stay, and whose licence is good.
import assert from "node:assert/strict";
import {
  commentShare,
  cutLong,
  dropKnown,
  dropNearDuplicates,
  dropRepeated,
  judgeDocument,
  shinglesOf,
  type CorpusDocument,
} from "../../../../scripts/corpus/chooseText";
import { requireLicence } from "../../../../scripts/corpus/licences";
import { readSources } from "../../../../scripts/corpus/sources";

const long =
  "A paragraph that is long enough to be told from others by its words alone.";
const other =
  "Another one, whose words are quite different and that is as long as the first.";

test("dropRepeated() leaves out a paragraph that stood before, whatever its case and marks", () => {
  const seen = new Set<string>();
  assert.equal(dropRepeated(`${long}\n\nYes.`, seen), `${long}\n\nYes.`);
  assert.equal(
    dropRepeated(`**${long.toUpperCase()}**\n\nYes.\n\n${other}`, seen),
    `Yes.\n\n${other}`,
  );
});

test("dropKnown() leaves out paragraphs of texts that are measured on", () => {
  const known = new Set(shinglesOf(long));
  assert.equal(dropKnown(`${other}\n\n${long}`, known), other);
});

suite("judgeDocument()", () => {
  const prose = "Words of a text that somebody wrote. ".repeat(12);
  const key = `AKIA${"QWERTYUIOPASDFGH"}`;
  const rows: [CorpusDocument["kind"], string, string | undefined][] = [
    ["docs", prose, undefined],
    ["docs", "Short.", "too short"],
    ["docs", `${prose}${key}`, "secret"],
    ["docs", `${prose}Fastify, fastify.`, "of fastify"],
    ["docs", "Слова текста. ".repeat(40), "another language"],
    ["docs", "12.5 | 13.5 | 14.5 | 15.5\n".repeat(20), "few letters"],
    ["docs", `a\n\`\`\`\n${prose}\n\`\`\`\n`, "mostly code"],
    ["code", "let a = 1;\n".repeat(200), "few comments"],
    ["code", "// Counts.\nlet a = 1;\n".repeat(100), undefined],
  ];
  for (const [kind, text, expected] of rows) {
    test(`judgeDocument() says ${expected ?? "nothing"} of ${kind}: ${text.slice(0, 20)}`, () => {
      assert.equal(judgeDocument({ kind, text }), expected);
    });
  }
});

suite("commentShare()", () => {
  const rows: [code: string, expected: number][] = [
    ["// a\nb\n", 0.5],
    ["/*\na\n*/\nb\n", 0.75],
    ['"""A.\n\nB.\n"""\nc\n', 0.75],
    ["# a\nb\n#include c\nd\n", 0.25],
  ];
  for (const [code, expected] of rows) {
    test(`commentShare() of ${JSON.stringify(code)}`, () => {
      assert.equal(commentShare(code), expected);
    });
  }
});

test("dropNearDuplicates() keeps the first of those that are alike", () => {
  const words = Array.from({ length: 200 }, (_, index) => `word${index}`);
  const documents = [
    words.join(" "),
    words.slice(10).join(" "),
    [...words].reverse().join(" "),
  ].map((text): CorpusDocument => ({
    source: "a/b",
    path: text.slice(0, 9),
    kind: "docs",
    heldOut: false,
    text,
  }));
  assert.deepEqual(dropNearDuplicates(documents), [documents[0], documents[2]]);
});

test("cutLong() cuts at paragraphs into pieces of about one length and loses nothing", () => {
  const text = `${Array.from({ length: 40 }, (_, index) => `${index} ${long}`).join("\n\n")}\n`;
  const pieces = cutLong(text, 1000);
  assert.ok(pieces.every(({ length }) => length < 1200 && length > 500));
  assert.equal(pieces.map((each) => each.trim()).join("\n\n"), text.trim());
});

suite("requireLicence()", () => {
  const refused: [licence: string, text: string][] = [
    ["MIT", "Apache License\nVersion 2.0"],
    ["CC-BY-4.0", "Attribution-ShareAlike 4.0 International"],
    ["GPL", "GNU GENERAL PUBLIC LICENSE"],
    ["MIT", ""],
  ];
  for (const [licence, text] of refused) {
    test(`requireLicence() refuses "${text.slice(0, 20)}" as ${licence}`, () => {
      assert.throws(() => requireLicence("a/b", { licence, text }));
    });
  }
  test("requireLicence() takes a licence that its file holds", () => {
    requireLicence("a/b", {
      licence: "MIT",
      text: "Permission is hereby granted, free of charge, to any person",
    });
  });
});

test("readSources() names each project once, with its revision and licence", () => {
  const sources = readSources();
  assert.equal(new Set(sources.map(({ name }) => name)).size, sources.length);
  for (const { name, revision, licence } of sources) {
    assert.match(revision, /^(?:[\da-f]{40}|\d+\.\d+\.\d+)$/, name);
    assert.notEqual(licence, "", name);
  }
});
