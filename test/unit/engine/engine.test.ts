// From text to text over a tiny packed model that says a known text, through its real tokenizer, weights and graphs.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../src/common/random";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import {
  isPrefillSound,
  openPrefillFolder,
} from "../../../src/model/quantise/prefillWeights";
import {
  greedyRequest,
  type GenerateRequest,
} from "../../../src/protocol/generation";
import type { LoadPhase } from "../../../src/protocol/worker";
import {
  Engine,
  loadEngine,
  loadEngineParts,
} from "../../../src/engine/engine";
import { WorkspaceMemory } from "../../../src/memory/workspaceMemory";
import { takeBackPartialWord } from "../../../src/tokenizer/healing";
import { chainOf, makeChainModel, type Chain } from "../support/chainModel";
import { packModel } from "../support/packedModel";
import { useSessions } from "../support/sessions";
import { makeTinyTextModel } from "../support/trainingCase";
import { useTemporaryFolder } from "../support/temporaryFolder";
import {
  createTinyTokenizer,
  tinyTokenId,
  TINY_TOKENIZER_FILES,
} from "../support/tinyTokenizer";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../support/tinyModel";

/** What the model says: each token of these has one successor. */
const TEXTS = [
  "A hello world,friendsTJ",
  "J.",
  ".\nB",
  "B? M",
  "x€y",
  "0123456789:;<=>@",
];

const REQUEST = greedyRequest({
  prompt: "",
  contextTokens: 400,
  maxTokens: 8,
  cacheKey: "document",
});

