"""StepGraphs: a decode step recorded once a size and replayed, so that a GPU is not told of it op by op.

A step is padded to a power of two of rows and of keys a row. What is recorded reads its inputs from one
static tensor and from no number of Python's, so it holds for whatever is written there. Graphs are captured when
their size is first met. The largest holds little beside one layer's gathered keys and values, 2 · kv_heads · rows ·
keys · head_dim numbers; as sizes double both ways, all of them together hold less than four times that.

Tested on the processor with a recorder in the place of the device's; not yet run on a GPU.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.attention.paged import PagedAttention
from inference.batch import Batch, DecodeGroup, Part
from inference.device import Capture
from inference.kvcache.storage import Storage

from .decoder import Decoder

log = logging.getLogger(__name__)

MAX_ROWS, MAX_KEYS = 32, 4096  # beyond, a step takes so long that telling it op by op costs little
_MIN_KEYS = 256


@dataclass(frozen=True, slots=True)
class _Graph:
    inputs: Tensor  # [3 + blocks, rows] int64: ids, positions, slots, then each row's block table
    replay: Callable[[], Tensor]


class StepGraphs:
    """For a network whose attention is `PagedAttention`; used by one thread."""

    def __init__(
        self, model: Decoder, storage: Storage, capture: Capture, *, scratch: int, max_rows: int, max_tokens: int
    ) -> None:
        """``scratch`` is a block that no table holds; no sequence reaches beyond ``max_tokens``."""
        self._model, self._layout = model, storage.layout
        self._attention = PagedAttention(storage)
        self._capture: Capture | None = capture
        self._scratch, self._max_tokens = scratch, max_tokens
        self._max_rows = min(max_rows, MAX_ROWS)
        self._graphs: dict[tuple[int, int], _Graph] = {}

    def run(self, parts: Sequence[Part]) -> Tensor | None:
        """Logits, [parts, vocab] float32, that stand until the next run; None for a step that must run op by op."""
        num_keys = max(part.end for part in parts)
        if len(parts) > self._max_rows or num_keys > MAX_KEYS or not all(map(_decodes, parts)):
            return None
        size = _padded(len(parts)), _padded(max(num_keys, _MIN_KEYS, self._layout.block_size))
        inputs = self._inputs(parts, *size)
        graph = self._graphs.get(size) or self._captured(size, inputs)
        if graph is None:
            return None
        graph.inputs.copy_(inputs)
        return graph.replay()[: len(parts)]

    def _inputs(self, parts: Sequence[Part], num_rows: int, num_keys: int) -> Tensor:
        """On the host; rows that only pad write to the scratch block, and see one key of it."""
        num_blocks = num_keys // self._layout.block_size
        rows = [[part.ids[0], part.start, part.slots[0], *self._table(part, num_blocks)] for part in parts]
        padding = [0, 0, self._scratch * self._layout.block_size, *[self._scratch] * num_blocks]
        return torch.tensor([*rows, *[padding] * (num_rows - len(rows))]).t()

    def _table(self, part: Part, num_blocks: int) -> list[int]:
        return [*part.block_ids[:num_blocks], *[self._scratch] * (num_blocks - len(part.block_ids))]

    def _captured(self, size: tuple[int, int], inputs: Tensor) -> _Graph | None:
        """None where it fails, and from then on: the steps are run all the same."""
        if self._capture is None:
            return None
        static = inputs.to(self._layout.device, copy=True, memory_format=torch.contiguous_format)
        try:
            self._graphs[size] = _Graph(static, self._capture(lambda: self._logits(static)))
        except RuntimeError:
            log.exception("a decode step could not be recorded; from now on all run op by op")
            self._capture = None
            self._graphs.clear()
            return None
        return self._graphs[size]

    def _logits(self, inputs: Tensor) -> Tensor:
        """What is recorded: tensors decide everything but the size."""
        ids, positions, slots = inputs[0], inputs[1], inputs[2]
        num_keys = (len(inputs) - 3) * self._layout.block_size
        rows = torch.arange(len(ids), device=inputs.device)
        group = DecodeGroup(
            rows=rows,
            block_ids=inputs[3:].t().flatten(),
            ends=(),
            shortest=0,
            padding=torch.arange(num_keys, device=inputs.device) > positions[:, None],
        )
        batch = Batch(
            ids=ids,
            positions=positions,
            slots=slots,
            wanted=rows,
            stretches=(),
            groups=(group,),
            last_position=self._max_tokens - 1,  # the rotary table must never grow, and so move, after a capture
        )
        logits: Tensor = self._model(batch, self._attention)
        return logits


def _decodes(part: Part) -> bool:
    return len(part.ids) == part.num_wanted == 1 and bool(part.block_ids)


def _padded(number: int) -> int:
    """The next power of two."""
    return 1 << (number - 1).bit_length()
