"""fp32 or bf16: what this machine multiplies faster, measured once at the start."""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch

from .config import Precision
from .models.bert import BertForEmbedding, BertForSpans
from .models.runner import ModelRunner
from .request import Row

_WORTH = 1.15  # bf16 loses a little accuracy, so it must win by more than noise


def choose_precision(
    models: Mapping[str, BertForEmbedding | BertForSpans], wanted: Precision, runner: ModelRunner
) -> Precision:
    """Narrow the models to bf16 when told to, or when `auto` measures it to pay; returns what was chosen."""
    if wanted == "fp32":
        return "fp32"
    plain = _seconds(runner)
    _narrow(models, torch.bfloat16)
    if wanted == "auto" and _seconds(runner) * _WORTH > plain:
        _narrow(models, torch.float32)
        return "fp32"
    return "bf16"


def _narrow(models: Mapping[str, BertForEmbedding | BertForSpans], dtype: torch.dtype) -> None:
    for model in models.values():
        model.encoder.narrow(dtype)


def _seconds(runner: ModelRunner) -> float:
    """The best of a few runs over eight rows of sixty-four tokens; the first warms up."""
    rows = [Row((0,) * 64, second_from=64)] * 8  # an id that every vocabulary has
    times = []
    for _ in range(4):
        started = time.perf_counter()
        runner.run("embed", rows)
        times.append(time.perf_counter() - started)
    return min(times[1:])