suite("Engine", () => {
  const inFolder = useTemporaryFolder();
  const engines: Engine[] = [];
  let engine: Engine;

  // Before the check that all sessions are released.
  suiteTeardown(async () => {
    for (const each of engines) await each.dispose();
  });
  useSessions();

  suiteSetup(async () => {
    const next = chainOf(...TEXTS);
    next.set(tinyTokenId("@"), [tinyTokenId("<|im_end|>")]);
    next.set(tinyTokenId("y"), ["(", ")", "[", "]"].map(tinyTokenId));
    engine = await loadPacked(next, "chain");
  });
  /** Packs a chain model and loads it. */
  async function loadPacked(next: Chain, name: string): Promise<Engine> {
    const source = makeChainModel(next);
    try {
      await packModel(source, inFolder(name));
    } finally {
      rmSync(source, { recursive: true });
    }
    return await load(inFolder(name));
  }

  async function load(modelFolder: string): Promise<Engine> {
    const request = { modelFolder, cacheFolder: inFolder("cache"), threads: 1 };
    const loaded = await loadEngine(request, () => {});
    engines.push(loaded);
    return loaded;
  }

  async function generate(
    change: Partial<GenerateRequest>,
    isCancelled: () => boolean = () => false,
  ) {
    const pieces: [number, string][] = [];
    const result = await engine.generate(
      { ...REQUEST, ...change },
      { isCancelled, onText: (index, text) => pieces.push([index, text]) },
    );
    return { ...result, pieces, generation: result.generations[0]! };
  }

  test("writes what its memory has read in fewer runs, and the same text", async () => {
    const next = chainOf("0123456789:;<=>@");
    const source = makeChainModel(next);
    await packModel(source, inFolder("counted")).finally(() =>
      rmSync(source, { recursive: true }),
    );
    const parts = await loadEngineParts(
      {
        modelFolder: inFolder("counted"),
        cacheFolder: inFolder("cache"),
        threads: 1,
      },
      () => {},
    );
    let numRuns = 0;
    const { decode } = parts.sessions;
    const counted = {
      inputNames: decode.inputNames,
      run: (...args: Parameters<typeof decode.run>) => {
        numRuns++;
        return decode.run(...args);
      },
      release: () => decode.release(),
    };
    const counting = new Engine({
      ...parts,
      sessions: { ...parts.sessions, decode: counted },
    });
    engines.push(counting);
    const written = async (document: string) => {
      const memory = new WorkspaceMemory(Infinity);
      memory.set("another document", counting.encode(document));
      counting.useMemory(memory);
      numRuns = 0;
      const { generations } = await counting.generate(
        { ...REQUEST, prompt: "01", maxTokens: 12, cacheKey: document },
        { isCancelled: () => false, onText: () => {} },
      );
      return { text: generations[0]!.text, numRuns };
    };
    // Eight rows of one run and four of the next; without guesses a run with a memory draws four tokens at the most.
    const read = await written("0123456789:;<=>@");
    assert.deepEqual(read, { text: "23456789:;<=", numRuns: 2 });
    const unread = await written("A hello");
    assert.equal(unread.text, read.text);
    assert.ok(unread.numRuns >= 3);
  });

  test("continues a text", async () => {
    const { generation, pieces, promptTokens } = await generate({
      prompt: "A hello",
      maxTokens: 4,
    });
    assert.equal(generation.text, " world,fr");
    assert.deepEqual(pieces, [
      [0, " world"],
      [0, ","],
      [0, "f"],
      [0, "r"],
    ]);
    assert.equal(generation.stopReason, "length");
    assert.equal(promptTokens, 2);
    const [token] = generation.tokens;
    assert.equal(token!.tokenId, tinyTokenId("Ġworld"));
    assert.equal(token!.alternatives[0]!.text, " world");
    assert.equal(token!.alternatives.length, 5);
    assert.ok(token!.logProbability > Math.log(0.5));
  });

  test("measures a text by its pieces, all but the first token", async () => {
    const text = "A hello world";
    const pieces = await engine.measureText({ text, cacheKey: "document" });
    assert.deepEqual(
      pieces.map((piece) => piece.text),
      [" hello", " world"],
    );
    const sum = pieces.reduce((bits, piece) => bits + piece.bits, 0);
    const whole = await engine.countBits(text, { cacheKey: "document" });
    assert.ok(Math.abs(sum - whole.bits) < 1e-6);
    assert.equal(whole.characters, " hello world".length);
    // The model knows this succession and not the other way round.
    const [, unlikely] = await engine.measureText({
      text: "A world hello",
      cacheKey: "document",
    });
    assert.ok(pieces[1]!.bits < 1 && unlikely!.bits > 1);
  });

  test("a character of several tokens is one piece", async () => {
    const pieces = await engine.measureText({ text: "x€y", cacheKey: "a" });
    assert.deepEqual(
      pieces.map((piece) => piece.text),
      ["€", "y"],
    );
  });

  test("describes its model", () => {
    const { loadMs, ...description } = engine.description;
    assert.deepEqual(description, {
      name: "chain",
      architecture: "llama",
      contextLength: 512,
      vocabSize: 128,
      fillsInMiddle: false,
      adapter: undefined,
      adapterFault: undefined,
    });
    assert.ok(loadMs > 0);
  });

  test("an empty prompt begins with the model's first token", async () => {
    const { promptTokens, generation } = await generate({ maxTokens: 1 });
    assert.deepEqual([promptTokens, generation.tokens.length], [1, 1]);
  });

  suite("heals", () => {
    test("a word that is typed in part", async () => {
      const rows: [string, string][] = [
        ["A hello wor", "ld,fri"],
        ["A hello w", "orld,fri"],
        // What is typed may be the whole word.
        ["A hello world", ",fri"],
        ["A he", "llo world,fri"],
        // A space belongs to the word that follows.
        ["A hello ", "world,fri"],
      ];
      for (const [prompt, expected] of rows) {
        const { generation, pieces } = await generate({
          prompt,
          heal: true,
          maxTokens: 12,
        });
        assert.equal(
          generation.text.slice(0, expected.length),
          expected,
          prompt,
        );
        assert.equal(pieces.map(([, text]) => text).join(""), generation.text);
      }
    });

    test("what the model would not say: the text goes on from what is typed all the same", async () => {
      const tokenizer = createTinyTokenizer();
      for (const prompt of ["A hell", "A hello worse", "A qu", "é", "zz z"]) {
        const { constraint } = takeBackPartialWord(prompt, tokenizer);
        assert.notEqual(constraint, "");
        const { generation } = await generate({ prompt, heal: true });
        const tokenIds = generation.tokens.map(({ tokenId }) => tokenId);
        // The last character may lack bytes, which decode to U+FFFD.
        const whole = tokenizer.decode(tokenIds).replace(/\uFFFD+$/, "");
        assert.equal(whole, constraint + generation.text);
      }
    });

    test("nothing unless asked to", async () => {
      const { generation } = await generate({ prompt: "A hello wor" });
      assert.notEqual(generation.text.slice(0, 2), "ld");
    });
  });

  suite("says how well a text behind the cursor follows", () => {
    test("what was written and nothing, also where letters or a space were typed", async () => {
      const rows: [prompt: string, following: string, best: number][] = [
        ["A hello", ",fr", " world".length],
        ["A hello ", ",fr", "world".length],
        ["A hello wor", ",fr", "ld".length],
        ["A hello", " world", 0],
        ["A hello ", " world", 0],
      ];
      for (const [prompt, following, best] of rows) {
        const { generation } = await generate({
          prompt,
          following,
          heal: true,
          maxTokens: 4,
        });
        const [first] = [...generation.following!].sort(
          (a, b) => b.logProbability - a.logProbability,
        );
        assert.equal(first!.length, best, `${prompt}|${following}`);
        assert.ok(first!.logProbability > Math.log(0.5));
        assert.equal(generation.following![0]!.length, 0);
      }
    });

    test("nothing unless asked to, and a later question finds its prompt in the cache", async () => {
      const { generation } = await generate({ prompt: "A hello" });
      assert.equal(generation.following, undefined);
      await generate({ prompt: "A hello", following: ",fr", cacheKey: "same" });
      const { reusedTokens } = await generate({
        prompt: "A hello",
        cacheKey: "same",
      });
      assert.equal(reusedTokens, 1);
    });

    test("unless it is cancelled first: the continuation is then not whole", async () => {
      let numPieces = 0;
      const { generations } = await engine.generate(
        { ...REQUEST, prompt: "A hello", following: ",fr", maxTokens: 3 },
        { isCancelled: () => numPieces === 3, onText: () => numPieces++ },
      );
      const [{ text, stopReason, following } = {}] = generations;
      assert.deepEqual(
        [text, stopReason, following],
        [" world,f", "cancelled", undefined],
      );
    });
  });

  suite("ends", () => {
    test("where stopAt says, when enough is there", async () => {
      const rows: [string, GenerateRequest["stopAt"], string][] = [
        ["T", "none", "J.\nB? M"],
        ["T", "sentence", "J.\n"],
        ["T", "line", "J.\n"],
        ["T", "paragraph", "J.\nB? M"],
        ["B", "sentence", "? M"],
      ];
      for (const [prompt, stopAt, expected] of rows) {
        const { generation } = await generate({
          prompt,
          stopAt,
          maxTokens: 7,
        });
        assert.equal(generation.text, expected, `${prompt} ${stopAt}`);
        const isCut = stopAt === "sentence" || stopAt === "line";
        assert.equal(generation.stopReason, isCut ? "stop-rule" : "length");
      }
    });

    test("before a special token, of which nothing is handed on", async () => {
      const { generation, pieces } = await generate({
        prompt: "0123456789:;",
        maxTokens: 20,
      });
      assert.equal(generation.text, "<=>@");
      assert.equal(generation.stopReason, "end-of-text");
      assert.equal(generation.tokens.length, 4);
      assert.equal(pieces.length, 4);
    });

    test("before a token that is less probable than asked", async () => {
      // One of four brackets follows "y".
      const { generation } = await generate({
        prompt: "x",
        minProbability: 0.3,
      });
      assert.equal(generation.text, "€y");
      assert.equal(generation.stopReason, "unsure");
    });

    test("never within a character", async () => {
      const { generation, pieces } = await generate({
        prompt: "x",
        maxTokens: 2,
      });
      assert.equal(generation.text, "");
      assert.deepEqual(pieces, []);
      assert.equal(generation.tokens.length, 2);
    });
  });

  suite("long texts", () => {
    test("does not write on a word that is whole, where ghost text does", async () => {
      const own = await loadPacked(chainOf("A hellofx"), "whole word");
      const asked = { ...REQUEST, prompt: "A hello", maxTokens: 3 };
      const options = { isCancelled: () => false, onText: () => {} };
      const text = async (change: Partial<GenerateRequest>) => {
        const { generations } = await own.generate(
          { ...asked, ...change },
          options,
        );
        return generations[0]!.text;
      };
      assert.match(await text({ heal: true }), /^f/);
      const goingOn = { ...long, mustGoOn: true };
      assert.match(await text({ heal: true, long: goingOn }), /^[^a-z]/i);
      assert.match(await text({ heal: true, long, prompt: "A hellof" }), /^x/);
    });

    const long = { chat: [], writtenTokenIds: [], mustGoOn: false };

    test("go on after what an earlier call has written as if there was no break", async () => {
      const asked = { prompt: "A hello", maxTokens: 9, long };
      const whole = await generate({ ...asked, cacheKey: "whole" });
      const first = await generate({ ...asked, maxTokens: 4 });
      const tokenIds = first.generation.tokens.map(({ tokenId }) => tokenId);
      const second = await generate({
        ...asked,
        maxTokens: 5,
        long: { ...long, writtenTokenIds: tokenIds },
      });
      assert.equal(
        first.generation.text + second.generation.text,
        whole.generation.text,
      );
      assert.equal(whole.generation.tokens.length, 9);
      assert.ok(second.reusedTokens >= 4);
    });

    test("grow beyond the context, which keeps their beginning and end", async () => {
      const counting = await loadPacked(
        chainOf("0123456789", "90"),
        "counting",
      );
      const contextTokens = 32;
      const { generations } = await counting.generate(
        { ...REQUEST, prompt: "0", contextTokens, maxTokens: 100, long },
        { isCancelled: () => false, onText: () => {} },
      );
      assert.equal(generations[0]!.text, "1234567890".repeat(10));
    });

    test("do not end with their first token where they must go on", async () => {
      const asked = { prompt: "0123456789:;<=>?@", maxTokens: 1 };
      const ended = await generate({ ...asked, long });
      assert.equal(ended.generation.stopReason, "end-of-text");
      const goesOn = await generate({
        ...asked,
        long: { ...long, mustGoOn: true },
      });
      assert.equal(goesOn.generation.stopReason, "length");
      assert.equal(goesOn.generation.tokens.length, 1);
    });

    test("for a task are refused by a model that has no chat template", async () => {
      const chat = [{ role: "user" as const, content: "Hello" }];
      await assert.rejects(
        generate({ long: { ...long, chat } }),
        /the model "chain" a task: it has no chat template/,
      );
    });
  });

  for (const [what, change] of [
    ["does not parse", { chat_template: "{% for x in %}" }],
    ["refuses to render", { chat_template: "{{ raise_exception('No.') }}" }],
    ["is no text", { chat_template: 7 }],
  ] as const) {
    test(`a chat template that ${what} costs the tasks, which say so, and no text`, async () => {
      const name = `chat-${what.replaceAll(" ", "-")}`;
      const source = makeChainModel(chainOf(...TEXTS));
      await packModel(source, inFolder(name));
      rmSync(source, { recursive: true });
      const file = inFolder(name, "tokenizer_config.json");
      const config = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...config, ...change }));
      const faulty = await load(inFolder(name));
      const ask = (request: Partial<GenerateRequest>) =>
        faulty.generate(
          { ...REQUEST, ...request },
          { isCancelled: () => false, onText: () => {} },
        );
      const { generations } = await ask({ prompt: "A hello" });
      assert.match(generations[0]!.text, /^ world,fr/);
      const chat = [{ role: "user" as const, content: "Hello" }];
      await assert.rejects(
        ask({ long: { chat, writtenTokenIds: [], mustGoOn: false } }),
        /Cannot use chat template .*tokenizer_config\.json: .*, expected one that renders/,
      );
    });
  }

  suite("context", () => {
    const text = "hello world, friends. ".repeat(12);

    test("a document that is typed on is read from where it changed", async () => {
      const cacheKey = "typed";
      const first = await generate({ prompt: text.slice(0, 40), cacheKey });
      assert.equal(first.reusedTokens, 0);
      for (let length = 41; length < 60; length++) {
        const prompt = text.slice(0, length);
        const { promptTokens, reusedTokens } = await generate({
          prompt,
          cacheKey,
        });
        // A new letter may join tokens at the end.
        assert.ok(promptTokens - reusedTokens <= 4, `${length}`);
      }
    });

    test("each document has a cache of its own", async () => {
      const prompt = text.slice(0, 50);
      for (const cacheKey of ["one", "two"]) {
        const reused: number[] = [];
        for (let time = 0; time < 2; time++) {
          const { reusedTokens } = await generate({ prompt, cacheKey });
          reused.push(reusedTokens);
        }
        assert.equal(reused[0], 0);
        assert.ok(reused[1]! > 10);
      }
      assert.ok(engine.memory().kvCacheBytes > 0);
      assert.ok(engine.memory().residentBytes > 1e7);
    });

    test("a window that is full moves in jumps and keeps its prefix between them", async () => {
      const contextTokens = 64;
      const random = seededRandom(1);
      // In a text that repeats itself a window further on could be in the cache too.
      const text = Array.from({ length: 60 }, () =>
        random() < 0.5 ? "hello," : "world. friends",
      ).join(" ");
      let numJumps = 0;
      const sizes = new Set<number>();
      for (let length = 180; length < 240; length++) {
        const { promptTokens, reusedTokens } = await generate({
          prompt: text.slice(0, length),
          contextTokens,
          cacheKey: "window",
        });
        assert.ok(promptTokens <= contextTokens);
        assert.ok(promptTokens > contextTokens - 8 - 1);
        sizes.add(promptTokens);
        if (promptTokens - reusedTokens > 4) numJumps++;
      }
      // The first prompt, and one in eight of the 35 tokens or so that were typed.
      assert.ok(numJumps >= 3 && numJumps <= 8, `${numJumps} jumps`);
      assert.ok(sizes.size > 3);
    });

    test("a window that was moved stays where it is while the last words are deleted and written again", async () => {
      const contextTokens = 64;
      const cacheKey = "deleted";
      const full = await generate({ prompt: text, contextTokens, cacheKey });
      assert.ok(full.promptTokens <= contextTokens);
      assert.ok(full.droppedTokens! + full.promptTokens > contextTokens);
      for (let back = 1; back <= 12; back++) {
        const prompt = text.slice(0, -back);
        const { promptTokens, reusedTokens } = await generate({
          prompt,
          contextTokens,
          cacheKey,
        });
        assert.ok(promptTokens - reusedTokens <= 4, `${back} deleted`);
      }
    });

    test("goes on the same with a short context as with a long one, where the model looks at one token", async () => {
      for (const contextTokens of [1, 2, 16, 400]) {
        const { generation, promptTokens } = await generate({
          prompt: `${text}A hello`,
          contextTokens,
          maxTokens: 3,
        });
        assert.equal(generation.text, " world,f");
        assert.ok(promptTokens <= contextTokens);
      }
    });

    // Positions beyond the rotary tables were asked for, which failed within the run; and a large maxTokens left a
    // prompt of one token.
    test("a prompt and an output that together are too long are cut", async () => {
      const source = makeTinyModel(3, {
        ...TINY_CONFIG,
        max_position_embeddings: 100_000,
      });
      try {
        writeFileSync(
          path.join(source.directory, "tokenizer.json"),
          JSON.stringify(TINY_TOKENIZER_FILES["tokenizer.json"]),
        );
        const long = await load(source.directory);
        assert.equal(long.description.contextLength, 4096);
        const options = { isCancelled: () => false, onText: () => {} };
        const asked = { ...REQUEST, contextTokens: 100_000 };
        const prompt = "a ".repeat(3000);
        const cut = await long.generate({ ...asked, prompt }, options);
        assert.ok(cut.promptTokens <= 4096 - 8);
        assert.ok(cut.promptTokens > 3000);
        assert.equal(cut.generations[0]!.tokens.length, 8);
        const short = await long.generate(
          { ...asked, prompt: "a b c", maxTokens: 100_000, minProbability: 1 },
          options,
        );
        assert.equal(short.promptTokens, 5);
      } finally {
        removeTinyModel(source);
      }
    });
  });

  suite("several continuations", () => {
    test("are drawn from one prompt, each with the next seed", async () => {
      const sampling = { ...REQUEST.sampling, temperature: 10, seed: 5 };
      const prompt = "A hello";
      const together = await generate({ prompt, sampling, count: 3 });
      const texts = together.generations.map(({ text }) => text);
      assert.equal(new Set(texts).size, 3);
      const apart: string[] = [];
      for (const seed of [5, 6, 7]) {
        const { generation } = await generate({
          prompt,
          sampling: { ...sampling, seed },
        });
        apart.push(generation.text);
      }
      assert.deepEqual(apart, texts);
      for (const index of [0, 1, 2]) {
        const streamed = together.pieces
          .filter(([of]) => of === index)
          .map(([, text]) => text);
        assert.equal(streamed.join(""), texts[index]);
      }
    });

    test("end with the one that was cancelled", async () => {
      let numAsked = 0;
      const { generations } = await generate(
        { prompt: "A hello", count: 8, maxTokens: 2 },
        () => ++numAsked > 6,
      );
      assert.ok(generations.length < 8);
      assert.equal(generations.at(-1)!.stopReason, "cancelled");
      for (const { text } of generations.slice(0, -1)) {
        assert.equal(text, " world,");
      }
      const { generation } = await generate({
        prompt: "A hello",
        maxTokens: 2,
      });
      assert.equal(generation.text, " world,");
    });
  });

  suite("loadEngine()", () => {
    test("tells its phases in order", async () => {
      const phases: [LoadPhase, number][] = [];
      const again = await loadEngine(
        {
          modelFolder: inFolder("chain"),
          cacheFolder: inFolder("cache"),
          threads: 1,
        },
        (phase, fraction) => phases.push([phase, fraction]),
      );
      engines.push(again);
      assert.deepEqual(
        phases.map(([phase]) => phase),
        ["tokenizer", "weights", "prefill", "ready"],
      );
      const fractions = phases.map(([, fraction]) => fraction);
      assert.deepEqual(fractions, [...fractions].sort());
      assert.equal(fractions.at(-1), 1);
    });

    test("works without derived weights where they cannot be written, and warns", async () => {
      const warned = nextWarning();
      const cacheFolder = inFolder("file");
      writeFileSync(cacheFolder, "in the way");
      const slow = await loadEngine(
        { modelFolder: inFolder("chain"), cacheFolder, threads: 1 },
        () => {},
      );
      engines.push(slow);
      const { message } = await warned;
      assert.match(
        message,
        /^Cannot prepare weights for prefill in .*file: .*; long prompts are read more slowly$/,
      );
      const { generations } = await slow.generate(
        { ...REQUEST, prompt: `${"z".repeat(100)}A hello`, maxTokens: 3 },
        { isCancelled: () => false, onText: () => {} },
      );
      assert.equal(generations[0]!.text, " world,f");
    });

    test("leaves weights for prefill underived where they may be lacking, and takes them up later", async () => {
      const request = {
        modelFolder: inFolder("chain"),
        cacheFolder: inFolder("later"),
        threads: 1,
      };
      const early = await loadEngine(request, () => {}, {
        mayLackPrefill: true,
      });
      engines.push(early);
      assert.ok(!existsSync(request.cacheFolder));
      const ask = async (cacheKey: string) => {
        const prompt = `${"z".repeat(100)}A hello`;
        const { generations } = await early.generate(
          { ...REQUEST, prompt, maxTokens: 3, cacheKey },
          { isCancelled: () => false, onText: () => {} },
        );
        return generations[0]!.text;
      };
      assert.equal(await ask("before"), " world,f");
      const { toDerive } = early;
      assert.ok(toDerive);
      openPrefillFolder(
        openModelFolder(toDerive.modelFolder),
        toDerive.cacheFolder,
      );
      await early.addPrefill();
      assert.equal(early.toDerive, undefined);
      assert.equal(await ask("after"), " world,f");
      assert.ok(isPrefillSound(early.toCheck!));
      await early.dropPrefill();
      assert.equal(early.toCheck, undefined);
      assert.ok(early.toDerive);
      assert.equal(await ask("without"), " world,f");
      await early.addPrefill();
      assert.equal(await ask("with it again"), " world,f");
    });

    const layer = "model.layers.1";
    // In one place each; the fault is somewhere in what is drawn from.
    const damages: [string, string, number][] = [
      ["NaN in the embedding", "model.embed_tokens.weight", NaN],
      ["infinity in the embedding", "model.embed_tokens.weight", Infinity],
      ["NaN in attention", `${layer}.self_attn.q_proj.weight`, NaN],
      [
        "-infinity in a feed-forward matrix",
        `${layer}.mlp.down_proj.weight`,
        -Infinity,
      ],
      ["NaN in a norm", "model.layers.0.input_layernorm.weight", NaN],
      ["infinity in the last norm", "model.norm.weight", Infinity],
    ];
    for (const [what, name, value] of damages) {
      test(`refuses a folder that is used as it lies with ${what}, and names it`, async () => {
        const { directory, tensors } = makeTinyTextModel(5);
        try {
          await (await load(directory)).dispose();
          engines.pop();
          const { file, offset, sizeBytes } = tensors.get(name)!;
          const bytes = readFileSync(file);
          bytes.writeFloatLE(value, offset + 4 * (sizeBytes >> 3));
          writeFileSync(file, bytes);
          await assert.rejects(load(directory), (error: Error) => {
            assert.match(error.message, /its logits are no finite numbers/);
            return error.message.includes(directory);
          });
        } finally {
          rmSync(directory, { recursive: true });
        }
      });
    }

    test("fails for a folder without a model, and leaves no session behind", async () => {
      await assert.rejects(
        load(inFolder("nothing")),
        /there is no such folder/,
      );
    });
  });

  test("a prompt is read the same by the prefill graph as by the decoding graph", async () => {
    const tokenizer = createTinyTokenizer();
    const prompt = `${"zebra ".repeat(30)}A hello`;
    assert.ok(tokenizer.encode(prompt).length > 100);
    const { generation } = await generate({ prompt, maxTokens: 3 });
    assert.equal(generation.text, " world,f");
  });
});

/** The next warning of this process. */
function nextWarning(): Promise<Error> {
  return new Promise((resolve) => process.once("warning", resolve));
}
