// Adapters that Python's peft made for tiny random models (scripts/makePeftGolden.py): our float32 graphs give the
// log-probabilities that transformers gives with peft.

import { readFileSync } from "node:fs";
import path from "node:path";
import { TokenScorer } from "../../../src/inference/tokenScorer";
import { adapterLinear } from "../../../src/model/layers/adapterLinear";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { readAdapter, writeAdapter } from "../../../src/adapters/peftAdapter";
import { buildScoringGraph } from "../../../src/model/graphs/scoringGraph";
import { assertClose } from "../support/assertClose";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyManifest } from "../support/tinyAdapter";

const FIXTURE = path.join(__dirname, "..", "..", "fixtures", "peft");
const golden = JSON.parse(
  readFileSync(path.join(FIXTURE, "golden.json"), "utf8"),
) as { tokenIds: number[] } & Record<string, Record<string, number[]>>;

/** float32 on both sides. */
const TOLERANCE = 1e-4;

suite("adapters of Python's peft", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();

  async function score(
    family: string,
    adapterFolder: string | undefined,
  ): Promise<number[]> {
    const folder = openModelFolder(path.join(FIXTURE, family, "base"));
    const pairs = adapterFolder
      ? readAdapter(adapterFolder, folder).pairs
      : undefined;
    const graph = buildScoringGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 1,
      ...(pairs ? { linear: adapterLinear(pairs) } : {}),
    });
    const scoring = await load(graph, folder.directory);
    const { numLayers, numKvHeads, headDim } = folder.config;
    const scorer = new TokenScorer(
      { scoring, prefill: undefined },
      { type: "float32", numLayers, numKvHeads, headDim },
    );
    return (await scorer.score(golden.tokenIds, { start: 1 })).logProbabilities;
  }

  for (const [family, name] of [
    ["llama", "base"],
    ["llama", "plain"],
    ["llama", "patterned"],
    ["gpt2", "base"],
    ["gpt2", "plain"],
  ] as const) {
    test(`${family} with ${name === "base" ? "no adapter" : `the ${name} adapter`} gives peft's log-probabilities`, async () => {
      const adapter =
        name === "base" ? undefined : path.join(FIXTURE, family, name);
      assertClose(await score(family, adapter), golden[family]![name]!, {
        name: "logProbabilities",
        atol: TOLERANCE,
      });
    });
  }

  for (const family of ["llama", "gpt2"]) {
    test(`${family}'s adapter says the same after we have written it`, async () => {
      const folder = openModelFolder(path.join(FIXTURE, family, "base"));
      const read = readAdapter(path.join(FIXTURE, family, "plain"), folder);
      writeAdapter(
        inFolder(family),
        {
          rank: 4,
          alpha: 8,
          pairs: read.pairs,
          manifest: tinyManifest(folder),
        },
        folder,
      );
      assertClose(
        await score(family, inFolder(family)),
        golden[family]!["plain"]!,
        { name: "logProbabilities", atol: TOLERANCE },
      );
    });
  }
});
