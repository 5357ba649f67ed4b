"""Makes models with random weights and what transformers computes from them in float32.

    pip install torch transformers tokenizers safetensors
    python scripts/makeFamilyGolden.py tiny                     writes test/fixtures/gpt2-tiny and qwen2-tiny
    python scripts/makeFamilyGolden.py real-gpt2 FOLDER         GPT-2 small's sizes, for bench/families.ts
    python scripts/makeFamilyGolden.py real-llama FOLDER        SmolLM2-135M's sizes

`golden.json` in the folder holds token ids and logits. The tests of the tiny models are test/unit/model/gpt2.test.ts and
test/unit/model/qwen2.test.ts.
"""

import json
import sys
from pathlib import Path

import numpy
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

FIXTURES = Path(__file__).parent.parent / "test" / "fixtures"
FIXTURE = FIXTURES / "gpt2-tiny"
SEED = 20240
END_OF_TEXT = "<|endoftext|>"

TEXT = """The keeper of the lighthouse kept three clocks. One of them told the time on land, one told the time at sea, \
and the third, which he'd never wound, told him when to sleep. "It's the best of the three," he said, in 1987 and again \
in 2003; nobody asked him why. The ships came by at 10:40 and at 22:15, always two of them, always slowly.

    They carried timber – and, he thought, the weather too.
"""
NUM_GREEDY_TOKENS = 16


def main() -> None:
    arguments = sys.argv[1:]
    torch.manual_seed(SEED)
    match arguments:
        case ["tiny"]:
            make_tiny()
            make_tiny_qwen2(FIXTURES / "qwen2-tiny")
        case ["real-gpt2", folder]:
            make_real(GPT2LMHeadModel(GPT2Config()), Path(folder))
        case ["real-llama", folder]:
            make_real(LlamaForCausalLM(smollm2_config()), Path(folder))
        case _:
            sys.exit(__doc__)


def make_tiny() -> None:
    """A GPT-2 as its first checkpoints are: names without prefix, masks among the weights, vocab.json and merges.txt."""
    FIXTURE.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer()
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=128,
        bos_token_id=tokenizer.token_to_id(END_OF_TEXT),
        eos_token_id=tokenizer.token_to_id(END_OF_TEXT),
    )
    model = randomise(GPT2LMHeadModel(config))
    weights = {
        name.removeprefix("transformer."): tensor.contiguous()
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"
    }
    for layer in range(config.n_layer):
        weights[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 8, 8).tril()
    save_file(weights, str(FIXTURE / "model.safetensors"))
    (FIXTURE / "config.json").write_text(json.dumps(config.to_diff_dict(), indent=1) + "\n")
    token_ids = tokenizer.encode(TEXT).ids[:100]
    logits = run(model, token_ids)
    write_golden(
        FIXTURE,
        {
            "text": TEXT,
            "tokenIds": tokenizer.encode(TEXT).ids,
            "scoredTokenIds": token_ids,
            "logProbabilities": score(logits, token_ids),
            "lastLogits": rounded(logits[-1]),
            "greedy": continue_greedily(model, token_ids[:12]),
        },
    )


def make_tiny_qwen2(folder: Path) -> None:
    """A Llama with biases at queries, keys and values; without a tokenizer."""
    config = Qwen2Config(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        tie_word_embeddings=True,
    )
    model = randomise(Qwen2ForCausalLM(config))
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    token_ids = torch.randint(config.vocab_size, (40,), generator=torch.Generator().manual_seed(SEED)).tolist()
    write_golden(folder, {"tokenIds": token_ids, "lastLogits": rounded(run(model, token_ids)[-1])})


def train_tokenizer() -> tokenizers.Tokenizer:
    """Byte-level BPE of 300 tokens in GPT-2's own two files."""
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator([TEXT], vocab_size=300, special_tokens=[END_OF_TEXT], show_progress=False)
    trained.save_model(str(FIXTURE))
    return tokenizers.ByteLevelBPETokenizer(str(FIXTURE / "vocab.json"), str(FIXTURE / "merges.txt"))


def randomise(model):
    """Numbers large enough that each part of the model shows in the logits, biases and norms too."""
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            is_norm = tensor.dim() == 1 and name.endswith("weight")
            tensor.normal_(1.0 if is_norm else 0.0, 0.15)
    return model.eval()


def smollm2_config() -> LlamaConfig:
    return LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        rms_norm_eps=1e-5,
        rope_theta=100000.0,
        tie_word_embeddings=True,
    )


def make_real(model, folder: Path) -> None:
    """A folder as save_pretrained writes it, and the logits of 24 random tokens as raw float32."""
    model = model.eval()
    model.save_pretrained(folder, safe_serialization=True)
    generator = torch.Generator().manual_seed(SEED)
    token_ids = torch.randint(model.config.vocab_size, (24,), generator=generator).tolist()
    run(model, token_ids).numpy().astype(numpy.float32).tofile(folder / "logits.bin")
    write_golden(folder, {"tokenIds": token_ids})


def run(model, token_ids: list[int]) -> torch.Tensor:
    """Logits [T, vocabSize]."""
    with torch.no_grad():
        return model(torch.tensor([token_ids])).logits[0]


def score(logits: torch.Tensor, token_ids: list[int]) -> list[float]:
    """The log-probability of each token but the first."""
    log_probabilities = torch.log_softmax(logits, dim=-1)
    return rounded([log_probabilities[place, token_id] for place, token_id in enumerate(token_ids[1:])])


def continue_greedily(model, prompt: list[int]) -> dict:
    token_ids = list(prompt)
    for _ in range(NUM_GREEDY_TOKENS):
        token_ids.append(run(model, token_ids)[-1].argmax().item())
    return {"prompt": prompt, "tokenIds": token_ids[len(prompt) :]}


def rounded(numbers) -> list[float]:
    return [round(float(number), 5) for number in numbers]


def write_golden(folder: Path, golden: dict) -> None:
    versions = {
        "seed": SEED,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
    }
    (folder / "golden.json").write_text(json.dumps({"versions": versions, **golden}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
