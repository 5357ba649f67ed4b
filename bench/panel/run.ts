// Packages the extension and runs bench/panel/wholeRun.run.ts on a folder of documents.
// npm run bench:panel -- DOCUMENTS
import path from "node:path";
import { ownTarget, packageFile } from "../../scripts/package";
import { projectFolder, run } from "../../scripts/terminal";

const tsx = path.join(projectFolder, "node_modules/tsx/dist/cli.mjs");
const mocha = path.join(projectFolder, "node_modules/mocha/bin/mocha.js");

async function main(): Promise<number> {
  const [documents] = process.argv.slice(2);
  if (documents === undefined) {
    throw new Error("Cannot run without documents: expected a folder");
  }
  const packaged = await run([process.execPath, tsx, "scripts/package.ts"]);
  if (packaged !== 0) return packaged;
  const config = ["--config", "bench/panel/.mocharc.json"];
  return run([process.execPath, mocha, ...config], {
    env: {
      ...process.env,
      INKLING_DOCUMENTS: path.resolve(documents),
      INKLING_VSIX: packageFile(ownTarget),
    },
  });
}

main().then(
  (exitCode) => (process.exitCode = exitCode),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
