"""ModelRunner: rows of token ids → one packed batch on the network's device → one output a row."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from inference.device import Device
from inference.request import Row

from .bert import BertForEmbedding, BertForSpans
from .row_attention import PackedRows

_SMOOTHING = 0.1


class ModelRunner:
    """The networks by task, in their arithmetic, where they were placed; used by one thread."""

    vectors_apart = ""

    def __init__(
        self,
        models: dict[str, BertForEmbedding | BertForSpans],
        *,
        threads: int,
        devices: Mapping[str, Device] | None = None,
    ) -> None:
        """``devices`` by task; the processor for those not named."""
        self._models, self._devices = models, {task: Device.open("cpu") for task in models} | dict(devices or {})
        self.precision = "fp32"  # until it is chosen (inference/precision.py)
        self._token_s = 0.0  # what a token usually takes, for the device's load
        torch.set_num_threads(threads)
        for task, model in models.items():
            model.to(self._devices[task].torch_device)

    @property
    def is_on_cpu(self) -> bool:
        """Whether every network is."""
        return all(device.is_cpu for device in self._devices.values())

    def run(self, task: str, rows: Sequence[Row]) -> list[Any]:  # Any: numpy arrays
        """Vectors [size] for embedding rows, logits [tokens, 2] for span rows; float32."""
        model, device = self._models[task], self._devices[task]
        num_tokens, started = sum(map(len, rows)), time.perf_counter()
        with torch.inference_mode(), device.running(num_tokens * self._token_s):
            out = model(PackedRows.of(rows).to(device.torch_device)).cpu().numpy()
        self._token_s += _SMOOTHING * ((time.perf_counter() - started) / num_tokens - self._token_s)
        if isinstance(model, BertForEmbedding):
            return list(out)
        return np.split(out, np.cumsum([len(row) for row in rows])[:-1])
