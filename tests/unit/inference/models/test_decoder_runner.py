"""Whatever shares a step, the greedy tokens are transformers' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from inference.attention.dense import DenseAttention
from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import PrefixCache
from inference.kvcache.storage import KVStorage
from inference.models.decoder_runner import DecoderRunner
from inference.models.registry import load_decoder
from inference.scheduler.continuous import ContinuousScheduler
from inference.sequence import Sequence
from tests.tiny_decoders import FAMILIES, prompts, write_decoder
from tests.tiny_generation import steps

BLOCK = 4
WAYS: dict[str, dict[str, Any]] = {
    "alone": {"max_running": 1},
    "together": {},
    "in chunks": {"max_step_tokens": 8},
    "preempted": {"num_blocks": 20},
    "with guesses": {"max_drafts": 4},
    "with everything": {"max_step_tokens": 9, "num_blocks": 20, "max_drafts": 3},
}


def generate(folder: Path, *, num_tokens: int, **way: int) -> tuple[list[list[int]], ContinuousScheduler]:
    """The tokens after each prompt, and the scheduler that was used; the prompts come twice."""
    model = load_decoder(folder, dtype=torch.float32)
    num_blocks = way.pop("num_blocks", 200)
    cache = PrefixCache(BlockPool(num_blocks), block_size=BLOCK)
    options = {"max_running": 8, "max_step_tokens": 512, "max_drafts": 0, **way}
    scheduler = ContinuousScheduler(cache, max_queue=99, max_tokens=512, **options)
    storage = KVStorage(model.kv_layout(num_blocks=num_blocks, block_size=BLOCK))
    runner = DecoderRunner(model, storage, PagedAttention(storage))
    sequences = [Sequence(prompt=prompt, sampling=SamplingParams(max_tokens=num_tokens)) for prompt in prompts() * 2]
    for _ in steps(scheduler, runner, sequences):
        pass
    return [sequence.tokens[len(sequence.prompt) :] for sequence in sequences], scheduler


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, list[list[int]]]]:
    """By family: its folder, and transformers' greedy tokens after each prompt."""
    transformers = pytest.importorskip("transformers", reason="transformers, the reference, is not installed")
    found = {}
    for family in FAMILIES:
        folder = write_decoder(tmp_path_factory.mktemp(family), family)
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        after = []
        for prompt in prompts():
            ids = torch.tensor([prompt])
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False, pad_token_id=0
            )
            after.append(out[0, len(prompt) :].tolist())
        found[family] = folder, after
    return found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_tokens_are_transformers(family: str, way: str, expected: dict[str, tuple[Path, list[list[int]]]]):
    folder, tokens = expected[family]

    ours, scheduler = generate(folder, num_tokens=16, **WAYS[way])

    assert ours == tokens * 2
    assert (scheduler.num_preempted > 0) == ("num_blocks" in WAYS[way])


def test_greedy_tokens_are_those_of_a_network_without_a_cache(tmp_path: Path):
    """The check that needs nobody else's code: everything computed again for every token, densely."""
    folder = write_decoder(tmp_path, "qwen3")
    model = load_decoder(folder, dtype=torch.float32)
    expected = []
    for prompt in prompts():
        tokens = list(prompt)
        for _ in range(12):
            with torch.inference_mode():
                logits = model(Batch.of([Part(ids=tokens, start=0)]), DenseAttention())
            tokens.append(int(logits.argmax()))
        expected.append(tokens[len(prompt) :])

    ours, _ = generate(folder, num_tokens=12, max_step_tokens=10, max_drafts=2)

    assert ours == expected * 2
