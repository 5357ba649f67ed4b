"""One LoRA step at a time by PyTorch and peft on the processor, asked for by lines on stdin (bench/training.ts).

    python bench/training/peer.py FOLDER TOKENS THREADS

FOLDER holds the base in float32, as `inkling export --dtype float32` writes it.
"""

import json
import sys
import time

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

TARGET_MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def main() -> None:
    folder, num_tokens, num_threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(num_threads)
    base = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32)
    config = LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules=TARGET_MODULES)
    model = get_peft_model(base, config)
    model.train()
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=1e-4, weight_decay=0.0)
    token_ids = torch.arange(num_tokens + 1) * 7919 % base.config.vocab_size
    answer(
        {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
            "parameters": sum(parameter.numel() for parameter in learning),
        }
    )
    for _ in sys.stdin:
        start = time.perf_counter()
        logits = model(input_ids=token_ids[None, :-1]).logits[0]
        loss = torch.nn.functional.cross_entropy(logits, token_ids[1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        answer({"seconds": time.perf_counter() - start, "loss": loss.item()})


def answer(fields: dict) -> None:
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    main()
