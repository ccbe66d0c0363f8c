"""Recorded decode steps give the tokens of steps run op by op; a recorder of kernels stands in for a CUDA graph."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.config import DecodingConfig
from inference.decoding import Decoding
from inference.device import Device, available
from inference.kvcache.storage import KVStorage, Storage
from inference.kvcache.storage_int8 import Int8KVStorage
from inference.models.decoder import Decoder
from inference.models.registry import load_decoder
from inference.models.step_graphs import MAX_KEYS, MAX_ROWS, StepGraphs
from inference.sequence import Sequence as Tokens
from tests.tiny_decoders import FAMILIES, write_decoder, write_generator
from tests.tiny_generation import BLOCK, MAX_TOKENS, WAYS, generated

FAR = 2048  # beyond the rotary table's first length


class Recording(TorchDispatchMode):
    """As a CUDA graph: every kernel with the tensors and numbers it was given, to be run again without Python.

    Tensors that were there before are known by where they are and not kept alive; reading a number out of
    a tensor is refused. (`tolist` reads a tensor of the processor unseen: its numbers stay as they were.)
    """

    def __init__(self) -> None:
        super().__init__()
        self._kernels: list[tuple[Any, Any, list[Tensor]]] = []
        self._made: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert torch.Tag.data_dependent_output not in func.tags, f"{func} waits for the device"
        out = func(*args, **(kwargs or {}))
        tensors = [leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
        self._kernels.append((func, tree_map_only(Tensor, self._held, (args, kwargs or {})), tensors))
        self._made.update(map(id, tensors))
        return out

    def replay(self) -> None:
        for func, held, made in self._kernels:
            args, kwargs = tree_map_only(weakref.ref, _there, held)
            again = [leaf for leaf in tree_leaves(func(*args, **kwargs)) if isinstance(leaf, Tensor)]
            for old, new in zip(made, again, strict=True):
                if old.data_ptr() != new.data_ptr():  # neither a view nor written in place
                    old.copy_(new)

    def _held(self, tensor: Tensor) -> Any:
        return tensor if id(tensor) in self._made else weakref.ref(tensor)


def _there(reference: weakref.ref[Tensor]) -> Tensor:
    tensor = reference()
    assert tensor is not None, "a tensor that was recorded is gone"
    return tensor


class Recorder:
    """A `Capture` that counts."""

    def __init__(self) -> None:
        self.num_captured = self.num_replayed = 0

    def __call__(self, run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        run()
        with Recording() as recording:
            output = run()
        output.fill_(torch.nan)  # what a capture leaves behind is no result
        self.num_captured += 1

        def replay() -> Tensor:
            self.num_replayed += 1
            recording.replay()
            return output

        return replay


def generate(model: Decoder, recorder: Recorder | None, **way: Any) -> list[list[int]]:
    def graphs(storage: Storage, scratch: int) -> StepGraphs:
        assert recorder
        return StepGraphs(model, storage, recorder, scratch=scratch, max_rows=8, max_tokens=MAX_TOKENS)

    return generated(model, graphs if recorder else None, **way)


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Decoder:
    return load_decoder(write_decoder(tmp_path, request.param), dtype=torch.float32)


@pytest.fixture
def llama(tmp_path: Path) -> Decoder:
    return load_decoder(write_decoder(tmp_path, "llama"), dtype=torch.float32)


@pytest.mark.parametrize("way", WAYS)
def test_greedy_tokens_are_those_of_steps_run_op_by_op(model: Decoder, way: str):
    recorder = Recorder()

    recorded = generate(model, recorder, **WAYS[way])

    assert recorded == generate(model, None, **WAYS[way])
    assert recorder.num_captured >= 3
    assert recorder.num_replayed > 2 * recorder.num_captured


class Bench:
    """A storage of 64 blocks of random content and steps over it; block 63 is scratch."""

    def __init__(self, model: Decoder, capture: Callable[[Callable[[], Tensor]], Callable[[], Tensor]]) -> None:
        self.model, self.storage = model, KVStorage(model.kv_layout(num_blocks=64, block_size=BLOCK))
        for layer in range(2):
            heads = torch.randn(2, 256, 2, 8, generator=torch.Generator().manual_seed(layer))
            self.storage.write(layer, torch.arange(256), *heads)
        self.graphs = StepGraphs(model, self.storage, capture, scratch=63, max_rows=8, max_tokens=FAR)

    @torch.inference_mode()
    def op_by_op(self, parts: list[Part]) -> Tensor:
        return self.model(Batch.of(parts, block_size=BLOCK), PagedAttention(self.storage))

    @torch.inference_mode()
    def recorded(self, parts: list[Part]) -> Tensor | None:
        return self.graphs.run(parts)

    def kept(self) -> Tensor:
        """[layers, 2, kv_heads, slots, head_dim]."""
        read = [torch.stack(self.storage.read(layer, torch.arange(64))) for layer in range(2)]
        return torch.stack(read)[:, :, :, 0].clone()


def decoding(*ends: int, ids: int = 1) -> list[Part]:
    """A row a sequence that sees so many keys; the sequences' blocks lie one after the other."""
    parts, first = [], 0
    for place, end in enumerate(ends):
        blocks = range(first, first := first + -(-end // BLOCK))
        slot = blocks[-1] * BLOCK + (end - 1) % BLOCK
        parts.append(Part(ids=[ids + place], start=end - 1, block_ids=list(blocks), slots=[slot]))
    return parts


def test_one_recording_serves_all_steps_of_its_size(llama: Decoder):
    recorder = Recorder()
    bench = Bench(llama, recorder)

    for parts in (decoding(7, 20, 41), decoding(90, 1, 4, 8, ids=50), decoding(5, 5, 5, ids=9)):
        expected = bench.op_by_op(parts)  # writes what the recorded step writes again
        torch.testing.assert_close(bench.recorded(parts), expected, rtol=1e-4, atol=1e-4)

    assert (recorder.num_captured, recorder.num_replayed) == (1, 3)


def test_padding_writes_to_the_scratch_block_alone(llama: Decoder):
    bench, parts = Bench(llama, Recorder()), decoding(7, 20, 41)
    before = bench.kept()

    bench.recorded(parts)

    changed = (bench.kept() != before).any(-1).flatten(0, 2).any(0)
    own, scratch = {part.slots[0] for part in parts}, set(range(63 * BLOCK, 64 * BLOCK))
    assert own < set(changed.nonzero().flatten().tolist()) <= own | scratch


def test_what_the_scratch_block_holds_changes_nothing(llama: Decoder):
    bench, parts = Bench(llama, Recorder()), decoding(7, 20, 41)
    before = bench.recorded(parts)
    assert before is not None
    before = before.clone()

    for layer in range(2):
        bench.storage.write(layer, torch.arange(63 * BLOCK, 64 * BLOCK), *torch.full((2, BLOCK, 2, 8), 1e4))

    assert torch.equal(before, bench.recorded(parts))  # type: ignore[arg-type]  # it is recorded


def test_longer_texts_beside_it_do_not_move_what_was_recorded(llama: Decoder):
    """The rotary table has its full length before anything is recorded; a replay would miss the old one."""
    bench, parts = Bench(llama, Recorder()), decoding(7)
    bench.recorded(parts)

    bench.op_by_op([Part(ids=[1] * 9, start=FAR - 9, block_ids=[0] * (FAR // BLOCK), slots=range(9))])

    torch.testing.assert_close(bench.recorded(parts), bench.op_by_op(parts), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "parts",
    [
        [Part(ids=[1, 2, 3], start=0, block_ids=[0], slots=[0, 1, 2])],
        [*decoding(7), Part(ids=[1, 2], start=8, block_ids=[9, 10, 11], slots=[44, 45])],
        [Part(ids=[1, 2], start=8, block_ids=[0, 1, 2], slots=[8, 9], num_wanted=2)],
        [Part(ids=[1], start=8, block_ids=[0, 1, 2], slots=[8], num_wanted=0)],
        decoding(MAX_KEYS + 1),
        decoding(*[1] * (MAX_ROWS + 1)),
    ],
    ids=["a prompt", "a prompt beside", "guesses", "a prompt that goes on", "many keys", "many rows"],
)
def test_other_steps_are_left_to_run_op_by_op(llama: Decoder, parts: list[Part]):
    recorder = Recorder()

    assert Bench(llama, recorder).recorded(parts) is None
    assert not recorder.num_captured


def test_a_device_that_fails_to_record_is_not_asked_again(llama: Decoder, caplog: pytest.LogCaptureFixture):
    def refuse(run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        raise RuntimeError("out of memory")

    bench = Bench(llama, refuse)

    assert [bench.recorded(decoding(7)), bench.recorded(decoding(7))] == [None, None]
    assert caplog.text.count("could not be recorded") == 1


class OneDevice(TorchDispatchMode):
    """Refuses to mix devices, except to copy from one to the other."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        kinds = {tensor.device.type for tensor in given}
        assert len(kinds) < 2 or func is torch.ops.aten.copy_.default, f"{func} of {kinds}"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("storage_of", [KVStorage, Int8KVStorage])
def test_nothing_is_read_back_and_everything_is_on_the_device(model: Decoder, storage_of: type[KVStorage]):
    """A device without numbers stands in: nothing can be read from it, recorded or op by op."""
    model.to("meta")
    storage = storage_of(model.kv_layout(num_blocks=64, block_size=BLOCK))
    graphs = StepGraphs(model, storage, lambda run: run, scratch=63, max_rows=8, max_tokens=MAX_TOKENS)
    parts = [*decoding(7), Part(ids=[1, 2], start=8, block_ids=[9, 10, 11], slots=[44, 45])]

    with torch.inference_mode(), OneDevice():
        recorded = graphs.run(decoding(7, 20, 41))
        mixed = model(Batch.of(parts, block_size=BLOCK, device="meta"), PagedAttention(storage))

    assert recorded is not None
    assert [(out.device.type, *out.shape) for out in (recorded, mixed)] == [("meta", 3, 97), ("meta", 2, 97)]
    with pytest.raises(RuntimeError, match="meta"):
        recorded.argmax().item()


def recorded_once(run: Callable[[Tensor], Tensor], inputs: Tensor) -> Callable[[], Tensor]:
    return Recorder()(lambda: run(inputs))


def test_a_recording_is_run_again_without_python():
    static, calls = torch.ones(3), []

    def doubled(inputs: Tensor) -> Tensor:
        calls.append(1)
        return (inputs[:2] * 2).add_(1)

    replay = recorded_once(doubled, static)
    static.copy_(torch.tensor([5.0, 6.0, 7.0]))

    assert replay().tolist() == [11.0, 13.0]
    assert len(calls) == 2  # once to warm up, once recorded


def test_a_recording_shows_numbers_that_python_took_from_its_inputs():
    static = torch.ones(2)
    stale = recorded_once(lambda inputs: inputs * inputs.tolist()[0], static)
    static.fill_(3)

    assert stale().tolist() == [3.0, 3.0]  # not 9
    with pytest.raises(AssertionError, match="waits for the device"):
        recorded_once(lambda inputs: inputs * inputs[0].item(), static)


@pytest.mark.parametrize(
    ("options", "is_recorded"),
    [({}, True), ({"cache_int8": True}, True), ({"fused_steps": False}, False), ({"decode_keys": 64}, False)],
    ids=["by default", "int8 keys", "switched off", "best blocks"],
)
def test_a_device_that_records_is_used_unless_told_otherwise(
    options: dict[str, Any], is_recorded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, recorder = write_generator(tmp_path), Recorder()
    config = DecodingConfig(precision="bf16", cache_mb=1, max_drafts=0, **options)
    plain = decoded(Decoding.load(folder, config))
    monkeypatch.setattr(Device, "graphs", lambda self: recorder)

    assert (
        decoded(Decoding.load(folder, DecodingConfig(precision="bf16", cache_mb=1, max_drafts=0, **options))) == plain
    )
    assert (recorder.num_replayed > 0) == is_recorded


def test_the_processor_records_nothing():
    assert Device.open("cpu").graphs() is None


@pytest.mark.gpu
def test_a_gpu_gives_the_tokens_of_steps_run_op_by_op(tmp_path: Path):
    if "cuda" not in {device.kind for device in available()}:
        pytest.skip("no CUDA device here")
    folder = write_generator(tmp_path)
    options = {"device": "cuda", "precision": "fp32", "cache_mb": 1, "max_drafts": 0}

    found = [
        decoded(Decoding.load(folder, DecodingConfig(**options, fused_steps=is_on)))  # type: ignore[arg-type]  # as given
        for is_on in (True, False)
    ]

    assert found[0] == found[1]


def decoded(decoding: Decoding, prompts: Sequence[str] = ("the mill", "cats sleep on mats", "a")) -> list[list[int]]:
    """Greedy tokens after each prompt, without the thread."""
    sequences = [
        Tokens(prompt=tuple(decoding.tokenizer.encode(prompt)), sampling=SamplingParams(max_tokens=5 + 4 * place))
        for place, prompt in enumerate(prompts)
    ]
    for sequence in sequences:
        decoding.scheduler.submit(sequence)
    while decoding.scheduler.has_work:
        step = decoding.scheduler.schedule()
        decoding.scheduler.deliver(step, decoding.runner.run(step))
    return [sequence.tokens[len(sequence.prompt) :] for sequence in sequences]
