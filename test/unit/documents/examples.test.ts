import assert from "node:assert/strict";
import {
  findExamplesShortage,
  MIN_HELD_OUT_EXAMPLES,
  parseExamples,
  parseTexts,
  splitExamples,
  type LabelledExample,
} from "../../../src/documents/examples";

const row = (prompt: string, completion: string) =>
  JSON.stringify({ prompt, completion });
const rows = (count: number): LabelledExample[] =>
  Array.from({ length: count }, (_, index) => ({
    prompt: `question ${index}`,
    completion: "answer",
    line: index + 1,
  }));

suite("parseExamples()", () => {
  test("rows keep their text as it stands and know their line", () => {
    const text = `\uFEFF${row("a ", " b\n")}\r\n\n  \n${row("c", "d")}`;
    assert.deepEqual(parseExamples(text), {
      examples: [
        { prompt: "a ", completion: " b\n", line: 1 },
        { prompt: "c", completion: "d", line: 4 },
      ],
      errors: [],
    });
  });

  const QUESTION = "What is the capital of Norway?";
  const ANSWER = "Oslo.";
  const asked = { prompt: `${QUESTION}\n\n`, completion: ANSWER };
  const turns = (...said: [string, string][]) =>
    said.map(([role, content]) => ({ role, content }));
  const forms: Record<string, unknown[]> = {
    messages: [
      { messages: turns(["user", QUESTION], ["assistant", ANSWER]) },
      {
        messages: turns(
          ["system", "Be brief."],
          ["user", QUESTION],
          ["assistant", ANSWER],
        ),
      },
    ],
    conversations: [
      {
        conversations: [
          { from: "human", value: QUESTION },
          { from: "gpt", value: ANSWER },
        ],
      },
    ],
    "instruction and output": [
      { instruction: QUESTION, output: ANSWER },
      { instruction: QUESTION, input: "", output: `${ANSWER}.` },
    ],
    "prompt and completion": [{ ...asked }],
  };
  for (const [form, values] of Object.entries(forms)) {
    test(`rows of ${form} are read, one a line and as an array`, () => {
      const lines = values.map((value) => JSON.stringify(value)).join("\n");
      const written = [
        lines,
        JSON.stringify(values),
        JSON.stringify(values, null, 2),
      ];
      for (const text of written) {
        const { examples, errors } = parseExamples(text);
        assert.deepEqual(errors, [], text);
        assert.equal(examples.length, values.length);
        assert.ok(
          examples.every(({ prompt }) => prompt.endsWith(asked.prompt)),
        );
        assert.equal(examples[0]!.completion, ANSWER);
      }
    });
  }

  test("rows of an array have the line that they begin in, broken ones too", () => {
    const text = `[\n  ${row("a", "b")},\n  {"prompt": "x"},\n\n  ${row("[c]", '}d,\\"')},\n  {"prompt": "e`;
    const { examples, errors } = parseExamples(text);
    assert.deepEqual(
      examples.map(({ line }) => line),
      [2, 5],
    );
    assert.deepEqual(errors, [
      { line: 3, fault: "no completion" },
      { line: 6, fault: "not JSON" },
    ]);
    assert.deepEqual(parseExamples("[]"), { examples: [], errors: [] });
  });

  test("a file of another kind is named once for what it looks like", () => {
    const check = (text: string, fault: string) => {
      const { examples, errors } = parseExamples(text);
      assert.deepEqual(examples, []);
      assert.deepEqual(errors, [{ line: 1, fault }], text);
    };
    const many = (value: unknown) =>
      Array.from({ length: 30 }, () => JSON.stringify(value)).join("\n");
    check(many({ prompt: "a", chosen: "b", rejected: "c" }), "preferences");
    check(many({ text: "Only a text." }), "text alone");
    check(
      many({
        messages: turns(["user", "a"], ["assistant", "b"], ["user", "c"]),
      }),
      "several turns",
    );
    check(many({ query: "a", reply: "b" }), "no prompt");
    check("These are words.\nThey are no rows.\n", "not JSON");
  });

  const QUOTED = 'text,label\r\n"One, two\r\n""three""",good\r\nfour,bad\r\n';
  const quotedRows = [
    { prompt: 'One, two\n"three"\n\n', completion: "good", line: 3 },
    { prompt: "four\n\n", completion: "bad", line: 4 },
  ];
  const tables: Record<string, [text: string, rows: LabelledExample[]]> = {
    "quoted columns and line ends of Windows": [QUOTED, quotedRows],
    "a byte order mark": [`\uFEFF${QUOTED}`, quotedRows],
    "semicolons and capitals": [
      'Id;"Question";Answer\n1;a;b\n',
      [{ prompt: "a\n\n", completion: "b", line: 2 }],
    ],
    "tabs and an instruction": [
      "instruction\tinput\toutput\na\tb\tc\n\nd\t\te\n",
      [
        { prompt: "a\n\nb\n\n", completion: "c", line: 2 },
        { prompt: "d\n\n", completion: "e", line: 4 },
      ],
    ],
    "a prompt that stays as it stands": [
      "prompt,completion\nWhat? ,That.\n",
      [{ prompt: "What? ", completion: "That.", line: 2 }],
    ],
    "JSON with columns' names and a number": [
      JSON.stringify({ sentence: "a", label: 1 }),
      [{ prompt: "a\n\n", completion: "1", line: 1 }],
    ],
  };
  for (const [name, [text, expected]] of Object.entries(tables)) {
    test(`a table is read: ${name}`, () => {
      assert.deepEqual(parseExamples(text), { examples: expected, errors: [] });
    });
  }

  test("a table without the two columns, or with other ones in a row, is told so", () => {
    assert.deepEqual(parseExamples("title,stars\na,5\n"), {
      examples: [],
      errors: [{ line: 1, fault: "columns", columns: "title, stars" }],
    });
    const broken = parseExamples("text,label\na,b,c\nd,e\nf\n");
    assert.equal(broken.examples.length, 1);
    assert.deepEqual(broken.errors, [
      { line: 2, fault: "other columns" },
      { line: 4, fault: "other columns" },
    ]);
    assert.equal(
      parseExamples('text,label\n"a,b\nc,d\n').errors[0]?.fault,
      "open quote",
    );
  });

  test("every fault is collected with its line", () => {
    const text = [
      "{",
      "[1]",
      "null",
      '{"completion": "x"}',
      '{"prompt": "x", "completion": 3}',
      row("", "x"),
      row("x", " \n"),
      row("x", "y"),
      row("x", "y"),
      row("x", "z"),
    ].join("\n");
    const { examples, errors } = parseExamples(text);
    assert.deepEqual(
      examples.map(({ line }) => line),
      [8, 10],
    );
    assert.deepEqual(errors, [
      { line: 1, fault: "not JSON" },
      { line: 2, fault: "not an object" },
      { line: 3, fault: "not an object" },
      { line: 4, fault: "no prompt" },
      { line: 5, fault: "no completion" },
      { line: 6, fault: "empty prompt" },
      { line: 7, fault: "empty completion" },
      { line: 9, fault: "duplicate", firstLine: 8 },
    ]);
  });
});

