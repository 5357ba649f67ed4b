"""Makes blocks of random bytes in each of ggml's layouts that is read, and the numbers that the package gguf sees in them.

    pip install gguf numpy
    python scripts/makeWeightFormatsGolden.py     writes test/fixtures/weightFormats.json

Bytes and float32 numbers are base64. The test is test/unit/formats/weightFormatsGolden.test.ts.
"""

import base64
import importlib.metadata
import json
from pathlib import Path

import gguf
import numpy

FIXTURE = Path(__file__).parent.parent / "test" / "fixtures" / "weightFormats.json"
SEED = 20262
NUM_BLOCKS = 3
#: Layouts, and where in a block the half-precision numbers stand.
FORMATS = {
    "F16": [0],
    "BF16": [],
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q2_K": [80, 82],
    "Q3_K": [108],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
    "IQ4_NL": [0],
    "IQ4_XS": [0],
}


def main() -> None:
    random = numpy.random.default_rng(SEED)
    formats = {name: make(name, halfs, random) for name, halfs in FORMATS.items()}
    versions = {"seed": SEED, "gguf": importlib.metadata.version("gguf"), "numpy": numpy.__version__}
    FIXTURE.write_text(json.dumps({"versions": versions, "formats": formats}, indent=1) + "\n")


def make(name: str, halfs: list[int], random) -> dict:
    kind = gguf.GGMLQuantizationType[name]
    _, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (NUM_BLOCKS if block_bytes > 2 else 32, block_bytes), dtype=numpy.uint8)
    for place in halfs:
        # Finite, of both signs, as scales are and some that are not.
        numbers = random.normal(0, 0.05, len(blocks)).astype(numpy.float16)
        blocks[:, place : place + 2] = numbers.view(numpy.uint8).reshape(-1, 2)
    if name == "BF16":
        # The upper half of the float32 numbers.
        numbers = random.normal(0, 1, len(blocks)).astype(numpy.float32)
        blocks = numpy.ascontiguousarray(numbers.view(numpy.uint8).reshape(-1, 4)[:, 2:])
    values = gguf.quants.dequantize(blocks.reshape(1, -1), kind).astype(numpy.float32)
    assert numpy.isfinite(values).all()
    return {"bytes": encode(blocks), "values": encode(values)}


def encode(array) -> str:
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


if __name__ == "__main__":
    main()
