"""Makes test/fixtures/trainingGolden.json: losses and gradients of two tiny models as PyTorch computes them.

    pip install torch transformers peft
    python scripts/makeTrainingGolden.py

For a Llama and a GPT-2 with random weights: one step with all weights learning and one with a LoRA adapter made by
peft, with the gradient of every parameter, and the losses of ten steps of AdamW from there. The block holds two
documents; PyTorch sees each by itself. Test: test/unit/model/trainingGraph.test.ts.
"""

import base64
import json
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

OUTPUT = Path(__file__).parent.parent / "test" / "fixtures" / "trainingGolden.json"
SEED = 4
VOCAB_SIZE = 61
DOCUMENT_LENGTHS = [7, 5]
RANK = 2
ALPHA = 6
NUM_STEPS = 10
ADAMW = {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1}

CONFIGS = {
    "llama": LlamaConfig(
        vocab_size=VOCAB_SIZE,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=20,
        max_position_embeddings=64,
        rope_theta=500,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        attn_implementation="eager",
    ),
    "gpt2": GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_embd=16,
        n_layer=2,
        n_head=4,
        n_positions=16,
        resid_pdrop=0,
        embd_pdrop=0,
        attn_pdrop=0,
    ),
}
TARGET_MODULES = {
    "llama": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "gpt2": ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"],
}


def main() -> None:
    block = make_block()
    golden = {
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
        },
        "rank": RANK,
        "alpha": ALPHA,
        "adamW": ADAMW,
        "documentLengths": DOCUMENT_LENGTHS,
        **block,
        "models": {family: describe(family, block) for family in CONFIGS},
    }
    OUTPUT.write_text(json.dumps(golden, indent=1) + "\n")


def make_block() -> dict:
    """Tokens of all documents behind each other; the last of each has no target, and one more is left out."""
    generator = torch.Generator().manual_seed(SEED)
    token_ids, target_ids, weights = [], [], []
    for length in DOCUMENT_LENGTHS:
        ids = torch.randint(VOCAB_SIZE, (length,), generator=generator).tolist()
        token_ids += ids
        target_ids += ids[1:] + [0]
        weights += [1.0] * (length - 1) + [0.0]
    weights[2] = 0.0
    weights[4] = 0.5
    return {"tokenIds": token_ids, "targetIds": target_ids, "targetWeights": weights}


def describe(family: str, block: dict) -> dict:
    config = CONFIGS[family]
    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(config)
    randomise(model)
    weights = {name: encode(tensor) for name, tensor in model.state_dict().items() if is_stored(name, config)}
    # Without the `_attn_implementation` that transformers puts in for itself.
    plain_config = {key: value for key, value in config.to_dict().items() if not key.startswith("_")}
    full = train(model, block)

    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_config(config)
    randomise(model)
    adapted = get_peft_model(
        model,
        LoraConfig(
            task_type="CAUSAL_LM",
            r=RANK,
            lora_alpha=ALPHA,
            target_modules=TARGET_MODULES[family],
            fan_in_fan_out=family == "gpt2",
        ),
    )
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    start = {plain_name(name): encode(p) for name, p in adapted.named_parameters() if p.requires_grad}
    lora = {"parameters": start, **train(adapted, block)}
    return {"config": plain_config, "weights": weights, "full": full, "lora": lora}


def randomise(model) -> None:
    """Larger weights than a fresh model's, so that no gradient is lost in rounding."""
    for name, parameter in model.named_parameters():
        is_norm = "norm" in name or ".ln_" in name
        if is_norm and name.endswith("weight"):
            torch.nn.init.normal_(parameter, mean=1, std=0.2)
        else:
            torch.nn.init.normal_(parameter, std=0.3)


def is_stored(name: str, config) -> bool:
    return not (config.tie_word_embeddings and name == "lm_head.weight")


def train(model, block: dict) -> dict:
    """The gradients at the start, then the losses of steps of AdamW, the first at the start."""
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    matrices = [p for p in parameters.values() if p.dim() > 1]
    others = [p for p in parameters.values() if p.dim() <= 1]
    groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, **ADAMW)
    model.eval()  # no dropout
    gradients, losses = None, []
    for _ in range(NUM_STEPS):
        optimizer.zero_grad()
        loss = block_loss(model, block)
        loss.backward()
        if gradients is None:
            gradients = {plain_name(name): encode(p.grad) for name, p in parameters.items()}
        losses.append(loss.item())
        optimizer.step()
    return {"gradients": gradients, "losses": losses}


def plain_name(name: str) -> str:
    """Without the adapter's name, as peft writes it to a file."""
    return name.replace(".default.", ".")


def block_loss(model, block: dict) -> torch.Tensor:
    """Sum of weight times negative log-likelihood."""
    total = torch.zeros(())
    start = 0
    for length in DOCUMENT_LENGTHS:
        part = slice(start, start + length)
        logits = model(torch.tensor([block["tokenIds"][part]])).logits[0]
        surprise = torch.nn.functional.cross_entropy(
            logits, torch.tensor(block["targetIds"][part]), reduction="none"
        )
        total = total + (surprise * torch.tensor(block["targetWeights"][part])).sum()
        start += length
    return total


def encode(tensor: torch.Tensor) -> dict:
    """Shape and float32 numbers, little-endian."""
    data = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
    return {"shape": list(tensor.shape), "data": base64.b64encode(data).decode()}


if __name__ == "__main__":
    main()
