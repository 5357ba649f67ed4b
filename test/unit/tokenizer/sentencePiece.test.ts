// Token ids are compared with SentencePiece's and the tokenizers library's, see scripts/makeSentencePieceGolden.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isPastEnd } from "../../../src/text/stopRules";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { ChatTemplate } from "../../../src/tokenizer/chatTemplate";
import { takeBackPartialWord } from "../../../src/tokenizer/healing";
import { mergesOfScores } from "../../../src/tokenizer/mergesOfScores";
import { PrefixIndex } from "../../../src/tokenizer/prefixIndex";
import { StreamingDecoder } from "../../../src/tokenizer/streamingDecoder";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";

interface Golden {
  tokens: string[];
  types: number[];
  scores: number[];
  merges: [string, string][];
  texts: string[];
  sentencePiece: number[][];
  library: Record<
    string,
    {
      rules: Record<string, unknown>;
      hasTextTokens: boolean;
      tokenIds: number[][];
      decoded: string[];
    }
  >;
}

const GOLDEN = JSON.parse(
  readFileSync("test/fixtures/sentencePiece/golden.json", "utf8"),
) as Golden;
const { tokens, types, scores, merges, texts } = GOLDEN;
const idOf = (token: string) => tokens.indexOf(token);

/** A tokenizer.json with the rules of one family. */
function jsonOf(family: string): Record<string, unknown> {
  const { rules, hasTextTokens } = GOLDEN.library[family]!;
  return {
    added_tokens: tokens.flatMap((content, id) => {
      const special = [2, 3].includes(types[id]!);
      const isThere = special || (hasTextTokens && types[id] === 4);
      return isThere ? [{ id, content, special, normalized: false }] : [];
    }),
    post_processor: null,
    ...rules,
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
const tokenizerOf = (family: string) =>
  new Tokenizer(parseTokenizerJson(jsonOf(family)));

const METADATA = {
  kind: "llama" as const,
  tokens,
  tokenTypes: types,
  merges: [],
  scores,
  preTokenizer: "default",
  bosTokenId: idOf("<s>"),
  eosTokenId: idOf("</s>"),
  unknownTokenId: idOf("<unk>"),
};

for (const [family, { tokenIds, decoded }] of Object.entries(GOLDEN.library)) {
  suite(`a tokenizer.json as ${family} has it`, () => {
    const tokenizer = tokenizerOf(family);

    test("gives the token ids of the original, in one piece and as typed", () => {
      texts.forEach((text, index) => {
        assert.deepEqual(
          tokenizer.encode(text),
          tokenIds[index],
          JSON.stringify(text),
        );
      });
    });

    test("decodes as the original does, whole and as a stream", () => {
      texts.forEach((text, index) => {
        const skip = tokenizer.prefixLength(text);
        const whole = tokenizer.decode(tokenIds[index]!).slice(skip);
        // The original takes a space off a text that began with one.
        const lost = family !== "Gemma" && skip === 0 ? 1 : 0;
        assert.equal(whole.slice(lost), decoded[index], JSON.stringify(text));
        const stream = new StreamingDecoder(tokenizer, { skip });
        const pieces = tokenIds[index]!.map((id) => stream.push(id));
        assert.equal(pieces.join("") + stream.flush(), whole);
      });
    });

    test("heals: what is kept and what is taken back are the prompt", () => {
      for (const text of texts) {
        for (let length = 1; length <= Math.min(60, text.length); length++) {
          const prompt = text.slice(0, length);
          const { kept, constraint, keptTokenIds } = takeBackPartialWord(
            prompt,
            tokenizer,
          );
          assert.equal(kept + constraint, prompt);
          if (!/[\uD800-\uDFFF]/u.test(prompt)) {
            const skip =
              keptTokenIds.length > 0 ? tokenizer.prefixLength(prompt) : 0;
            assert.equal(tokenizer.decode(keptTokenIds).slice(skip), kept);
          }
        }
      }
    });
  });
}

suite("a SentencePiece vocabulary", () => {
  const tokenizer = tokenizerOf("Llama 2");

  test("spells spaces, bytes and markup", () => {
    const rows: [string, number[]][] = [
      ["▁an", [0x20, 0x61, 0x6e]],
      ["▁▁", [0x20, 0x20]],
      ["<0x0A>", [0x0a]],
      ["<0xF0>", [0xf0]],
      ["日本", [...Buffer.from("日本")]],
      ["<s>", []],
      ["<unk>", []],
    ];
    for (const [token, bytes] of rows) {
      assert.ok(idOf(token) >= 0, token);
      assert.deepEqual([...tokenizer.tokenBytes(idOf(token))], bytes, token);
    }
  });

  test("never makes markup of a text, though merges reach it", () => {
    const json = jsonOf("Llama 2");
    const model = json["model"] as { merges: [string, string][] };
    const reaching = [["<", "s"], ["<s", ">"], ...merges] as [string, string][];
    const vocab = {
      ...(model as unknown as { vocab: object }).vocab,
      "<s": 620,
    };
    const reached = new Tokenizer(
      parseTokenizerJson({
        ...json,
        model: { ...model, vocab, merges: reaching },
      }),
    );
    const tokenIds = reached.encode("a<s>b");
    assert.ok(tokenIds.includes(620));
    assert.ok(!tokenIds.includes(idOf("<s>")));
  });

  test("finds typed letters and halves of characters in its prefix index", () => {
    const index = new PrefixIndex(tokenizer);
    const { covering } = index.lookup(Buffer.from(" an"));
    assert.ok(covering.includes(idOf("▁an")));
    assert.ok(!covering.includes(idOf("an")));
    const emoji = index.lookup(Buffer.from("😀"));
    assert.deepEqual(emoji.covering, []);
    assert.deepEqual(emoji.partial, [idOf("<0xF0>")]);
  });

  test("a sentence's end is seen through byte tokens", () => {
    const decoder = new StreamingDecoder(tokenizer);
    const ids = tokenizer.encode("天。", "within");
    let text = "";
    const ends = ids.map((id) => {
      text += decoder.push(id);
      return isPastEnd(`${text}x`, "sentence");
    });
    assert.ok(ids.every((id) => tokens[id]!.startsWith("<0x")));
    assert.deepEqual(
      ends,
      ids.map((_, place) => place === ids.length - 1),
    );
  });

  test("puts its space where a text begins, and behind markup where its rules do", () => {
    const first = (family: string, place: "start" | "special" | "within") =>
      tokens[tokenizerOf(family).encode("an", place)[0]!];
    const rows: [string, string[]][] = [
      ["Llama 2", ["▁an", "▁an", "an"]],
      ["Mistral", ["▁an", "an", "an"]],
      ["Metaspace", ["▁an", "▁an", "an"]],
      ["Gemma", ["an", "an", "an"]],
    ];
    for (const [family, expected] of rows) {
      assert.deepEqual(
        (["start", "special", "within"] as const).map((place) =>
          first(family, place),
        ),
        expected,
        family,
      );
    }
    assert.deepEqual(
      [" an", "an", ""].map((text) =>
        tokenizerOf("Mistral").prefixLength(text),
      ),
      [0, 1, 0],
    );
    assert.equal(tokenizer.prefixLength(" an"), 1);
  });

  test("in a chat each message begins as a text does", () => {
    const template = new ChatTemplate(
      { chat_template: "{{ '<s>' + messages[0]['content'] + '</s>an' }}" },
      "tokenizer_config.json",
    );
    const ids = template.encode([{ role: "user", content: "an" }], {
      tokenizer,
      maxTokens: 9,
    });
    assert.deepEqual(
      ids.map((id) => tokens[id]),
      ["<s>", "▁an", "</s>", "▁an"],
    );
  });

  test("takes back a word that is the whole prompt without the space in front", () => {
    assert.deepEqual(takeBackPartialWord("an", tokenizer), {
      keptTokenIds: [],
      kept: "",
      constraint: "an",
    });
    const { kept, constraint } = takeBackPartialWord("an katori", tokenizer);
    assert.deepEqual([kept, constraint], ["an", " katori"]);
  });

  test("is read with Unigram's or another decoder by no mistake", () => {
    const json = jsonOf("Llama 2");
    assert.throws(
      () =>
        parseTokenizerJson({
          ...json,
          decoder: { type: "Sequence", decoders: [{ type: "WordPiece" }] },
        }),
      /decoder "Sequence", expected "BPE" and "ByteLevel", or "Sequence" with "ByteFallback"/,
    );
    assert.throws(
      () =>
        parseTokenizerJson({
          ...json,
          model: { type: "Unigram", vocab: [["a", 0]] },
        }),
      /model is "Unigram"/,
    );
  });
});

suite("buildTokenizerFiles() of a SentencePiece vocabulary", () => {
  const files = buildTokenizerFiles(METADATA);
  const tokenizer = new Tokenizer(
    parseTokenizerJson(JSON.parse(JSON.stringify(files["tokenizer.json"])), {
      config: files["tokenizer_config.json"],
    }),
  );

  test("gives the token ids of SentencePiece", () => {
    texts.forEach((text, index) => {
      assert.deepEqual(
        tokenizer.encode(text),
        GOLDEN.sentencePiece[index],
        JSON.stringify(text),
      );
    });
  });

  test("lists the merges as transformers' converter does", () => {
    const ordinary = tokens.flatMap((_, id) => (types[id] === 1 ? [id] : []));
    assert.deepEqual(
      mergesOfScores(
        ordinary.map((id) => tokens[id]!),
        ordinary.map((id) => scores[id]!),
      ),
      merges,
    );
  });

  test("a text begins with the first token unless the file says otherwise, and with a space", () => {
    assert.deepEqual(tokenizer.bosIds, [idOf("<s>")]);
    const without = buildTokenizerFiles({
      ...METADATA,
      addBosToken: false,
      addSpacePrefix: false,
    });
    const plain = new Tokenizer(
      parseTokenizerJson(without["tokenizer.json"], {
        config: without["tokenizer_config.json"],
      }),
    );
    assert.deepEqual(plain.bosIds, []);
    assert.equal(tokens[plain.encode("an")[0]!], "an");
    assert.equal(tokens[tokenizer.encode("an")[0]!], "▁an");
  });

  test("refuses scores that are not as many as the tokens", () => {
    assert.throws(
      () => buildTokenizerFiles({ ...METADATA, scores: scores.slice(1) }),
      /there are 620 tokens and 619 scores, expected as many of both/,
    );
  });
});
