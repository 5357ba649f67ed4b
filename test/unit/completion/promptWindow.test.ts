import assert from "node:assert/strict";
import {
  placeWindow,
  PromptWindows,
  type WindowState,
} from "../../../src/completion/promptWindow";
import type { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { loadEmbeddedTokenizer } from "../tokenizer/embeddedTokenizer";

const paragraph =
  "The quick brown fox jumps over the lazy dog and sits down.\n\n";

function longDocument(characters: number): string {
  let text = "# Title\n\n";
  for (let section = 1; text.length < characters; section++) {
    text += paragraph.repeat(4) + `## Section ${section}\n\n`;
  }
  return text.slice(0, characters);
}

suite("placeWindow()", () => {
  const budgetCharacters = 2000;

  test("begins at the document's beginning while all of it fits", () => {
    const window = placeWindow(longDocument(2000), {
      budgetCharacters,
      previous: undefined,
    });
    assert.equal(window.start, 0);
  });

  test("moves rarely and in jumps while a long document is typed", () => {
    const text = longDocument(12_000);
    const starts: number[] = [];
    let previous: WindowState | undefined;
    for (let length = 1; length <= text.length; length++) {
      const window = placeWindow(text.slice(0, length), {
        budgetCharacters,
        previous,
      });
      assert.ok(length - window.start <= budgetCharacters);
      assert.ok(
        window.start === 0 || length - window.start >= budgetCharacters / 2,
      );
      if (window.start !== (previous?.start ?? 0)) starts.push(window.start);
      previous = window;
    }
    // 10,000 characters beyond the first window, by jumps of an eighth (250) or more.
    assert.ok(starts.length <= 40, `${starts.length} jumps`);
    assert.ok(starts.length >= 10, `${starts.length} jumps`);
    for (const [index, start] of starts.entries()) {
      if (index > 0) assert.ok(start - (starts[index - 1] ?? 0) >= 125);
    }
  });

  test("begins at a heading or paragraph after a jump", () => {
    const text = longDocument(5000);
    const { start } = placeWindow(text, {
      budgetCharacters,
      previous: undefined,
    });
    assert.equal(text.slice(start - 2, start), "\n\n");
  });

  test("prefers a heading to a paragraph", () => {
    const text = `${paragraph.repeat(44)}## Here\n\n${paragraph.repeat(24)}`;
    const { start } = placeWindow(text, {
      budgetCharacters,
      previous: undefined,
    });
    assert.ok(text.startsWith("## Here", start), text.slice(start, start + 20));
  });

  test("follows the text when an edit above the window moves it", () => {
    const text = longDocument(5000);
    const before = placeWindow(text, { budgetCharacters, previous: undefined });
    const after = placeWindow(`Inserted. ${text}`, {
      budgetCharacters,
      previous: before,
    });
    assert.equal(after.start, before.start + "Inserted. ".length);
  });

  test("keeps its start over typing and deleting around a jump", () => {
    const text = longDocument(5000);
    const first = placeWindow(text, { budgetCharacters, previous: undefined });
    const shorter = placeWindow(text.slice(0, -40), {
      budgetCharacters,
      previous: first,
    });
    assert.equal(shorter.start, first.start);
  });

  test("comes back to the same start after a visit elsewhere", () => {
    const text = longDocument(9000);
    const first = placeWindow(text, { budgetCharacters, previous: undefined });
    const elsewhere = placeWindow(text.slice(0, 4000), {
      budgetCharacters,
      previous: first,
    });
    const back = placeWindow(text, { budgetCharacters, previous: elsewhere });
    assert.notEqual(elsewhere.start, first.start);
    assert.equal(back.start, first.start);
  });

  test("splits no surrogate pair in a text without white space", () => {
    for (const pad of ["", "a"]) {
      const text = pad + "😀".repeat(3000);
      const { start } = placeWindow(text, {
        budgetCharacters,
        previous: undefined,
      });
      assert.ok(start > 0);
      const codeUnit = text.charCodeAt(start);
      assert.ok(codeUnit >= 0xd800 && codeUnit <= 0xdbff);
    }
  });
});

suite("PromptWindows", () => {
  const contextTokens = 512;
  const textBefore = longDocument(6000);

  function promptLength(windows: PromptWindows, documentKey = "a"): number {
    return windows.promptFor(documentKey, { textBefore, contextTokens }).length;
  }

  function observe(
    windows: PromptWindows,
    { prompt, promptTokens }: { prompt: string; promptTokens: number },
  ): void {
    windows.observe("a", { prompt, promptTokens, contextTokens });
  }

  test("observe() shrinks the prompt of a document with more tokens than expected", () => {
    const windows = new PromptWindows();
    const prompt = windows.promptFor("a", { textBefore, contextTokens });
    observe(windows, { prompt, promptTokens: 2 * contextTokens });
    const shorter = promptLength(windows);
    assert.ok(shorter <= (0.95 * prompt.length) / 2 + 1, `${shorter}`);
    assert.ok(shorter > prompt.length / 4, `${shorter}`);
    assert.equal(promptLength(windows, "b"), prompt.length);
  });

  test("observe() widens a window only where much of the context lies idle", () => {
    const windows = new PromptWindows();
    const prompt = windows.promptFor("a", { textBefore, contextTokens });
    observe(windows, { prompt, promptTokens: 400 });
    assert.equal(promptLength(windows), prompt.length);
    observe(windows, { prompt, promptTokens: 100 });
    assert.equal(promptLength(windows), prompt.length);
    observe(windows, { prompt, promptTokens: 250 });
    assert.ok(promptLength(windows) > 1.2 * prompt.length);
  });
});

/** Sentences of everyday life, and what has short tokens for another reason. */
const samples = {
  English: "Yesterday afternoon we walked around the lake in the old park. ",
  Chinese: "昨天下午我和朋友一起去了城市北边的公园，湖面上有很多小船。",
  Japanese: "昨日の午後、友達と一緒に町の北にある公園へ行きました。",
  Korean: "어제 오후에 친구와 함께 도시 북쪽에 있는 공원에 갔습니다. ",
  Thai: "เมื่อวานตอนบ่ายฉันกับเพื่อนไปสวนสาธารณะทางเหนือของเมือง ",
  Russian: "Вчера днём мы с другом пошли в парк на севере города. ",
  Greek: "Χθες το απόγευμα πήγα με έναν φίλο στο πάρκο της πόλης. ",
  Arabic: "ذهبت أمس بعد الظهر مع صديق إلى الحديقة في شمال المدينة. ",
  Hebrew: "אתמול אחר הצהריים הלכתי עם חבר לפארק בצפון העיר. ",
  Hindi: "कल दोपहर मैं एक दोस्त के साथ शहर के उत्तर में पार्क गया। ",
  emoji: "😀🎉🚀👩‍👩‍👧‍👦🇩🇪👍🏽🐱🌍🍎",
  digits: "3.14159 2718281828 1000000 42 ",
};

suite("PromptWindows before anything was answered", () => {
  const contextTokens = 512;
  let tokenizer: Tokenizer;
  suiteSetup(async () => {
    tokenizer = await loadEmbeddedTokenizer();
  });

  // All but English was taken for 3.6 characters a token: of Chinese six times as many tokens as there was room for.
  for (const [script, sample] of Object.entries(samples)) {
    test(`a prompt in ${script} fits the context, and uses it`, () => {
      const textBefore = sample.repeat(Math.ceil(4000 / sample.length));
      const prompt = new PromptWindows().promptFor("a", {
        textBefore,
        contextTokens,
      });
      const share = tokenizer.encode(prompt).length / contextTokens;
      assert.ok(share > 0.3 && share < 1.1, `${share.toFixed(2)} of it`);
    });
  }

  test("what is typed in another script than the text before it has its own measure", () => {
    const windows = new PromptWindows();
    const english = samples.English.repeat(60);
    const long = windows.promptFor("a", {
      textBefore: english,
      contextTokens,
    }).length;
    const chinese = english + samples.Chinese.repeat(10);
    const prompt = windows.promptFor("a", {
      textBefore: chinese,
      contextTokens,
    });
    assert.ok(prompt.length < long / 3, `${prompt.length} of ${long}`);
    assert.ok(tokenizer.encode(prompt).length < 1.1 * contextTokens);
  });

  // A cancelled answer says nothing of its tokens, so nothing may depend on one.
  test("600 keys in Chinese with nothing answered have their window read anew a few times only", () => {
    const windows = new PromptWindows();
    const text = samples.Chinese.repeat(30);
    let read: number[] = [];
    let numReadAnew = 0;
    for (let length = 1; length <= 600; length++) {
      const textBefore = text.slice(0, length);
      const tokenIds = tokenizer.encode(
        windows.promptFor("a", { textBefore, contextTokens }),
      );
      assert.ok(tokenIds.length <= contextTokens, `${tokenIds.length} tokens`);
      const different = tokenIds.findIndex((id, index) => id !== read[index]);
      if (different >= 0 && different < read.length / 2) numReadAnew++;
      read = tokenIds;
    }
    assert.ok(numReadAnew >= 2 && numReadAnew <= 6, `${numReadAnew} times`);
  });
});
