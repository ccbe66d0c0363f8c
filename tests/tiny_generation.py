"""Greedy tokens after a handful of prompts, in every way that a scheduler may run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from inference.attention.paged import PagedAttention
from inference.completion import SamplingParams
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import PrefixCache
from inference.kvcache.storage import KVStorage
from inference.kvcache.storage_int8 import Int8KVStorage
from inference.models.decoder import Decoder
from inference.models.decoder_runner import DecoderRunner, FusedSteps
from inference.scheduler.continuous import ContinuousScheduler
from inference.sequence import Sequence
from tests.tiny_decoders import prompts

BLOCK, MAX_TOKENS = 4, 512
MANY_KEYS = tuple(at * 31 % 97 for at in range(250))  # more than the smallest graph has, once it is answered
WAYS: dict[str, dict[str, Any]] = {
    "together": {},
    "in chunks": {"max_step_tokens": 9},
    "three at a time": {"max_running": 3},
    "preempted": {"num_blocks": 90},
    "with guesses": {"max_drafts": 4},
    "int8 keys": {"storage": Int8KVStorage},
}


def generated(model: Decoder, fused: Callable[[Any, int], FusedSteps] | None = None, **way: Any) -> list[list[int]]:
    """The tokens after each prompt: each has its own length, and the last is aborted in the middle.

    ``fused`` makes what runs steps whole, of the storage and of a block that no table holds.
    """
    num_blocks = way.pop("num_blocks", 400)
    options = {"max_running": 8, "max_step_tokens": 512, "max_drafts": 0, "storage": KVStorage, **way}
    storage = options.pop("storage")(model.kv_layout(num_blocks=num_blocks + 1, block_size=BLOCK))
    cache = PrefixCache(BlockPool(num_blocks), block_size=BLOCK)
    scheduler = ContinuousScheduler(cache, max_queue=99, max_tokens=MAX_TOKENS, **options)
    runner = DecoderRunner(model, storage, PagedAttention(storage), fused=fused(storage, num_blocks) if fused else None)
    first, *others = prompts()
    sequences = [
        Sequence(prompt=prompt, sampling=SamplingParams(max_tokens=6 + 3 * place))
        for place, prompt in enumerate([*others, MANY_KEYS, first])
    ]
    for _ in steps(scheduler, runner, sequences):
        sequences[-1].is_aborted = sequences[-1].num_outputs >= 9
    assert (scheduler.num_preempted > 0) == (num_blocks < 100)
    return [sequence.tokens[len(sequence.prompt) :] for sequence in sequences]


def steps(scheduler: ContinuousScheduler, runner: DecoderRunner, sequences: Iterable[Sequence]) -> Iterator[None]:
    """Run them all to their end, a step at a time, the books checked after each."""
    for sequence in sequences:
        scheduler.submit(sequence)
    while scheduler.has_work:
        step = scheduler.schedule()
        scheduler.deliver(step, runner.run(step))
        scheduler.check()
        yield
