"""A passage's keys stand wherever they are put as if they had been computed there, alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.attention.dense import DenseAttention, causal_attention
from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.kvcache.blocks import BlockPool
from inference.kvcache.passages import PassageStore
from inference.kvcache.prefix import PrefixCache
from inference.kvcache.storage import KVStorage
from inference.models.decoder import Decoder
from inference.models.decoder_runner import DecoderRunner
from inference.models.passages import PassageKeys
from inference.models.registry import load_decoder
from inference.scheduler.continuous import ContinuousScheduler
from inference.sequence import PassageRange, Sequence
from inference.step import Fill
from tests.tiny_decoders import write_decoder

BLOCK, NUM_BLOCKS = 4, 64
PASSAGES = [tuple(torch.randint(0, 97, (40,), generator=torch.Generator().manual_seed(n)).tolist()) for n in range(2)]
ROPES = {
    "default": {"rope_type": "default"},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128},
}


@pytest.fixture(params=ROPES)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Decoder:
    rope = {"rope_parameters": {"rope_theta": 10000.0, **ROPES[request.param]}}
    return load_decoder(write_decoder(tmp_path / "model", "llama", **rope), dtype=torch.float32)


class Here(DenseAttention):
    """Rows at any position that see each other alone."""

    def __init__(self) -> None:
        self.keys: list[torch.Tensor] = []

    def attend(self, queries, keys, values, *, layer, batch):  # type: ignore[no-untyped-def]  # as the base
        self.keys.append(keys)
        return causal_attention(queries, keys.transpose(0, 1), values.transpose(0, 1), start=0)


class Bench:
    """A scheduler and a runner over one store, greedy, without threads."""

    def __init__(self, model: Decoder, folder: Path, *, max_step_tokens: int = 16, reuse: bool = True) -> None:
        self.storage = KVStorage(model.kv_layout(num_blocks=NUM_BLOCKS, block_size=BLOCK))
        self.store = PassageStore(folder, max_bytes=1 << 24, before=(2, 2), after=(2, 8))
        self.passages = PassageKeys(model, self.storage, self.store)
        attention = PagedAttention(self.storage)
        self._runner = DecoderRunner(model, self.storage, attention, passages=self.passages)
        self._scheduler = ContinuousScheduler(
            PrefixCache(BlockPool(NUM_BLOCKS), block_size=BLOCK, reuse=reuse),
            max_running=2,
            max_step_tokens=max_step_tokens,
            max_queue=9,
            max_tokens=250,
            is_known=self.store.__contains__,
        )
        self.num_steps = 0

    def generate(self, prompt: tuple[int, ...], *ranges: PassageRange) -> list[int]:
        sequence = Sequence(prompt=prompt, passages=ranges, sampling=SamplingParams(max_tokens=12))
        self._scheduler.submit(sequence)
        while self._scheduler.has_work:
            step = self._scheduler.schedule()
            self._scheduler.deliver(step, self._runner.run(step))
            self._scheduler.check()
            self.num_steps += 1
        return sequence.tokens[len(prompt) :]


def fill_of(prompt: tuple[int, ...], *, start: int, end: int, slots: range) -> Fill:
    return Fill(
        sequence=Sequence(prompt=prompt, sampling=SamplingParams()),
        passage=prompt[start:end],
        place=start,
        start=start,
        end=end,
        slots=tuple(slots),
        is_known=False,
    )


def prompt_of(*order: int) -> tuple[tuple[int, ...], list[PassageRange]]:
    prompt: tuple[int, ...] = (5, 6, 7)
    ranges = []
    for place in order:
        ranges.append(PassageRange(len(prompt), len(prompt) + len(PASSAGES[place])))
        prompt += (*PASSAGES[place], 9)
    return (*prompt, 1, 2, 3), ranges


@torch.inference_mode()
def test_keys_put_at_a_place_are_those_computed_there(model: Decoder, tmp_path: Path):
    bench, here = Bench(model, tmp_path), Here()
    prompt = (*range(70), *PASSAGES[0])

    bench.passages.fill(fill_of(prompt, start=70, end=110, slots=range(40)))

    model(Batch.of([Part(ids=PASSAGES[0], start=70, num_wanted=0)]), here)
    for layer, expected in enumerate(here.keys):
        found = bench.storage.read(layer, torch.arange(10))[0][:, 0].transpose(0, 1)
        step = expected.norm(dim=-1, keepdim=True) / 127  # of the largest number before it is turned, at most
        assert ((found - expected).abs() <= step + 1e-5).all()


@torch.inference_mode()
def test_a_passage_that_stands_first_costs_only_the_rounding(model: Decoder, tmp_path: Path):
    prompt, bench = (*PASSAGES[0], 1, 2, 3), Bench(model, tmp_path)
    expected = model(Batch.of([Part(ids=prompt, start=0)]), DenseAttention())
    attention = PagedAttention(bench.storage)

    bench.passages.fill(fill_of(prompt, start=0, end=40, slots=range(40)))

    part = Part(ids=prompt[40:], start=40, block_ids=range(11), slots=range(40, 43))
    found = model(Batch.of([part], block_size=BLOCK), attention)
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05 * float(expected.abs().max()))


class Masked:
    """Attention over whole sequences, as a mask says."""

    def __init__(self, mask: torch.Tensor) -> None:
        self._mask = mask

    def attend(self, queries, keys, values, *, layer, batch):  # type: ignore[no-untyped-def]  # as the protocol
        heads = (tensor.transpose(0, 1)[None] for tensor in (queries, keys, values))
        mixed = torch.nn.functional.scaled_dot_product_attention(*heads, attn_mask=self._mask, enable_gqa=True)
        return mixed[0].transpose(0, 1)


@torch.inference_mode()
def test_a_prompt_of_passages_is_the_prompt_in_which_none_sees_what_stands_before_it(
    model: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.sequence._LINKED", 0)
    prompt, ranges = prompt_of(0, 1)
    mask = torch.ones(len(prompt), len(prompt)).tril().bool()
    for passage in ranges:
        mask[passage.start : passage.end, : passage.start] = False
    asked = [(*prompt[:-1], last) for last in range(8)]
    bench = Bench(model, tmp_path, max_step_tokens=128)

    found = [bench.generate(each, *ranges)[0] for each in asked]

    alone, together = (
        [int(model(Batch.of([Part(ids=each, start=0)]), attention).argmax()) for each in asked]
        for attention in (Masked(mask), DenseAttention())
    )
    assert found == alone
    assert alone != together, "it would prove nothing"


@pytest.mark.parametrize("max_step_tokens", [4, 16, 128])
def test_the_answer_is_the_same_found_or_computed_however_it_is_cut(
    model: Decoder, tmp_path: Path, max_step_tokens: int
):
    prompt, ranges = prompt_of(0, 1)
    expected = Bench(model, tmp_path / "first", reuse=False).generate(prompt, *ranges)
    bench = Bench(model, tmp_path / "again", max_step_tokens=max_step_tokens)

    answers = [bench.generate(prompt, *ranges) for _ in range(2)]
    answers.append(Bench(model, tmp_path / "again", reuse=False).generate(prompt, *ranges))

    assert answers == [expected] * 3


def test_known_passages_in_another_order_are_not_computed_again(model: Decoder, tmp_path: Path):
    bench = Bench(model, tmp_path, max_step_tokens=128)
    (prompt, ranges), (turned, turned_ranges) = prompt_of(0, 1), prompt_of(1, 0)
    bench.generate(prompt, *ranges)
    before = bench.num_steps

    bench.generate(turned, *turned_ranges)

    assert (bench.store.num_hits, bench.store.num_misses) == (2, 2)
    assert bench.num_steps - before == 12  # the prompt takes one step, which picks the first token


def test_the_prefix_of_a_plain_prompt_is_not_taken_for_that_of_passages(model: Decoder, tmp_path: Path):
    bench, (prompt, ranges) = Bench(model, tmp_path), prompt_of(0, 1)
    expected = Bench(model, tmp_path / "other", reuse=False).generate(prompt, *ranges)

    bench.generate(prompt)

    assert bench.generate(prompt, *ranges) == expected
