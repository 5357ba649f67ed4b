// Asks the processor once whether its fastest int8 kernels may be used.

import {
  buildSaturationProbe,
  EXACT_SUM,
} from "../model/graphs/saturationProbe";
import { createSession } from "../runtime/session";
import { tensor } from "../runtime/tensors";

let fastestInt8IsExact: Promise<boolean> | undefined;

/** Whether this processor's fastest int8 kernels add without overflow; takes some milliseconds, once. */
export function isFastestInt8Exact(): Promise<boolean> {
  fastestInt8IsExact ??= probeInt8();
  return fastestInt8IsExact;
}

async function probeInt8(): Promise<boolean> {
  const { graph, a, dims } = buildSaturationProbe();
  const session = await createSession(graph, {
    weightsFolder: "",
    threads: 1,
    usesFastestInt8: true,
  });
  try {
    const { sums } = await session.run({ a: tensor("uint8", a, dims) }, [
      "sums",
    ]);
    return (sums!.data as Float32Array).every((sum) => sum === EXACT_SUM);
  } finally {
    await session.release();
  }
}
