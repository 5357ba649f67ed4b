// Adapters put on, taken off and exchanged on a running engine over a tiny packed model.

import assert from "node:assert/strict";
import { rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { writeAdapter } from "../../../src/adapters/peftAdapter";
import { greedyRequest } from "../../../src/protocol/generation";
import { loadEngine, type Engine } from "../../../src/engine/engine";
import { chainOf, makeChainModel } from "../support/chainModel";
import { packModel } from "../support/packedModel";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";

const REQUEST = greedyRequest({
  prompt: "0123456789",
  contextTokens: 400,
  maxTokens: 6,
  cacheKey: "document",
});

suite("Engine.useAdapter", () => {
  const inFolder = useTemporaryFolder();
  const engines: Engine[] = [];
  // Before the check that all sessions are released.
  suiteTeardown(async () => {
    for (const each of engines) await each.dispose();
  });
  useSessions();

  suiteSetup(async () => {
    const source = makeChainModel(chainOf("0123456789:;<=>@ABCDEFGH"));
    try {
      await packModel(source, inFolder("model"));
    } finally {
      rmSync(source, { recursive: true });
    }
    const folder = openModelFolder(inFolder("model"));
    for (const [name, seed] of [
      ["one", 1],
      ["two", 2],
      ["broken", 3],
    ] as const) {
      writeAdapter(
        inFolder(name),
        tinyAdapter(folder, { seed, size: 0.6 }),
        folder,
      );
    }
    truncateSync(
      path.join(inFolder("broken"), "adapter_model.safetensors"),
      99,
    );
  });

  async function load(adapterFolder?: string): Promise<Engine> {
    const engine = await loadEngine(
      {
        modelFolder: inFolder("model"),
        cacheFolder: inFolder("cache"),
        threads: 1,
        adapterFolder,
      },
      () => undefined,
    );
    engines.push(engine);
    return engine;
  }

  /** Probabilities of the tokens that are written tell one model from another where the text does not. */
  async function write(engine: Engine) {
    const { generations, reusedTokens } = await engine.generate(REQUEST, {
      isCancelled: () => false,
      onText: () => undefined,
    });
    const { text, tokens } = generations[0]!;
    return {
      text,
      logProbabilities: tokens.map((token) => token.logProbability),
      reusedTokens,
    };
  }

  test("gives what an engine loaded with that adapter gives, from empty caches, and the base again without", async () => {
    const engine = await load();
    const base = await write(engine);
    const one = await write(await load(inFolder("one")));
    const two = await write(await load(inFolder("two")));
    assert.notDeepEqual(one, base);
    assert.notDeepEqual(one, two);
    const order = [inFolder("one"), inFolder("two"), undefined];
    const written = [];
    for (const folder of order) {
      const description = await engine.useAdapter(folder);
      assert.equal(description.adapter?.folder, folder);
      assert.equal(description.adapterFault, undefined);
      written.push(await write(engine));
    }
    assert.deepEqual(written, [one, two, base]);
  });

  test("leaves the base when the adapter is broken, and says why", async () => {
    const base = await write(await load());
    const engine = await load(inFolder("broken"));
    assert.match(engine.description.adapterFault!, /Cannot read .*broken/);
    assert.equal(engine.description.adapter, undefined);
    assert.deepEqual(await write(engine), base);

    await engine.useAdapter(inFolder("one"));
    const { adapter, adapterFault } = await engine.useAdapter(
      inFolder("nowhere"),
    );
    assert.equal(adapter, undefined);
    assert.match(adapterFault!, /adapter_config.json is missing/);
    assert.deepEqual(await write(engine), base);
  });
});
