// Writes THIRD_PARTY_NOTICES.md: the licences of every package whose code is bundled or shipped beside the bundles.
// node scripts/thirdPartyNotices.mjs [--check]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const { bundledPackages } = require("../esbuild.js");

const FILE = "THIRD_PARTY_NOTICES.md";
/** Shipped as they are, since native modules cannot be bundled. */
const SHIPPED = ["onnxruntime-node", "onnxruntime-common"];

/** Who holds the rights in packages under the MIT licence that carry no text of it. */
const HOLDERS = {
  "onnxruntime-node": "Microsoft Corporation",
  "onnxruntime-common": "Microsoft Corporation",
  "@huggingface/gguf": "Hugging Face",
  "onnx-buf": "Eric Zhang",
};
/** The words of the MIT licence after its copyright line are the same for everybody: ours are at the top. */
const MIT_TERMS = readFileSync("LICENSE", "utf8").split("authors\n")[1].trim();

function noticeOf(name) {
  const folder = path.join("node_modules", name);
  const manifest = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  );
  const licenceFile = readdirSync(folder).find((file) =>
    /^licen[cs]e(\.|$)/i.test(file),
  );
  const text = licenceFile
    ? readFileSync(path.join(folder, licenceFile), "utf8").trim()
    : HOLDERS[name]
      ? `Copyright (c) ${HOLDERS[name]}\n\n${MIT_TERMS}`
      : `The package carries no licence text; its manifest says "${manifest.license}".`;
  return `## ${manifest.name} ${manifest.version}\n\nLicence: ${manifest.license}\n\n\`\`\`\n${text}\n\`\`\`\n`;
}

const names = [...new Set([...(await bundledPackages()), ...SHIPPED])].sort();
const text = `# Third-party notices

Inkling is distributed with code of the packages below. The embedded model has its licence beside it, in \`models/\`.

${names.map(noticeOf).join("\n")}`;

if (process.argv.includes("--check")) {
  if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== text) {
    console.error(
      `${FILE} is out of date: run "node scripts/thirdPartyNotices.mjs"`,
    );
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
  console.log(`${FILE}: ${names.length} packages`);
}
