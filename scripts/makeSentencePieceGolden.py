"""Makes test/fixtures/sentencePiece/golden.json: a vocabulary that SentencePiece learns from a small text, and what
SentencePiece and the `tokenizers` library make of texts with it.

python scripts/makeSentencePieceGolden.py    (needs sentencepiece and tokenizers; the file names their versions)

The text to learn from is drawn from a seed, as in makeBpeGolden.py. The vocabulary is that of a GGUF file (tokens, scores,
types) and of a tokenizer.json, with the rules that Llama 2, Mistral, older converters and Gemma have.
"""

import io
import json
import random
from pathlib import Path

import sentencepiece
import tokenizers
from tokenizers import Tokenizer

SEED = 12
VOCAB_SIZE = 620

random.seed(SEED)
syllables = ["ka", "to", "ri", "mu", "sel", "an", "aa", "über", "né", "x", "日本", "Ж"]
others = ["  ", "\n", "\n\n", "\t", ", ", ". ", "'s ", " 2024 ", " 7", "--", "    ", "<b>", " </b> "]
words = ["".join(random.choices(syllables, k=random.randint(1, 4))) for _ in range(120)]


def prose(num_words):
    return "".join(
        random.choice(words) + (" " if random.random() < 0.7 else random.choice(others))
        for _ in range(num_words)
    )


model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(prose(12) for _ in range(400)),
    model_writer=model,
    model_type="bpe",
    vocab_size=VOCAB_SIZE,
    byte_fallback=True,
    normalization_rule_name="identity",
    remove_extra_whitespaces=False,
    allow_whitespace_only_pieces=True,
    split_digits=True,
    character_coverage=0.999,
    user_defined_symbols=["\n", "\n\n", "</b>"],
    minloglevel=2,
)
pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def type_of(piece):
    for test, number in (
        (pieces.is_unknown, 2),
        (pieces.is_control, 3),
        (pieces.is_unused, 5),
        (pieces.is_byte, 6),
    ):
        if test(piece):
            return number
    return 4 if pieces.id_to_piece(piece) in ("\n", "\n\n", "</b>") else 1


ids = range(pieces.get_piece_size())
tokens = [pieces.id_to_piece(i) for i in ids]
types = [type_of(i) for i in ids]
scores = [pieces.get_score(i) for i in ids]

# Every way to make a token of two, the best score first: transformers' generate_merges.
ordinary = {tokens[i] for i in ids if types[i] == 1}
merges = sorted(
    (
        (token[:at], token[at:], scores[i])
        for i, token in enumerate(tokens)
        if types[i] == 1
        for at in range(1, len(token))
        if token[:at] in ordinary and token[at:] in ordinary
    ),
    key=lambda merge: (merge[2], len(merge[0]), len(merge[1])),
    reverse=True,
)

replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
decoders = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
rules = {
    "Llama 2": {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]},
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": [*decoders, strip]},
    },
    "Mistral": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        "decoder": {"type": "Sequence", "decoders": [*decoders, strip]},
    },
    "Metaspace": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "decoder": {"type": "Sequence", "decoders": [*decoders, strip]},
    },
    "Gemma": {
        "normalizer": replace,
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "decoder": {"type": "Sequence", "decoders": decoders},
    },
}

texts = [
    "Hello",
    " ",
    "  ",
    " katori",
    "katori muselan",
    "x  y   z ",
    "über né 日本Ж",
    "emoji 😀👍🏽 and ελληνικά",
    "今天天气很好。",
    "line\nline\n\n\nline\t\ttab\r\n",
    "<s>no markup</s> <unk> <0x41>",
    "<b>bold</b> </b>",
    "2024-11-29 1.5",
    "a\u0000b\u00a0c\ufeffd\u2028e",
    "مرحبا नमस्ते สวัสดี 안녕",
    *(prose(25) for _ in range(6)),
]


def library(name):
    added = [
        {
            "id": i,
            "content": tokens[i],
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": types[i] != 4,
        }
        for i in ids
        if types[i] in (2, 3, 4)
    ]
    return {
        "version": "1.0",
        "added_tokens": added,
        **rules[name],
        "post_processor": None,
        "model": {
            "type": "BPE",
            "unk_token": "<unk>",
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [[left, right] for left, right, _ in merges],
        },
    }


def of_library(name):
    # Markup in a document is text, so the special tokens are taken out. Behind an added token within a text, rules that put
    # a space in front put one more; SentencePiece does not, and models of those rules have no such tokens.
    has_text_tokens = name in ("Mistral", "Gemma")
    json_file = library(name)
    json_file["added_tokens"] = [
        each for each in json_file["added_tokens"] if has_text_tokens and not each["special"]
    ]
    tokenizer = Tokenizer.from_str(json.dumps(json_file))
    encoded = [tokenizer.encode(text).ids for text in texts]
    return {
        "rules": rules[name],
        "hasTextTokens": has_text_tokens,
        "tokenIds": encoded,
        "decoded": [tokenizer.decode(each) for each in encoded],
    }


golden = {
    "madeWith": f"sentencepiece {sentencepiece.__version__}, tokenizers {tokenizers.__version__}",
    "seed": SEED,
    "tokens": tokens,
    "types": types,
    "scores": scores,
    "merges": [[left, right] for left, right, _ in merges],
    "texts": texts,
    "sentencePiece": [pieces.encode(text) for text in texts],
    "library": {name: of_library(name) for name in rules},
}
path = Path(__file__).parent.parent / "test/fixtures/sentencePiece/golden.json"
path.write_text(json.dumps(golden, ensure_ascii=True) + "\n")
same = sum(a == b for a, b in zip(golden["sentencePiece"], golden["library"]["Mistral"]["tokenIds"]))
print(f"{len(tokens)} tokens, {len(merges)} merges, {path.stat().st_size} bytes; as by SentencePiece {same} of {len(texts)}")
