import assert from "node:assert/strict";
import { alignGeneration } from "../../../src/completion/alignment";
import { decide } from "../../../src/completion/decide";
import type { CompletionContext } from "../../../src/completion/decision";
import { findObstacle } from "../../../src/completion/obstacles";
import { findRepetition } from "../../../src/completion/repetition";
import { cutAtStop } from "../../../src/completion/stopRule";
import { contextAt, settings, sureGeneration } from "./support";

type Overrides = Partial<CompletionContext>;

/** The document with the suggestion in it, `[` and `]` around what was inserted, or the code of the silence. */
function shown(
  marked: string,
  answer: string,
  overrides: Overrides = {},
): string {
  const context = contextAt(marked, overrides);
  const decision = decide(context, [
    cutAtStop(
      alignGeneration({ ...sureGeneration(answer), stopReason: "stop-rule" }),
      context,
    ),
  ]);
  if (decision.kind === "silent") return decision.reason.code;
  const { text = "", replacedAfter = 0 } = decision.suggestions[0] ?? {};
  return `${context.textBefore}[${text}]${context.textAfter.slice(replacedAfter)}`;
}

function check(
  rows: [marked: string, answer: string, expected: string][],
  overrides: Overrides = {},
): void {
  for (const [marked, answer, expected] of rows) {
    assert.equal(shown(marked, answer, overrides), expected, marked);
  }
}

const paragraph = { settings: { ...settings, stopAt: "paragraph" as const } };
const sentence = { settings: { ...settings, stopAt: "sentence" as const } };
const code = { languageId: "typescript" };

