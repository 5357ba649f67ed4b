"""Makes test/fixtures/peft: tiny random models, LoRA adapters that Python's peft made for them, and the log-probabilities
that transformers with peft computes in float32.

    pip install torch transformers peft safetensors
    python scripts/makePeftGolden.py

The test compares our float32 graphs with them (test/unit/model/peftGolden.test.ts).
"""

import json
import shutil
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

SEED = 7
VOCAB_SIZE = 64
TOKEN_IDS = [(7 * place * place + 3 * place + 5) % VOCAB_SIZE for place in range(24)]
OUTPUT = Path(__file__).parent.parent / "test" / "fixtures" / "peft"

LLAMA_TARGETS = [f"{name}_proj" for name in ["q", "k", "v", "o", "gate", "up", "down"]]


def make_llama() -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCAB_SIZE,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            tie_word_embeddings=True,
        )
    )


def make_gpt2() -> GPT2LMHeadModel:
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=VOCAB_SIZE, n_positions=64, n_embd=32, n_layer=2, n_head=4)
    )


CASES = {
    "llama": (
        make_llama,
        {
            "plain": LoraConfig(r=4, lora_alpha=8, target_modules=LLAMA_TARGETS, task_type="CAUSAL_LM"),
            "patterned": LoraConfig(
                r=2,
                lora_alpha=6,
                target_modules=["q_proj", "v_proj", "down_proj"],
                rank_pattern={"q_proj": 3},
                alpha_pattern={"1.self_attn.v_proj": 12},
                layers_to_transform=[1],
                use_rslora=True,
                task_type="CAUSAL_LM",
            ),
        },
    ),
    "gpt2": (
        make_gpt2,
        {
            "plain": LoraConfig(
                r=4,
                lora_alpha=8,
                target_modules=["c_attn", "c_proj", "c_fc"],
                fan_in_fan_out=True,
                task_type="CAUSAL_LM",
            )
        },
    ),
}


def log_probabilities(model) -> list[float]:
    """Of each token but the first, given those before it."""
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor([TOKEN_IDS])).logits[0].double()  # [T, vocabSize]
    rows = torch.log_softmax(logits, dim=-1)
    return [round(rows[place, token_id].item(), 6) for place, token_id in enumerate(TOKEN_IDS[1:])]


def main() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    golden: dict = {
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
        },
        "seed": SEED,
        "tokenIds": TOKEN_IDS,
    }
    for family, (make_model, configs) in CASES.items():
        torch.manual_seed(SEED)
        base = make_model()
        with torch.no_grad():
            # transformers starts biases at zero and weights near it, where no fault would show.
            for parameter in base.parameters():
                parameter.add_(0.15 * torch.randn_like(parameter))
        folder = OUTPUT / family
        base.save_pretrained(folder / "base", safe_serialization=True)
        golden[family] = {"base": log_probabilities(base)}
        for name, config in configs.items():
            base = make_model().from_pretrained(folder / "base")
            model = get_peft_model(base, config)
            with torch.no_grad():
                for parameter_name, parameter in model.named_parameters():
                    if "lora_" in parameter_name:
                        parameter.copy_(0.2 * torch.randn_like(parameter))
            model.peft_config["default"].base_model_name_or_path = f"tiny-{family}"
            model.save_pretrained(folder / name, safe_serialization=True)
            (folder / name / "README.md").unlink(missing_ok=True)
            golden[family][name] = log_probabilities(model)
    (OUTPUT / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
