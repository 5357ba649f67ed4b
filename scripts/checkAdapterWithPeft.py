"""Opens an adapter with Python's peft and compares its log-probabilities with ours.

    node bin/inkling export --dtype float32 BASE
    node bin/inkling bench log-probabilities TEXT --adapter ADAPTER > ours.json
    pip install torch transformers peft safetensors
    python scripts/checkAdapterWithPeft.py BASE ADAPTER ours.json

Prints the largest difference with the adapter, and how far the base alone is from it; ends with 1 above 1e-3.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from transformers import AutoModelForCausalLM

LARGEST_DIFFERENCE = 1e-3


def log_probabilities(model, token_ids: list[int]) -> torch.Tensor:
    """Of each token but the first, given those before it."""
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor([token_ids])).logits[0]  # [T, vocabSize]
    rows = torch.log_softmax(logits.double(), dim=-1)
    return torch.stack([rows[place, token_id] for place, token_id in enumerate(token_ids[1:])])


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    base_folder, adapter_folder, ours_file = sys.argv[1:]
    ours = json.loads(Path(ours_file).read_text())
    token_ids = ours["tokenIds"]
    expected = torch.tensor(ours["logProbabilities"], dtype=torch.float64)
    model = AutoModelForCausalLM.from_pretrained(base_folder, torch_dtype=torch.float32)
    plain = log_probabilities(model, token_ids)
    adapted = log_probabilities(peft.PeftModel.from_pretrained(model, adapter_folder), token_ids)
    difference = (adapted - expected).abs().max().item()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}")
    print(f"{len(token_ids)} tokens; mean log-probability {adapted.mean():.5f} (peft), {expected.mean():.5f} (ours)")
    print(f"largest difference from peft: {difference:.2e}")
    print(f"largest difference of peft's base alone: {(plain - expected).abs().max():.2e}")
    sys.exit(0 if difference <= LARGEST_DIFFERENCE else 1)


if __name__ == "__main__":
    main()