suite("decide() fits a suggestion between its neighbours", () => {
  test("closing brackets and quotes that stand there are not doubled", () =>
    check(
      [
        ["foo([|])", "a, b)", "foo([a, b])"],
        ["foo([|]);", "a, b);", "foo([a, b]);"],
        ["const x = [[|]]", "one, two]", "const x = [[one, two]]"],
        ['say("[|]")', 'hello")', 'say("[hello]")'],
        ["see [link]([|]) here", "page.md)", "see [link]([page.md]) here"],
      ],
      code,
    ));

  const dangling: [marked: string, answer: string, expected: string][] = [
    ["北京[|]", "是首都（", "北京[是首都]"],
    ["他[|]", "说：“", "他[说：]"],
    ["他[|]", "说：「", "他[说：]"],
    ["我读[|]", "了《", "我读[了]"],
    ["他[|]", "说“你好”", "他[说“你好”]"],
    ["Er sagt[|]", " „gut“", "Er sagt[ „gut“]"],
    ["He says[|]", " hello (", "He says[ hello]"],
  ];
  for (const [marked, answer, expected] of dangling) {
    test(`${marked}${answer} keeps no opener that nothing follows`, () =>
      check([[marked, answer, expected]]));
  }

  const manual = { trigger: "manual" as const };
  const closers: [what: string, marked: string, answer: string, expected: string][] = [
    ["a wide bracket", "北京（中国的首都[|]）", "），", "北京（中国的首都[），]"],
    ["a corner bracket", "他说：「你好[|]」", "」。", "他说：「你好[」。]"],
    ["a French quotation", "il dit «bon[|]»", "jour» et", "il dit «bon[jour» et]"],
    ["a German quotation", "er sagt „gut[|]“", "en Tag“.", "er sagt „gut[en Tag“.]"],
    ["an English quotation", "he says “go[|]”", "od day” and", "he says “go[od day” and]"],
    ["a full stop", "这里是结束[|]。", "了。然后", "这里是结束[了。然后]"],
    ["a question mark", "is that so[|]?", " now? Yes", "is that so[ now? Yes]"],
    ["bold", "some **bold[|]**", " words** and", "some **bold[ words** and]"],
    ["struck out", "some ~~old[|]~~", " words~~ and", "some ~~old[ words~~ and]"],
    ["a tag", "<b>bold[|]</b>", " words</b> and", "<b>bold[ words</b> and]"],
    ["mathematics", "where $x[|]$", " + 1$ is", "where $x[ + 1$ is]"],
    ["a cell", "| a | b[|] |", " c | d", "| a | b[ c | d]"],
    ["a bracket before words", "(see[|]) there", " below) here", "(see[ below]) there"],
    ["a wide bracket before words", "北京（首都[|]）是", "城市）在", "北京（首都[城市]）是"],
    ["a tag before words", "<b>bold[|]</b> text", " words</b> and", "<b>bold[ words]</b> text"],
    ["bold before words", "some **bold[|]** text", " words** and", "some **bold[ words]** text"],
    ["a quotation before words", "he says “go[|]” twice", "od day” and", "he says “go[od day]” twice"],
    ["what it opened itself", "(see[|]) there", " (below) here", "(see[ (below) here]) there"],
    ["a wide pair of its own", "（看[|]）那", "（这）里", "（看[（这）里]）那"],
    ["a copy alone", "(see[|]) there", ") here", "copy-of-following-text"],
  ]; // prettier-ignore
  for (const [what, marked, answer, expected] of closers) {
    test(`who asks gets nothing twice: ${what}`, () =>
      check([[marked, answer, expected]], manual));
  }

  test("a bracket that the suggestion opened itself is kept", () =>
    check(
      [
        ["foo([|])", "bar(one)", "foo([bar(one)])"],
        ["foo([|])", "bar(one))", "foo([bar(one)])"],
      ],
      code,
    ));

  test("what stands behind a closing bracket replaces it", () =>
    check([["foo([|])", "one, two);", "foo([one, two);]"]], code));

  test("words that follow are not repeated", () =>
    check(
      [
        ["The quick [|] fox jumps", "brown fox", "The quick [brown] fox jumps"],
        [
          "The quick [|] fox jumps over",
          "brown fox jumps over the dog",
          "The quick [brown] fox jumps over",
        ],
        ["The quick [|]fox", "fox", "mid-word-or-copy"],
      ].map(([a = "", b = "", c = ""]) => [
        a,
        b,
        c === "mid-word-or-copy" ? "copy-of-following-text" : c,
      ]),
    ));

  test("words that follow silence a suggestion that does not lead to them", () =>
    check([["The quick [|] fox", "brown dog", "text-after-cursor"]]));

  test("a manual trigger inserts before words all the same", () =>
    check([["The quick [|] fox", "brown dog", "The quick [brown dog] fox"]], {
      trigger: "manual",
    }));

  test("of several suggestions the one that leads to the words that follow comes first", () => {
    const context = contextAt("The quick [|] fox", { trigger: "manual" });
    const decision = decide(
      context,
      ["dog", "brown fox"].map((text) => alignGeneration(sureGeneration(text))),
    );
    assert.deepEqual(
      decision.kind === "show" && decision.suggestions.map(({ text }) => text),
      ["brown", "dog"],
    );
  });

  test("the following lines are not repeated", () => {
    check([
      ["One line.[|]\n\nTwo lines.", "\n\nTwo lines.", "nothing-generated"],
      [
        "# A title\n\nTwo[|]\n\nTwo lines here.",
        " lines here.",
        "copy-of-following-text",
      ],
    ]);
    check(
      [
        ["if (a) {\n  [|]\n}", "return b;\n}", "if (a) {\n  [return b;]\n}"],
        [
          "- one\n- [|]\n- three items",
          "two items\n- three items\n- four",
          "- one\n- [two items]\n- three items",
        ],
      ],
      paragraph,
    );
  });

  test("white space alone is never shown, nor white space at the end", () =>
    check([
      ["Some text[|]", "   ", "whitespace-only"],
      ["Some text[|]", " more \t", "Some text[ more]"],
    ]));

  test("nothing begins with white space at a line's start", () =>
    check([
      ["List:\n[|]", "  nested", "indentation"],
      ["List:\n  [|]", "\tnested", "indentation"],
      ["List:\n  [|]", "nested", "List:\n  [nested]"],
    ]));

  test("an opening mark with nothing behind it is dropped", () =>
    check([
      ["Call[|]", " the function (", "Call[ the function]"],
      ["It is[|]", " called **", "It is[ called]"],
    ]));

  test("emoji stay whole", () =>
    check([
      [
        "Family:[|]",
        " 👩‍👩‍👧‍👦 and e\u0301t\u0301e\u0301",
        "Family:[ 👩‍👩‍👧‍👦 and e\u0301t\u0301e\u0301]",
      ],
    ]));
});

