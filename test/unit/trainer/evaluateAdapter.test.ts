// An adapter proven over tiny packed models, through the real engine: one that has learned nothing, and one that is noise.

import assert from "node:assert/strict";
import { rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { writeAdapter } from "../../../src/adapters/peftAdapter";
import {
  evaluateAdapter,
  type EvaluationRequest,
} from "../../../src/trainer/evaluateAdapter";
import { chainOf, makeChainModel } from "../support/chainModel";
import { packModel } from "../support/packedModel";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter } from "../support/tinyAdapter";

/** Each letter has one successor in the model. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

const SIZES = {
  typedCharacters: 40,
  maxTypingSeconds: 1000,
  scoredCharacters: 200,
  generalCharacters: 60,
};

suite("proveAdapter()", function () {
  // Loads two engines for each proof; a loaded machine takes its time.
  this.timeout(60_000);
  const inFolder = useTemporaryFolder();
  // Every engine and every scorer is released, whatever happens.
  useSessions();

  suiteSetup(async () => {
    const source = makeChainModel(chainOf(ALPHABET));
    try {
      await packModel(source, inFolder("model"));
    } finally {
      rmSync(source, { recursive: true });
    }
    const folder = openModelFolder(inFolder("model"));
    for (const [name, size] of [
      ["nothing", 0],
      ["noise", 3],
      ["broken", 0],
    ] as const) {
      writeAdapter(inFolder(name), tinyAdapter(folder, { size }), folder);
    }
    truncateSync(
      path.join(inFolder("broken"), "adapter_model.safetensors"),
      99,
    );
  });

  function request(adapter: string): EvaluationRequest {
    const base = {
      modelFolder: inFolder("model"),
      cacheFolder: inFolder("cache"),
      threads: 1,
    };
    return {
      before: base,
      after: { ...base, adapterFolder: inFolder(adapter) },
      heldOut: [
        { name: "docs/a.md", text: `${ALPHABET}\r\n\r\n${ALPHABET}\r\n` },
        { name: "docs/b.txt", text: ALPHABET },
        { name: "docs/empty.md", text: "" },
      ],
      training: [{ name: "docs/c.md", text: ALPHABET }],
      general: ALPHABET,
      sizes: SIZES,
    };
  }

  const prove = (
    adapter: string,
    { signal = new AbortController().signal, change = {} } = {},
  ) => evaluateAdapter({ ...request(adapter), ...change }, { signal });

  test("finds nothing in an adapter that has learned nothing", async () => {
    const progress: string[] = [];
    const { proof, verdict } = await evaluateAdapter(request("nothing"), {
      signal: new AbortController().signal,
      onProgress: (side, fraction) =>
        progress.push(`${side} ${fraction.toFixed(2)}`),
    });
    assert.equal(verdict, "no-gain");
    assert.equal(proof.documents, 2);
    assert.equal(proof.resampled, "paragraphs");
    const { saved1Word, bitsPerCharacter, general } = proof;
    assert.ok(saved1Word.before > 0.3, "the model knows the alphabet");
    assert.equal(saved1Word.after, saved1Word.before);
    assert.ok(
      Math.abs(bitsPerCharacter.after - bitsPerCharacter.before) < 1e-3,
    );
    assert.ok(Math.abs(general!.after - general!.before) < 1e-3);
    assert.deepEqual(
      progress.filter((each) => each.endsWith(" 1.00")),
      ["before 1.00", "after 1.00"],
    );
  });

  test("finds that noise forgets and saves less, the same at each try", async () => {
    const first = await prove("noise");
    assert.equal(first.verdict, "forgets");
    const { saved1Word, bitsPerCharacter, general, passages } = first.proof;
    assert.ok(saved1Word.after < saved1Word.before);
    assert.ok(bitsPerCharacter.after > bitsPerCharacter.before);
    assert.ok(general!.after > 1.03 * general!.before);
    assert.ok(passages.every(({ expected }) => expected !== ""));
    assert.deepEqual(await prove("noise"), first);
  });

  test("measures nothing in general where there is no general text", async () => {
    const { proof } = await prove("noise", { change: { general: undefined } });
    assert.equal(proof.general, undefined);
  });

  test("rejects when the adapter cannot be used, when there is no text, when it is aborted", async () => {
    await assert.rejects(prove("broken"), /Cannot read .*broken/);
    await assert.rejects(
      prove("noise", { change: { heldOut: [{ name: "a", text: " \n" }] } }),
      /held-out documents are empty/,
    );
    await assert.rejects(
      prove("noise", { signal: AbortSignal.abort(new Error("stopped")) }),
      /stopped/,
    );
  });
});
