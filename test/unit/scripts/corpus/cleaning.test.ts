// What a person types stays, what a site, a program or a list of people needs goes.
import assert from "node:assert/strict";
import { cleanBook, cleanEbook } from "../../../../scripts/corpus/cleanBooks";
import {
  cleanMarkdown,
  cleanRestructured,
} from "../../../../scripts/corpus/cleanMarkdown";
import {
  cleanCode,
  cleanCountry,
  cleanMail,
  readMessages,
} from "../../../../scripts/corpus/cleanOthers";
import {
  dropPersonal,
  dropSpeakers,
  replaceAddresses,
} from "../../../../scripts/corpus/personal";

type Row = [what: string, input: string, expected: string];

function checkAll(name: string, change: (text: string) => string, rows: Row[]) {
  suite(name, () => {
    for (const [what, input, expected] of rows) {
      test(`${name} ${what}`, () => assert.equal(change(input), expected));
    }
  });
}

checkAll("cleanMarkdown()", cleanMarkdown, [
  ["drops front matter", "---\ntitle: A\n---\n\nText.\n", "Text.\n"],
  [
    "drops badges and pictures",
    "[![build](a.svg)](b) Words ![p](c.png)\n",
    " Words\n".trimStart(),
  ],
  ["keeps links", "See [the guide](guide.md).", "See [the guide](guide.md).\n"],
  [
    "drops targets that nobody reads",
    `See [it](https://example.com/${"a".repeat(80)}).`,
    "See it.\n",
  ],
  ["drops a target that was a template", "[an idea]({{ url }})", "an idea\n"],
  [
    "drops a changelog's numbers",
    "* fix it ([#12](https://x.y/12)) ([abc1234](https://x.y/c))",
    "* fix it\n",
  ],
  ["drops tags and keeps their text", "a <b>bold</b> word", "a bold word\n"],
  ["drops lines of templates", "a\n{% include b %}\nc", "a\n\nc\n"],
  ["drops items of which nothing is left", "* a\n*\n* * b", "* a\n\n* b\n"],
  [
    "keeps code in fences as it is",
    "```js {1}\nconst a = <b>{{ c }}</b>;\n```\n",
    "```js\nconst a = <b>{{ c }}</b>;\n```\n",
  ],
  ["drops listings", `a\n\n\`\`\`\n${"x\n".repeat(30)}\`\`\`\n\nb`, "a\n\nb\n"],
  ["thins tables", "| a |\n".repeat(20), "| a |\n".repeat(6)],
  ["thins lists of links", "- [a](b)\n".repeat(20), "- [a](b)\n".repeat(4)],
]);

checkAll("cleanRestructured()", cleanRestructured, [
  [
    "drops header fields, targets and roles",
    "PEP: 1\nAuthor: A\n\nSee :pep:`8`.\n\n.. _a: b\n\nText.",
    "See ``8``.\n\nText.\n",
  ],
]);

checkAll("dropPersonal()", dropPersonal, [
  [
    "drops lists of who was there",
    "# Minutes\n\n## Attendees\n\n* Anna\n* Ben\n\n## Agenda\n\n* Plans",
    "# Minutes\n\n## Agenda\n\n* Plans",
  ],
  ["drops account names", "a\nthanks to @someone\nb", "a\nb"],
  [
    "keeps packages",
    "use `@types/node` or @types/node",
    "use `@types/node` or @types/node",
  ],
  ["keeps decorators in fences", "```\n@app\n```", "```\n@app\n```"],
  ["drops links to people", "by [Anna](https://github.com/anna)\nb", "b"],
  ["drops who signed", "a\nSigned-off-by: A B <a@b.org>\nb", "a\nb"],
  [
    "gives nobody's address",
    "write to anna.b@some.org or (212) 555-1234",
    "write to name@example.com or 555-0100",
  ],
]);

checkAll("replaceAddresses()", replaceAddresses, [
  [
    "lets versions and dates be",
    "1.2.3 2020-01-02 10-20",
    "1.2.3 2020-01-02 10-20",
  ],
]);

checkAll("dropSpeakers()", dropSpeakers, [
  [
    "drops who said it",
    "- **Anna Smith**: we agreed\nBen: yes",
    "- we agreed\nyes",
  ],
  ["keeps other colons", "- the time: noon", "- the time: noon"],
]);

checkAll("cleanEbook()", cleanEbook, [
  [
    "gives a paragraph a line",
    '<body><section><h2 epub:type="ordinal z3998:roman">V</h2><p>One\u2060—<i>two</i>.</p>\n<p>“Three&#8217;s.”</p></section></body>',
    "One—two.\n\n“Three’s.”\n",
  ],
  [
    "leaves out what is no text",
    '<body epub:type="backmatter"><p>a</p></body>',
    "",
  ],
]);

checkAll("cleanBook()", cleanBook, [
  [
    "joins lines and drops the publisher",
    "Licence\n*** START OF THIS BOOK ***\n\nProduced by A\n\nA line of this text that is quite long, so that it is prose\nand _goes_ on.\n\n*** END OF THIS BOOK ***\nmore",
    "A line of this text that is quite long, so that it is prose and goes on.\n",
  ],
]);

checkAll("cleanCode()", cleanCode, [
  ["drops the licence", "/* Copyright A */\n\nint a;\n", "int a;\n"],
  ["keeps another comment", "// Adds.\nint a;\n", "// Adds.\nint a;\n"],
  [
    "drops authors",
    "/**\n * Adds.\n * @author A B\n */\n",
    "/**\n * Adds.\n */\n",
  ],
]);

checkAll("cleanMail()", cleanMail, [
  [
    "fills in what a program would",
    "Hi {{name}},\n\n[Sender Name]",
    "Hi Sam,\n\nAlex\n",
  ],
]);

checkAll("cleanCountry()", cleanCountry, [
  [
    "takes sentences under their heading",
    JSON.stringify({
      A: { Climate: { text: `${"Warm. ".repeat(30)}` }, Area: { text: "5" } },
    }),
    `## Climate\n\n${"Warm. ".repeat(30).trim()}\n`,
  ],
]);

test("readMessages() puts a dozen that are far from each other into a document", () => {
  const messages = Array.from(
    { length: 24 },
    (_, index) =>
      `Where is my card number ${index}, I am waiting for it still?`,
  );
  const csv = `text,category\n${messages.map((each) => `"${each}",card`).join("\n")}\n`;
  const [first, second] = readMessages(csv).map((each) =>
    each.trim().split("\n\n"),
  );
  assert.deepEqual(
    first,
    messages.filter((_, index) => index % 2 === 0),
  );
  assert.deepEqual(
    second,
    messages.filter((_, index) => index % 2 === 1),
  );
});
