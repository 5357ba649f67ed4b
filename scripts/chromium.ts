// Finds the browser that shows the workbench of code-server, or installs Debian's.
import { existsSync } from "node:fs";
import { findOnPath, installDebianPackages } from "./terminal";

const programs = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
const macProgram =
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Path of a Chromium or Chrome; INKLING_CHROMIUM names one that is not on the PATH. */
export async function prepareChromium(): Promise<string> {
  const found = findChromium();
  if (found !== undefined) return found;
  await installDebianPackages(
    ["chromium", "fonts-dejavu-core"],
    "Chromium for the browser tests",
  );
  const installed = findChromium();
  if (installed === undefined) {
    throw new Error(
      "Cannot find Chromium after installing it: expected chromium on the PATH",
    );
  }
  return installed;
}

function findChromium(): string | undefined {
  const named = process.env["INKLING_CHROMIUM"];
  if (named !== undefined && named !== "") return named;
  return (
    findOnPath(programs) ?? (existsSync(macProgram) ? macProgram : undefined)
  );
}