suite("splitExamples()", () => {
  test("about 15% are held out, the same ones for a seed, others for another", () => {
    const examples = rows(1000);
    const { training, heldOut } = splitExamples(examples, { seed: 1 });
    assert.equal(training.length + heldOut.length, 1000);
    // Standard deviation 11; five of them.
    assert.ok(Math.abs(heldOut.length - 150) < 56, `${heldOut.length}`);
    assert.deepEqual(splitExamples(examples, { seed: 1 }).heldOut, heldOut);
    assert.notDeepEqual(splitExamples(examples, { seed: 2 }).heldOut, heldOut);
  });

  test("rows that are added do not move others", () => {
    const before = splitExamples(rows(500)).heldOut;
    const after = splitExamples(rows(900)).heldOut;
    assert.deepEqual(
      after.filter(({ line }) => line <= 500),
      before,
    );
  });

  test("rows with the same prompt are on one side, whatever its case and spaces", () => {
    const examples = rows(300).flatMap((example) => [
      example,
      { ...example, completion: "other" },
      { ...example, prompt: ` ${example.prompt.toUpperCase()}  ` },
    ]);
    const { training, heldOut } = splitExamples(examples);
    const prompts = (list: LabelledExample[]) =>
      new Set(list.map(({ line }) => line));
    assert.equal(prompts(training).size + prompts(heldOut).size, 300);
    assert.ok(heldOut.length > 0);
  });

  test("a small file still holds some out, and never more than 40%", () => {
    assert.equal(
      splitExamples(rows(20)).heldOut.length >= MIN_HELD_OUT_EXAMPLES,
      true,
    );
    assert.equal(splitExamples(rows(4)).heldOut.length, 1);
    assert.equal(splitExamples(rows(1)).heldOut.length, 0);
    assert.deepEqual(splitExamples([]), {
      training: [],
      heldOut: [],
      labels: undefined,
    });
  });
});

