// Prints how far each gradient rule is from central differences: npm run bench:gradients

import { createSession } from "../src/runtime/session";
import {
  GRADIENT_CASES,
  largestRelativeError,
} from "../test/unit/support/gradientChecks";

async function main(): Promise<void> {
  console.log("largest relative error   computed in   operator");
  for (const each of GRADIENT_CASES) {
    const error = await largestRelativeError(each, (graph) =>
      createSession(graph, { weightsFolder: ".", threads: 1 }),
    );
    const type = each.plain ? "float32" : "float64";
    console.log(
      `${error.toExponential(1).padStart(22)}   ${type.padEnd(11)}   ${each.name}`,
    );
  }
}

void main();
