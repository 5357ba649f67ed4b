"""Makes a tiny model of each architecture as a folder and as a GGUF file, and what transformers computes from it.

    pip install torch transformers tokenizers safetensors gguf
    python scripts/makeArchitectureGolden.py                writes test/fixtures/architectures
    python scripts/makeArchitectureGolden.py NAME…          only those
    python scripts/makeArchitectureGolden.py check NAME FOLDER
                            compares what transformers computes from a folder that inkling export has made of NAME

Each folder holds config.json, model.safetensors, model.gguf and golden.json: token ids, logits in float32, and what greedy
decoding continues with. Matrices are whole multiples of 1/256 up to 127, one of which every block of 32 has, so that
bfloat16 (in the folder) and Q8_0 (in the GGUF file) hold them exactly, and both formats must give the same logits.
The GGUF files' names of tensors and keys are those of the package gguf, which is llama.cpp's own; the vocabulary is
test/fixtures/gpt2-tiny's. The test is test/unit/model/families/architectures.test.ts.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import gguf
import numpy
import torch
import transformers
from safetensors.torch import save_file

FIXTURES = Path(__file__).parent.parent / "test" / "fixtures"
SEED = 20261
VOCAB_SIZE = 300
NUM_TOKENS = 40
NUM_GREEDY_TOKENS = 12
NUM_LAYERS = 2
STEP = 1 / 256

COMMON = dict(
    vocab_size=VOCAB_SIZE,
    hidden_size=32,
    intermediate_size=32,
    num_hidden_layers=NUM_LAYERS,
    num_attention_heads=2,
    num_key_value_heads=1,
    max_position_embeddings=128,
    bos_token_id=0,
    eos_token_id=0,
    pad_token_id=0,
    tie_word_embeddings=True,
)
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 1000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


class Model:
    """A model to be made: `arch` is its architecture in GGUF, none where no such file is made."""

    def __init__(self, kind: str, arch: str | None, *, permutes=False, keys=None, **fields):
        self.kind = kind
        self.arch = arch
        self.permutes = permutes
        self.keys = keys
        self.fields = fields


def granite_keys(writer, config) -> None:
    writer.add_embedding_scale(config.embedding_multiplier)
    writer.add_attention_scale(config.attention_multiplier)
    writer.add_residual_scale(config.residual_multiplier)
    writer.add_logit_scale(config.logits_scaling)


def linear_keys(writer, config) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(config.rope_parameters["factor"])


def yarn_keys(writer, config) -> None:
    rope = config.rope_parameters
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(rope["factor"])
    writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])


def llama3_keys(writer, config) -> None:
    """As convert_hf_to_gguf.py computes them."""
    rope = config.rope_parameters
    head_dim = config.head_dim
    divisors = []
    for i in range(0, head_dim, 2):
        wavelength = 2 * numpy.pi * rope["rope_theta"] ** (i / head_dim)
        original = rope["original_max_position_embeddings"]
        if wavelength < original / rope["high_freq_factor"]:
            divisors.append(1.0)
        elif wavelength > original / rope["low_freq_factor"]:
            divisors.append(rope["factor"])
        else:
            smooth = (original / wavelength - rope["low_freq_factor"]) / (
                rope["high_freq_factor"] - rope["low_freq_factor"]
            )
            divisors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    writer.add_tensor("rope_freqs.weight", numpy.array(divisors, dtype=numpy.float32))


def phi3_keys(writer, config) -> None:
    writer.add_sliding_window(config.sliding_window)


def gemma_keys(writer, config) -> None:
    writer.add_sliding_window(config.sliding_window)


MODELS = {
    "qwen2": Model("Qwen2", "qwen2", tie_word_embeddings=False),
    "qwen2-yarn": Model(
        "Qwen2",
        "qwen2",
        keys=yarn_keys,
        rope_parameters={
            "rope_type": "yarn",
            "rope_theta": 100.0,
            "factor": 4.0,
            "original_max_position_embeddings": 256,
        },
    ),
    "qwen3": Model("Qwen3", "qwen3", head_dim=32),
    "mistral": Model("Mistral", "llama", permutes=True, sliding_window=None),
    "mistral-window": Model("Mistral", None, sliding_window=7, head_dim=16),
    "llama3": Model(
        "Llama", "llama", permutes=True, keys=llama3_keys, rope_parameters=LLAMA3_ROPE, num_key_value_heads=2
    ),
    "llama-linear": Model(
        "Llama",
        "llama",
        permutes=True,
        keys=linear_keys,
        rope_parameters={"rope_type": "linear", "rope_theta": 1000.0, "factor": 4.0},
    ),
    "llama-biases": Model("Llama", "llama", permutes=True, attention_bias=True, mlp_bias=True),
    "granite": Model(
        "Granite",
        "granite",
        permutes=True,
        keys=granite_keys,
        embedding_multiplier=3.0,
        attention_multiplier=0.4,
        residual_multiplier=0.35,
        logits_scaling=2.5,
    ),
    "smollm3": Model("SmolLM3", "smollm3", permutes=True, num_hidden_layers=4),
    "gemma3": Model(
        "Gemma3",
        "gemma3",
        keys=gemma_keys,
        num_hidden_layers=6,
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=7,
        hidden_activation="gelu_pytorch_tanh",
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
        },
    ),
    "gemma3-scaled": Model(
        "Gemma3",
        None,
        head_dim=16,
        query_pre_attn_scalar=20,
        sliding_window=9,
        hidden_activation="gelu_pytorch_tanh",
        layer_types=["full_attention", "sliding_attention"],
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
        },
    ),
    "starcoder2": Model("Starcoder2", "starcoder2", sliding_window=None, hidden_act="gelu_pytorch_tanh"),
    "starcoder2-window": Model("Starcoder2", None, sliding_window=7, hidden_act="gelu", use_bias=False),
    "phi3": Model("Phi3", "phi3", keys=phi3_keys, sliding_window=9),
    "phi3-longrope": Model(
        "Phi3",
        None,
        sliding_window=None,
        max_position_embeddings=128,
        original_max_position_embeddings=64,
        rope_parameters={
            "rope_type": "longrope",
            "rope_theta": 1000.0,
            "short_factor": [1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0],
            "long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        },
    ),
}


def main() -> None:
    if sys.argv[1:2] == ["check"]:
        check(sys.argv[2], sys.argv[3])
        return
    for name in sys.argv[1:] or MODELS:
        make(MODELS[name], FIXTURES / "architectures" / name)
        print(name)


def make(spec: Model, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    fields = {**COMMON, **spec.fields}
    suffix = "TextConfig" if spec.kind == "Gemma3" else "Config"
    config = getattr(transformers, spec.kind + suffix)(**fields, attn_implementation="eager")
    model = getattr(transformers, spec.kind + "ForCausalLM")(config).eval()
    randomise(model, config)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if config.tie_word_embeddings:
        del weights["lm_head.weight"]
    stored = {name: tensor.bfloat16() if tensor.dim() == 2 else tensor for name, tensor in weights.items()}
    save_file(stored, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(json.loads((folder / "config.json").read_text())) + "\n")
    if spec.arch:
        write_gguf(spec, config, weights, folder / "model.gguf")
    write_golden(model, folder)


def randomise(model, config) -> None:
    """Numbers large enough that each part of the model shows in the logits, biases and norms too."""
    norm_mean = 0.0 if config.model_type.startswith("gemma") else 1.0
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.dim() == 1:
                tensor.normal_(norm_mean if name.endswith("norm.weight") else 0.0, 0.15)
                continue
            steps = (torch.randn_like(tensor) * 0.15 / STEP).round().clamp(-127, 127)
            blocks = steps.view(-1, 32)
            largest = blocks.abs().argmax(dim=1, keepdim=True)
            blocks.scatter_(1, largest, 127.0)
            tensor.copy_(blocks.view_as(tensor) * STEP)


def write_gguf(spec: Model, config, weights, file: Path) -> None:
    writer = gguf.GGUFWriter(str(file), spec.arch)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if head_dim != config.hidden_size // config.num_attention_heads:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_vocab_size(config.vocab_size)
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    else:
        writer.add_layer_norm_eps(config.norm_epsilon)
    rope = config.rope_parameters
    rope = rope.get("full_attention", rope)
    writer.add_rope_freq_base(rope["rope_theta"])
    add_tokenizer(writer)
    if spec.keys:
        spec.keys(writer, config)
    (architecture,) = [key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == spec.arch]
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for name, tensor in weights.items():
        ggml_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if ggml_name is None:
            raise KeyError(f"{spec.arch} has no name for {name}")
        array = tensor.float()
        if spec.permutes and ".q_proj." in name:
            array = permute(array, config.num_attention_heads)
        if spec.permutes and ".k_proj." in name:
            array = permute(array, config.num_key_value_heads)
        if spec.arch.startswith("gemma") and name.endswith("norm.weight"):
            array = array + 1
        if array.dim() == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            quantised = gguf.quants.quantize(array.numpy(), kind)
            assert (gguf.quants.dequantize(quantised, kind) == array.numpy()).all(), name
            writer.add_tensor(ggml_name, quantised, raw_dtype=kind)
        else:
            writer.add_tensor(ggml_name, array.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permute(rows, num_heads: int):
    """Rows of halves become neighbours, as convert_hf_to_gguf.py does for a Llama."""
    head_dim = rows.shape[0] // num_heads
    halves = rows.reshape(num_heads, 2, head_dim // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape).contiguous()


def add_tokenizer(writer) -> None:
    folder = FIXTURES / "gpt2-tiny"
    ids = json.loads((folder / "vocab.json").read_text())
    tokens = sorted(ids, key=ids.get)
    merges = (folder / "merges.txt").read_text().splitlines()[1:]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token == "<|endoftext|>" else 1 for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)


def write_golden(model, folder: Path) -> None:
    generator = torch.Generator().manual_seed(SEED)
    token_ids = torch.randint(1, VOCAB_SIZE, (NUM_TOKENS,), generator=generator).tolist()
    logits = run(model, token_ids)
    log_probabilities = torch.log_softmax(logits, dim=-1)
    greedy = list(token_ids)
    for _ in range(NUM_GREEDY_TOKENS):
        greedy.append(run(model, greedy)[-1].argmax().item())
    golden = {
        "versions": {
            "seed": SEED,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "gguf": importlib.metadata.version("gguf"),
        },
        "tokenIds": token_ids,
        "logProbabilities": rounded(
            [log_probabilities[place, token_id] for place, token_id in enumerate(token_ids[1:])]
        ),
        "lastLogits": rounded(logits[-1]),
        "greedy": greedy[NUM_TOKENS:],
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


def check(name: str, folder: str) -> None:
    golden = json.loads((FIXTURES / "architectures" / name / "golden.json").read_text())
    model, found = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    if any(found.values()):
        sys.exit(f"{name}: {found}")
    difference = (run(model.eval(), golden["tokenIds"])[-1] - torch.tensor(golden["lastLogits"])).abs().max()
    print(f"{name}: logits differ by {difference:.1e} at the most")
    if difference > 1e-4:
        sys.exit(1)


def run(model, token_ids: list[int]) -> torch.Tensor:
    """Logits [T, vocabSize]."""
    with torch.no_grad():
        return model(torch.tensor([token_ids])).logits[0]


def rounded(numbers) -> list[float]:
    return [round(float(number), 5) for number in numbers]


if __name__ == "__main__":
    main()
