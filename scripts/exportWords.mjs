// Writes l10n/bundle.l10n.json: every sentence that the code shows, for translators to copy and change.
// node scripts/exportWords.mjs [--check]     (--check writes nothing and fails when the file is out of date)
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const bundleFile = "l10n/bundle.l10n.json";

/** The first arguments of all calls of vscode.l10n.t in a file. */
function sentencesOf(file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
  );
  const sentences = [];
  const visit = (node) => {
    if (
      ts.isCallExpression(node) &&
      node.expression.getText(source) === "vscode.l10n.t"
    ) {
      const [sentence] = node.arguments;
      if (!sentence || !ts.isStringLiteralLike(sentence)) {
        throw new TypeError(
          `Cannot export the words of ${file}: vscode.l10n.t is called with ${sentence?.getText(source)}, expected a literal`,
        );
      }
      sentences.push(sentence.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sentences;
}

const sentences = readdirSync("src", { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => sentencesOf(path.join("src", file)));
const bundle = Object.fromEntries(
  [...new Set(sentences)].sort().map((sentence) => [sentence, sentence]),
);
const text = `${JSON.stringify(bundle, null, 2)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(bundleFile, text);
} else if (readFileSync(bundleFile, "utf8") !== text) {
  console.error(
    `Cannot accept ${bundleFile}: the code says something else, run "node scripts/exportWords.mjs"`,
  );
  process.exit(1);
}
