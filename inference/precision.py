"""fp32 or bf16 by a measurement at the start, or INT8 when asked for.

A network that was calibrated or trained for static INT8 runs in it wherever that measures faster.

Vectors of any two stay near enough that an index built in one is searched in another: the
encoder's fingerprint names its weights, not the arithmetic (docs/engine.md).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from itertools import count, islice

import torch

from .config import Precision
from .device import HAS_BF16
from .errors import ConfigError
from .models.bert import BertForEmbedding, BertForSpans
from .models.runner import ModelRunner
from .quant.int8 import is_exact, largest_exact
from .quant.products import LayerWeights, Products, Reach
from .request import Row

log = logging.getLogger(__name__)

_WORTH = 1.15
_SAMPLE_ROWS, _SAMPLE_TOKENS = 16, 48
_PRIME = 7919  # steps through a vocabulary without keeping to a pattern of its own

Models = Mapping[str, BertForEmbedding | BertForSpans]


def choose_precision(models: Models, wanted: Precision, runner: ModelRunner) -> Precision:
    """Arrange the models' products as told, or as `auto` measures it to pay; returns what embeds."""
    if wanted == "int8" and not (runner.is_on_cpu and is_exact()):
        raise ConfigError("this machine has no exact INT8 kernels; quantization may be auto, bf16 or fp32")
    if wanted == "bf16" and runner.is_on_cpu and not HAS_BF16:
        log.warning(
            "this processor imitates bf16, many times slower than fp32; quantization auto measures what is fastest"
        )
    chosen = _faster(models, runner) if wanted == "auto" else wanted
    _arrange(models, chosen, runner)
    if wanted in ("auto", "int8") and runner.is_on_cpu and largest_exact():
        for task, model in models.items():
            if model.encoder.is_calibrated and (is_exact() or task != "embed"):  # neighbours need the eighth bit
                is_used = _use_steps(task, model, runner, only_if_faster=wanted == "auto")
                chosen = "int8" if is_used and task == "embed" else chosen
    for model in models.values():
        model.encoder.forget_weights()
    return chosen


def _faster(models: Models, runner: ModelRunner) -> Precision:
    """bf16 where it wins by more than noise. INT8 by the tokens' own scales is for who asks: it moves vectors more than
    it saves time."""
    _arrange(models, "fp32", runner)
    if runner.is_on_cpu and not HAS_BF16:
        return "fp32"
    plain = _seconds(runner, "embed")
    _arrange(models, "bf16", runner)
    return "bf16" if _seconds(runner, "embed") * _WORTH < plain else "fp32"


def _use_steps(task: str, model: BertForEmbedding | BertForSpans, runner: ModelRunner, *, only_if_faster: bool) -> bool:
    """INT8 by the checkpoint's own steps, unless what is arranged already is as quick; returns whether it runs."""
    arranged, plain = model.encoder.products, _seconds(runner, task)
    model.encoder.arrange_calibrated()
    if only_if_faster and _seconds(runner, task) * _WORTH > plain:
        model.encoder.products = arranged
        return False
    return True


def _arrange(models: Models, arithmetic: Precision, runner: ModelRunner) -> None:
    for task, model in models.items():
        if arithmetic == "int8":
            reaches = _reaches(task, model, runner)
            model.encoder.arrange(lambda number, weights, known=reaches: Products.int8(weights, known[number]))  # type: ignore[misc]  # bound now
        else:
            dtype = torch.bfloat16 if arithmetic == "bf16" else torch.float32
            model.encoder.arrange(lambda _, weights, dtype=dtype: Products.packed(weights, dtype))  # type: ignore[misc]  # bound now


def _reaches(task: str, model: BertForEmbedding | BertForSpans, runner: ModelRunner) -> list[Reach]:
    """How large each layer's channels run on tokens from all over the vocabulary: what runs large is the network's
    own doing, hardly the text's, so no sample text is kept."""
    vocabulary, size = model.encoder.words.weight.shape
    reaches: list[Reach] = []

    def watched(_: int, weights: LayerWeights) -> Products:
        reaches.append(Reach.nothing(size))
        return Products.packed(weights, torch.float32).watched(reaches[-1])

    model.encoder.arrange(watched)
    length = min(_SAMPLE_TOKENS, model.encoder.positions.num_embeddings)
    runner.run(task, rows_across(vocabulary, [length] * _SAMPLE_ROWS))
    return reaches


def rows_across(vocabulary: int, lengths: Sequence[int]) -> list[Row]:
    """Rows of such lengths whose ids come from all over a vocabulary, the same each time."""
    ids = (place * _PRIME % vocabulary for place in count())
    return [Row(tuple(islice(ids, length)), second_from=length) for length in lengths]


def _seconds(runner: ModelRunner, task: str) -> float:
    """The best of a few runs over eight rows of sixty-four tokens; the first warms up."""
    rows = [Row((0,) * 64, second_from=64)] * 8  # an id that every vocabulary has
    times = []
    for _ in range(5):
        started = time.perf_counter()
        runner.run(task, rows)
        times.append(time.perf_counter() - started)
    return min(times[1:])
