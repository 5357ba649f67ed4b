"""Makes test/fixtures/golden.json: what transformers computes in float32 from the embedded model's weights.

    node bin/inkling export --dtype float32 FOLDER
    pip install torch transformers safetensors
    python scripts/makeGolden.py FOLDER

The test compares our float32 graphs with it (test/unit/model/golden.test.ts).
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

TEXT = """# Keeping bees on a roof

A hive needs less room than a bicycle, and it asks for company far less often. Put it where the morning sun \
arrives first: bees that are warm by eight have half a day's lead on those in the shade.

In winter they neither sleep nor fly. They hang in a ball around their queen, take turns at the cold outside, and \
keep the middle at 30 °C — with nothing but honey and shivering.
"""
PROMPT = "Once upon a time in a faraway land"
NUM_GREEDY_TOKENS = 20
OUTPUT = Path(__file__).parent.parent / "test" / "fixtures" / "golden.json"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/makeGolden.py FOLDER")
    folder = sys.argv[1]
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(Path(folder, "tokenizer.json")))
    golden = {
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "text": TEXT,
        **score(model, tokenizer.encode(TEXT)),
        "prompt": PROMPT,
        "greedy": continue_greedily(model, tokenizer.encode(PROMPT)),
    }
    OUTPUT.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


def score(model, token_ids: list[int]) -> dict:
    """The log-probability of each token but the first."""
    with torch.no_grad():
        logits = model(torch.tensor([token_ids])).logits[0]  # [T, vocabSize]
    log_probabilities = torch.log_softmax(logits, dim=-1)
    return {
        "tokenIds": token_ids,
        "logProbabilities": [
            round(log_probabilities[place, token_id].item(), 5)
            for place, token_id in enumerate(token_ids[1:])
        ],
    }


def continue_greedily(model, token_ids: list[int]) -> dict:
    """The most probable continuation, and how far each token is ahead of the second best, in nats."""
    token_ids = list(token_ids)
    num_prompt_tokens = len(token_ids)
    margins = []
    for _ in range(NUM_GREEDY_TOKENS):
        with torch.no_grad():
            logits = model(torch.tensor([token_ids])).logits[0, -1]
        best = torch.topk(logits, 2)
        token_ids.append(best.indices[0].item())
        margins.append(round((best.values[0] - best.values[1]).item(), 5))
    return {"tokenIds": token_ids[num_prompt_tokens:], "margins": margins}


if __name__ == "__main__":
    main()