suite("decide() ends a suggestion by the stop setting", () => {
  test("at a sentence's end", () =>
    check(
      [
        [
          "It[|]",
          " rains, e.g. here. Then it stops.",
          "It[ rains, e.g. here.]",
        ],
        ["It[|]", " rains\nand pours", "It[ rains]"],
      ],
      sentence,
    ));

  test("at a line's end", () =>
    check([["It[|]", " rains. Then\nit stops", "It[ rains. Then]"]]));

  test("at a paragraph's end", () =>
    check(
      [["It[|]", " rains\nand pours.\n\nNext one", "It[ rains\nand pours.]"]],
      paragraph,
    ));
});

suite("decide() goes on in the form of the Markdown around", () => {
  test("a heading is one line", () =>
    check(
      [["## Getting[|]", " started\n\nFirst", "## Getting[ started]"]],
      paragraph,
    ));

  test("a table row has the cells of the row above", () =>
    check(
      [
        [
          "| a | b |\n| - | - |\n| one[|]",
          " | two | three | four |",
          "| a | b |\n| - | - |\n| one[ | two |]",
        ],
        [
          "| a | b |\n| - | - |\n| 1 | 2 |\n| 3[|]",
          " | 4 |\n| 5 | 6 |",
          "| a | b |\n| - | - |\n| 1 | 2 |\n| 3[ | 4 |]",
        ],
      ],
      paragraph,
    ));

  test("front matter goes on line by line", () =>
    check(
      [["---\ntitle:[|]", " A Day\ndate: today\n---\n", "---\ntitle:[ A Day]"]],
      paragraph,
    ));

  test("code in a fence has no sentences", () =>
    check(
      [["```js\nconst a[|]", " = b. c; d", "```js\nconst a[ = b. c; d]"]],
      sentence,
    ));

  test("a list goes on with its marker", () =>
    check(
      [
        [
          "- first\n- second[|]",
          " item\n- third item",
          "- first\n- second[ item\n- third item]",
        ],
      ],
      paragraph,
    ));
});

suite("decide() keeps the document's indentation", () => {
  test("tabs for spaces and spaces for tabs", () => {
    const options = { ...paragraph, ...code };
    check(
      [
        [
          "function a() {\n\treturn 1;\n}\nfunction b() {[|]",
          " // second\n    return 2;\n        more();",
          "function a() {\n\treturn 1;\n}\nfunction b() {[ // second\n\treturn 2;\n\t\tmore();]",
        ],
        [
          "function a() {\n  return 1;\n}\nfunction b() {[|]",
          " // second\n\treturn 2;",
          "function a() {\n  return 1;\n}\nfunction b() {[ // second\n  return 2;]",
        ],
      ],
      options,
    );
  });
});

suite("decide() refuses", () => {
  test("a loop, or cuts before it", () => {
    check([
      [
        "It goes[|]",
        " round and round and round and round and",
        "It goes[ round and round and]",
      ],
      ["no no no[|]", " no no", "repetition"],
    ]);
  });

  test("the line above once more", () =>
    check([
      ["The sky is blue today.\nThe sky is[|]", " blue today.", "repetition"],
      ["The sky is blue today.[|]", " The sky is blue today.", "repetition"],
    ]));

  test("a single letter, but not one that is a word or a syllable", () =>
    check([
      ["Some word[|]", "s", "too-short"],
      ["今天下雨[|]", "了", "今天下雨[了]"],
      ["雨が降[|]", "る", "雨が降[る]"],
      ["오늘은 [|]", "비", "오늘은 [비]"],
      ["今天下雨[|]", "，", "too-short"],
      ["Сегодня[|]", " я", "too-short"],
    ]));

  test("the line below in Chinese, which is shorter", () =>
    check([
      ["今天[|]\n今天下雨了", "下雨", "copy-of-following-text"],
      ["今[|]\n今天下雨了", "天", "今[天]\n今天下雨了"],
      ["Rain[|]\nRain today, all day", " today", "copy-of-following-text"],
    ]));

  test("a short Chinese sentence once more", () =>
    check([
      ["今天又下雨了。[|]", "今天又下雨了。", "repetition"],
      ["It rains.[|]", " It rains.", "It rains.[ It rains.]"],
    ]));
});

