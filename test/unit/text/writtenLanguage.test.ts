// Languages are told by their texts, and what has none is left alone.
import assert from "node:assert/strict";
import { writtenLanguage } from "../../../src/text/writtenLanguage";

const ENGLISH =
  "The meeting was moved to Thursday because the room is not free before. We will send you the notes, and if there is anything that you want to add, please write it down by Friday.";
const GERMAN =
  "Die Sitzung wurde auf Donnerstag verschoben, weil der Raum vorher nicht frei ist. Wir werden euch das Protokoll schicken, und wenn es noch etwas gibt, das ihr ergänzen wollt, schreibt es bitte bis Freitag auf.";
const CHINESE =
  "会议改到星期四，因为之前会议室没有空。我们会把记录发给大家，如有补充，请在星期五之前写好。";

const rows: [what: string, text: string, language: string | undefined][] = [
  ["English", ENGLISH, undefined],
  ["German", GERMAN, "de"],
  [
    "French",
    "La réunion a été déplacée à jeudi parce que la salle n’est pas libre avant. Nous vous enverrons le compte rendu, et si vous voulez ajouter quelque chose, écrivez-le avant vendredi, s’il vous plaît.",
    "fr",
  ],
  [
    "Spanish",
    "La reunión se ha movido al jueves porque la sala no está libre antes. Les enviaremos las notas y, si hay algo que quieran añadir, por favor escríbanlo antes del viernes para que podamos incluirlo.",
    "es",
  ],
  [
    "Italian",
    "La riunione è stata spostata a giovedì perché la sala non è libera prima. Vi manderemo gli appunti e, se c’è qualcosa che volete aggiungere, scrivetelo per favore entro venerdì con il nome della persona.",
    "it",
  ],
  [
    "Portuguese",
    "A reunião foi transferida para quinta-feira porque a sala não está livre antes. Vamos enviar as notas e, se há algo que você quer acrescentar, escreva por favor até sexta-feira, para que não falte nada no texto.",
    "pt",
  ],
  [
    "Dutch",
    "De vergadering is verplaatst naar donderdag omdat de zaal eerder niet vrij is. We sturen je het verslag, en als er nog iets is dat je wilt toevoegen, schrijf het dan voor vrijdag op met een naam erbij.",
    "nl",
  ],
  ["Chinese", CHINESE, "zh"],
  [
    "Chinese with English terms",
    "请在 Markdown 文件里打开 workspace 设置，然后按 Tab 接受建议，这样模型就会继续写下去。",
    "zh",
  ],
  [
    "Japanese",
    "会議は木曜日に変更されました。それまで部屋が空いていないためです。追加したいことがあれば金曜日までに書いてください。",
    "ja",
  ],
  [
    "Korean",
    "회의는 목요일로 옮겨졌습니다. 그 전에는 방이 비어 있지 않기 때문입니다.",
    "ko",
  ],
  [
    "Russian",
    "Встреча перенесена на четверг, потому что раньше зал занят.",
    "Cyrl",
  ],
  [
    "Greek",
    "Η συνάντηση μεταφέρθηκε για την Πέμπτη, γιατί πριν η αίθουσα δεν είναι ελεύθερη.",
    "el",
  ],
  ["nothing", "", undefined],
  ["a few words of German", "Die Sitzung wurde verschoben.", undefined],
  ["a few letters of Chinese", "# 星期四的会议\n\n", undefined],
  [
    "English and then some Chinese",
    `${ENGLISH} ${ENGLISH} ${CHINESE.slice(0, 40)}`,
    undefined,
  ],
  [
    "English and German in turns",
    `${ENGLISH}\n\n${GERMAN}\n\n${ENGLISH}`,
    undefined,
  ],
  [
    "English about German",
    `${ENGLISH} In German "der", "die" and "das" are the articles, and "und" is the word for "and".`,
    undefined,
  ],
  [
    "German names",
    "Johann Sebastian Bach, Ludwig van Beethoven, Clara Schumann, Fanny Mendelssohn, Johannes Brahms, Richard Strauss, Hildegard von Bingen, Georg Philipp Telemann, Robert Schumann, Franz Schubert",
    undefined,
  ],
  [
    "code",
    "const de = new Set(words);\nfor (const [el, es] of entries) {\n  if (!de.has(el)) continue;\n  sum += es.length;\n}\nexport function das(un: number, la: string): void {\n  console.log(un, la);\n}\n".repeat(
      3,
    ),
    undefined,
  ],
  [
    "code with Chinese comments",
    "// 打开文件\nconst file = await open(path);\nconst text = await file.readFile({ encoding: 'utf8' });\n// 关闭文件\nawait file.close();\nreturn text.split('\\n').map((line) => line.trim());\n",
    undefined,
  ],
  ["numbers", "1.23 4.56 7.89 ".repeat(30), undefined],
  [
    "Latin filler",
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua ut enim ad minim veniam quis",
    undefined,
  ],
];

suite("writtenLanguage()", () => {
  for (const [what, text, language] of rows) {
    test(`${what}: ${language ?? "none"}`, () =>
      assert.equal(writtenLanguage(text), language));
  }
});
