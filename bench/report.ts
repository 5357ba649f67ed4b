// How a benchmark inside the extension host says what it measured: to the file that `npm test`'s runner prints at its
// end, or to the terminal.
import { appendFileSync } from "node:fs";

/** Writes the result as JSON. */
export function report(result: object): void {
  reportText(JSON.stringify(result, undefined, 1));
}

/** Writes a result that is text already. */
export function reportText(result: string): void {
  const text = `${result}\n`;
  const file = process.env["INKLING_TEST_REPORT"];
  if (file) appendFileSync(file, text);
  else process.stdout.write(text);
}
