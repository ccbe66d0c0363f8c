"""The packaged encoder says what sentence-transformers says, in every arithmetic, within its tolerance."""

from __future__ import annotations

import numpy as np
import pytest

from inference import Engine, EngineConfig
from inference.config import packaged_encoder
from inference.quant.int8 import is_exact

needs_int8 = pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels")

TEXTS = [
    "When did the old mill by the river open, and who founded it?",
    "Résumé",
    "",
    "保修期是多久？",
    "The warranty covers parts and labour for two years from the date of purchase. Batteries are excluded. "
    "To claim, bring the receipt to any dealer; repairs take ten working days and are free of charge. " * 12,
]


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    model = sentence_transformers.SentenceTransformer(str(packaged_encoder()), device="cpu")
    return model.encode(TEXTS, normalize_embeddings=True)


# fp32 differs in the order of sums alone; bf16 keeps eight bits of each factor, INT8 seven of each token's largest.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("arithmetic", "least"), [("fp32", 0.99999), ("bf16", 0.9999), pytest.param("int8", 0.996, marks=needs_int8)]
)
def test_vectors_agree_with_sentence_transformers(arithmetic: str, least: float, expected: np.ndarray):
    with Engine(EngineConfig(quantization=arithmetic, use_reader=False)) as engine:  # type: ignore[arg-type]  # a name
        found = engine.embed(TEXTS)

    assert float((found * expected).sum(1).min()) >= least