suite("findObstacle() before a word", () => {
  const rows: [marked: string, expected: string | undefined][] = [
    ["in the re[|]ference manual.", "mid-word-after-cursor"],
    ["in the [|]reference manual.", "word-after-cursor"],
    ["in the\t[|]reference manual.", "word-after-cursor"],
    ["([|]reference manual.", "word-after-cursor"],
    ["gr\u00f6[|]\u00dfer", "mid-word-after-cursor"],
    ["cafe\u0301[|]s", "mid-word-after-cursor"],
    ["星期一、[|]星期四", undefined],
    ["星期[|]四", "word-after-cursor"],
    ["我们[|]明天去北京", undefined],
    ["在北[|]京工作", "word-after-cursor"],
    ["東京に[|]行きます", undefined],
    ["コンピ[|]ューターを買う", "word-after-cursor"],
    ["ฉันไป[|]โรงเรียน", undefined],
    ["ฉันไปโรง[|]เรียน", "word-after-cursor"],
    ["ខ្ញុំ[|]ទៅសាលារៀន", undefined],
    ["I like [|]北京", undefined],
    ["uses 北京[|]time", undefined],
    ["오늘[|]은", "mid-word-after-cursor"],
    ["x[|]1", "mid-word-after-cursor"],
    ["the [|].", undefined],
  ];
  for (const [marked, expected] of rows) {
    test(`${marked} is ${expected ?? "no obstacle"}`, () =>
      assert.equal(findObstacle(contextAt(marked))?.code, expected));
  }
});

suite("findRepetition()", () => {
  const song = "Row the boat\nto the shore again\nRow the boat\nto the sea\n";
  const none: [what: string, before: string, text: string][] = [
    ["the columns of a table", "| A | B | C | D | E |\n| ---", " | --- | --- | --- | --- |"],
    ["the cells of a row of zeros", "| A | B | C |\n| --- | --- | --- |\n| 0", " | 0 | 0 |"],
    ["a row of a matrix", "[0, 0, 0, 0],\n[0, 0,", " 0, 0],"],
    ["a whole row of a matrix", "[0, 0, 0, 0],\n[0, 0, 0, 0],\n", "[0, 0, 0, 0],"],
    ["a list of numbers", "values: 1, 1, 1,", " 1, 1, 1"],
    ["a count of numbers", "1 2 3", " 4 5 6 7 8 9"],
    ["what the writer says again and again", "Oh yes, yes, yes, yes, he said.\nAnd yes, yes,", " yes, yes,"],
    ["a refrain", `${song}to the shore again\n`, "Row the boat"],
    ["a refrain of three", "na na na na, hey\nand so he sang na na", " na na, hey"],
    ["names with numbers", "let x1, x2,", " x3, x4, x5, x6"],
    ["a doubled letter", "我们去看", "看这个地方"],
  ]; // prettier-ignore
  for (const [what, before, text] of none) {
    test(`findRepetition() lets ${what} be`, () =>
      assert.equal(findRepetition(text, before), undefined));
  }

  const loops: [what: string, before: string, text: string, at: number][] = [
    ["a phrase", "He said", " the end the end the end the end", 16],
    ["a phrase without spaces", "他说", "很好吃的很好吃的很好吃的", 8],
    ["a long one without spaces", "他说", "我们都是好朋友，".repeat(4), 16],
    ["Thai", "เขา", "ไปบ้าน".repeat(5), 12],
    ["a count beside words", "We saw", " item 1, item 2, item 3, item 4,", 16],
    ["numbered lines", "1. Go home.\n2. Go home.\n", "3. Go home.\n4. Go home.", 0],
    ["marks without end", "So", " ?! ?! ?! ?! ?! ?! ?! ?! ?! ?!", 24],
    ["the line above", "It is a sunny day.\n", "It is a sunny day.", 0],
    ["the two lines above", "It is a sunny day.\nIt is a sunny day.\n", "It is a sunny day.", 0],
    ["more than the writer does", "Oh yes, yes, yes, he said.\nAnd yes, yes,", " yes, yes, yes, yes,", 5],
  ]; // prettier-ignore
  for (const [what, before, text, at] of loops) {
    test(`findRepetition() ends ${what}`, () =>
      assert.equal(findRepetition(text, before), at));
  }
});

