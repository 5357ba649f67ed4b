// Texts that are hard to split into tokens, for scripts/makeTokenizerFixture.mjs. All written for this purpose.

/** Pairs of a name and a text; `specialTokens` are the model's, as they are written. */
export function tokenizerTexts(specialTokens) {
  return [...short(specialTokens), ...excerpts];
}

const short = (specialTokens) => [
  ["empty", ""],
  ["one space", " "],
  ["one newline", "\n"],
  ["emoji with joiners", "👨‍👩‍👧‍👦 and 🏳️‍🌈, 👩🏽‍💻! 🇫🇷🇯🇵 1️⃣"],
  ["emoji alone", "🙂"],
  ["emoji touching words", "ok👍good 👍🏿 yes🎉🎉🎉"],
  ["Chinese", "春天来了,花园里的花都开了。你好世界!"],
  ["Japanese", "吾輩の本は机の上にある。カタカナとひらがな、漢字123"],
  ["Korean", "안녕하세요 세계, 오늘은 2024년입니다."],
  ["Thai", "สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่าง"],
  ["Hindi", "नमस्ते दुनिया, यह एक परीक्षा है। १२३"],
  ["Arabic and Hebrew", "مرحبا بالعالم ١٢٣ שלום עולם"],
  ["Russian and Greek", "Привет, мир! Γειά σου Κόσμε."],
  [
    "German and French",
    "Äpfel über Straßenbahnen; œuvre déjà vu, «guillemets»",
  ],
  [
    "combining marks",
    "e\u0301 n\u0303 a\u030a\u0323 Z\u0351\u036b\u0343a\u0329l\u0348go",
  ],
  ["composed and not", "\u00e9 e\u0301 \u1e9b\u0323"],
  ["CRLF", "first\r\nsecond\r\n\r\nthird\r"],
  ["carriage returns alone", "a\rb\r\rc"],
  ["tabs", "\tone\t\ttwo\t three \t"],
  ["runs of spaces", "a b  c   d    e     f        g  "],
  ["runs of newlines", "a\nb\n\nc\n\n\nd\n\n\n\n\n"],
  ["spaces before newlines", "a  \n  b \n\n   c\n    \n"],
  ["indented", "if x:\n    if y:\n        pass\n"],
  [
    "exotic spaces",
    "a\u00a0b\u2003c\u3000d\u200be\u2028f\u0085g\ufeffh\u1680i\u180ej",
  ],
  ["control characters", "\0\x01\x07\x1b[0m\x7f\u009f"],
  ["byte order mark first", "\ufeffText"],
  ["digits", "0 1 12 123 1234567890 3.14159 1,000,000 v1.2.3 2024-05-06"],
  ["digits of other scripts", "٣٤ १२ ５６ ² ½ Ⅷ ④ 𝟘𝟙"],
  [
    "contractions",
    "I'm you're he's we'll they've I'd can't IT'S It’s rock'n'roll 'tis",
  ],
  ["quotes and dashes", "“so”—she said – ‘no’… and... --- *** ~~~~"],
  [
    "punctuation runs",
    "!!!???...;;;:::,,, ([{<>}]) $$$ %%% ^^^ &&& ||| \\\\\\ ///",
  ],
  ["mathematics", "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, ∑∫∂√∞ ≠ ≤ α≈β"],
  ["beyond the basic plane", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠜎 𡃁 🜁"],
  ["last code points", "\uffff \u{10ffff} \u{e0001} \ue000 \ufffd"],
  ["10,000 letters", "a".repeat(10_000)],
  ["5,000 spaces", " ".repeat(5_000)],
  ["5,000 newlines", "\n".repeat(5_000)],
  ["2,000 of mixed case", "aB".repeat(2_000)],
  ["unpaired surrogates", "a\ud800b \udc00 \ud83d\ud83d\ude00 \ude00\ud83d"],
  ["special tokens as text", specialTokens.join("")],
  [
    "special tokens between words",
    specialTokens.map((token) => `x ${token} y${token}`).join("\n"),
  ],
  [
    "chat markup as text",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
  ],
  [
    "half special tokens",
    "<|im_start <|im_|> <|<|im_end|>|> <repo_nam e> < repo_name>",
  ],
];

const excerpts = [
  [
    "prose",
    `The lighthouse keeper's daughter had never liked the sea. It was too loud in winter and too quiet in July, and
on the mornings when fog lay over the harbour she couldn't tell where it ended. "You'll get used to it," her father
said, as he'd said every year since 1987; she didn't.`,
  ],
  [
    "Markdown",
    `# Getting started\n\n1. Install the package: \`npm i --save-dev example@^2.0.0\`\n2. Add it to **package.json**\n   - nested _item_\n   - [ ] a task, see [the guide](../docs/guide.md#first-steps "Guide")\n\n> A quotation\n> of two lines\n\n| Option | Default | Meaning |\n|:-------|--------:|---------|\n| \`port\` | 8080 | where it listens |\n\n\`\`\`js\nconst app = await start({ port: 8_080 }); // waits\n\`\`\`\n\n---\n\n![A picture](./a%20b.png)\n`,
  ],
  [
    "Python",
    `def mean(values: list[float]) -> float:\n\t"""Arithmetic mean; raises ValueError when empty."""\n\tif not values:\n\t\traise ValueError(f"no values in {values!r}")\n\treturn sum(values) / len(values)  # not fsum\n\n\n@cached\nclass Node(Base):\n    __slots__ = ("left", "right")\n    x = 0xFF & ~1e-9 ** 2 // 3\n`,
  ],
  [
    "TypeScript",
    `export const byName = <T extends { name: string }>(a: T, b: T) =>\n  a.name.localeCompare(b.name) || -1;\nprivate readonly cacheByUrl = new Map<string, Promise<Response | undefined>>();\nif (!(x?.y ?? z)) { throw new Error(\`\${x}: \${JSON.stringify({ "k\\n": [1, 2.5e-3] })}\`); }\n`,
  ],
  [
    "JSON and YAML",
    `{"id":1,"tags":["a","b c"],"nested":{"empty":{},"none":null,"text":"tab\\tquote\\""}}\n---\nname: test\non:\n  push: { branches: [main] }\n`,
  ],
  [
    "HTML and CSS",
    `<!DOCTYPE html><p class="a b" data-x='1'>Fish &amp; chips&nbsp;<br/></p><style>.a>b::before{content:"\\201C";margin:0 auto!important}</style>`,
  ],
  [
    "LaTeX",
    `\\begin{equation}\\label{eq:loss}\n  \\mathcal{L}(\\theta) = -\\frac{1}{N}\\sum_{i=1}^{N} \\log p_\\theta(y_i \\mid x_i)\n\\end{equation} see~\\ref{eq:loss}\n`,
  ],
  [
    "commit message",
    `fix(parser): don't drop the last line without a newline\n\nThe reader stopped at EOF (#1234).\n\nCo-authored-by: A. N. Other <a.n.other@example.com>\n`,
  ],
  [
    "addresses",
    `https://www.example.org/a/b?c=d&e=%20f#g ftp://10.0.0.1:21 C:\\Users\\me\\file.txt ~/.config/app --flag=value user@host`,
  ],
  [
    "log",
    `2024-05-06T07:08:09.123Z [WARN]  worker#3 — retry 2/5 in 1500ms (ECONNRESET) 0xdeadbeef 3f2504e0-4f89-11d3-9a0c\n`,
  ],
];