suite("splitExamples() of rows with labels", () => {
  const labelled = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([label, count]) =>
      rows(count).map(({ prompt, line }) => ({
        prompt: `${label} ${prompt}`,
        completion: label,
        line,
      })),
    );
  const countsOf = (examples: LabelledExample[]) =>
    Object.fromEntries(
      [...new Set(examples.map(({ completion }) => completion))].map(
        (label) => [
          label,
          examples.filter(({ completion }) => completion === label).length,
        ],
      ),
    );
  const check = (
    counts: Record<string, number>,
    heldOut: Record<string, number>,
  ) => {
    const split = splitExamples(labelled(counts));
    assert.ok(split.labels);
    assert.deepEqual(countsOf(split.heldOut), heldOut);
  };

  test("each label is held out in its share, and none wholly", () => {
    check({ a: 200, b: 200 }, { a: 30, b: 30 });
    check({ a: 300, b: 100 }, { a: 45, b: 15 });
    check({ a: 90, b: 8, c: 2 }, { a: 14, b: 1, c: 1 });
    check({ a: 13, b: 12 }, { a: 3, b: 2 });
  });

  test("rows that are added move at most those at the border", () => {
    const before = splitExamples(labelled({ a: 200, b: 200 })).heldOut;
    const after = splitExamples(labelled({ a: 400, b: 400 })).heldOut;
    const kept = before.filter(({ prompt }) =>
      after.some((each) => each.prompt === prompt),
    );
    assert.ok(kept.length > 0.7 * before.length, `${kept.length}`);
  });
});

suite("parseTexts()", () => {
  const check = (
    text: string,
    expected: [prompt: string, completion: string | undefined][],
  ) =>
    assert.deepEqual(
      parseTexts(text).map(({ prompt, completion }) => [prompt, completion]),
      expected,
    );

  test("rows with a label and without, twice too, and plain lines", () => {
    check("One, two.\n\nOne, two.\r\nThree\n", [
      ["One, two.", undefined],
      ["One, two.", undefined],
      ["Three", undefined],
    ]);
    check("text,label\na,x\na,\n", [
      ["a\n\n", "x"],
      ["a\n\n", undefined],
    ]);
    check("id,text\n1,a\n", [["a\n\n", undefined]]);
    check('{"text": "a"}\n{"prompt": "b"}', [
      ["a\n\n", undefined],
      ["b", undefined],
    ]);
  });

  test("a row that cannot be read is named by its line", () => {
    assert.throws(() => parseTexts('{"text": "a"}\n{'), /line 2: not JSON/);
  });
});

suite("findExamplesShortage()", () => {
  const shortageOf = (text: string) =>
    findExamplesShortage(splitExamples(parseExamples(text).examples));

  test("it says how many rows there are and how many are needed", () => {
    const text = `{\n${row("a", "b")}`;
    assert.deepEqual(shortageOf(text), { rows: 1, needed: 25 });
  });

  test("enough rows are no shortage; one prompt for all of them is", () => {
    const many = (prompt: (index: number) => string) =>
      Array.from({ length: 60 }, (_, i) => row(prompt(i), `${i}`)).join("\n");
    assert.equal(shortageOf(many((i) => `p${i}`)), undefined);
    assert.equal(shortageOf(many(() => "same"))?.rows, 60);
  });
});