suite("decide() in code", () => {
  const ends: [languageId: string, marked: string, answer: string, expected: string][] = [
    ["python", "with open(path) as f:\n    return[|]", " len(f. read())", "with open(path) as f:\n    return[ len(f. read())]"],
    ["rust", "let x = a[|]", ". b. c;", "let x = a[. b. c;]"],
    ["perl", "my $x = $a[|]", " . $b . $c;", "my $x = $a[ . $b . $c;]"],
    ["haskell", "f = g[|]", " . h . k", "f = g[ . h . k]"],
    ["php", "echo $a[|]", " . ' ' . $b;\n$c;", "echo $a[ . ' ' . $b;]"],
    ["lua", "print(a[|]", " .. b .. c)", "print(a[ .. b .. c)]"],
    ["typescript", "const ok = a[|]", " ? b : c! ? d : e;", "const ok = a[ ? b : c! ? d : e;]"],
    ["python", "# It rains[|]", " today. The sun shines.", "# It rains[ today.]"],
    ["rust", "/// It rains[|]", " today. The sun shines.", "/// It rains[ today.]"],
    ["go", "x := 1 // It rains[|]", " today. The sun shines.", "x := 1 // It rains[ today.]"],
    ["plaintext", "It rains[|]", " today. The sun shines.", "It rains[ today.]"],
    ["latex", "It rains[|]", " today. The sun shines.", "It rains[ today.]"],
  ]; // prettier-ignore
  for (const [languageId, marked, answer, expected] of ends) {
    test(`a full stop in ${languageId}: ${marked}`, () =>
      check([[marked, answer, expected]], { ...sentence, languageId }));
  }

  const fence = "```";
  const fences: [languageId: string, marked: string, answer: string, expected: string][] = [
    ["python", "def add(a, b):\n    return a + b\n\n[|]", fence, "nothing-generated"],
    ["json", '{\n  "a": 1\n}\n[|]', `${fence}\n`, "nothing-generated"],
    ["shellscript", "ls\n[|]", `${fence}\n\nThis lists files.`, "nothing-generated"],
    ["css", "a {\n}\n[|]", "~~~", "nothing-generated"],
    ["yaml", "a: 1\n[|]", `b: 2\n${fence}\nThis is`, "a: 1\n[b: 2]"],
    ["plaintext", "A list\n[|]", `Milk\n${fence}`, "A list\n[Milk]"],
    ["rust", "/// It is so.\n/// [|]", `${fence}\n/// x`, "nothing-generated"],
    ["rust", "/// ```\n/// let x = 1;\n/// [|]", fence, `/// ${fence}\n/// let x = 1;\n/// [${fence}]`],
    ["markdown", "```\nfoo\n[|]", fence, `${fence}\nfoo\n[${fence}]`],
  ]; // prettier-ignore
  for (const [languageId, marked, answer, expected] of fences) {
    test(`a fence in ${languageId}: ${JSON.stringify(marked)}`, () =>
      check([[marked, answer, expected]], { ...paragraph, languageId }));
  }
});
