"""Makes test/fixtures/bpe/golden.json: what the `tokenizers` library learns from a small text.

python scripts/makeBpeGolden.py    (needs tokenizers; made with the version that the file names)

The text is drawn from a seed: words of few syllables, so that many pairs are equally frequent, with digits, signs,
accents, letters of other scripts and odd white space between.
"""

import json
import random
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

SEED = 11
VOCAB_SIZE = 420
MIN_FREQUENCY = 2

random.seed(SEED)
syllables = ["ka", "to", "ri", "mu", "sel", "an", "aa", "über", "né", "x", "日本", "Ж"]
others = [" ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u0085", "\ufeff", ", ", ". ", "'s ", "'ll ", " 2024 ", " 7", "--", " 🙂 ", " ٣٤ "]
words = ["".join(random.choices(syllables, k=random.randint(1, 4))) for _ in range(90)]
text = "".join(
    random.choice(words) + (" " if random.random() < 0.6 else random.choice(others))
    for _ in range(900)
)
texts = [text[:2000], text[2000:]]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.train_from_iterator(
    texts,
    trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        min_frequency=MIN_FREQUENCY,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
model = json.loads(tokenizer.to_str())["model"]
golden = {
    "madeWith": f"tokenizers {tokenizers.__version__}",
    "seed": SEED,
    "vocabSize": VOCAB_SIZE,
    "minFrequency": MIN_FREQUENCY,
    "texts": texts,
    "merges": [m if isinstance(m, str) else " ".join(m) for m in model["merges"]],
    "tokenIds": [tokenizer.encode(t).ids for t in texts],
}
path = Path(__file__).parent.parent / "test/fixtures/bpe/golden.json"
path.write_text(json.dumps(golden, ensure_ascii=True, indent=None) + "\n")
print(len(golden["merges"]), "merges,", path.stat().st_size, "bytes")
