"""DecoderRunner: a scheduled step → one batch → the tokens picked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from inference.attention.base import AttentionBackend
from inference.batch import Batch, Part
from inference.kvcache.storage import Storage
from inference.step import Share, Step

from .decoder import Decoder
from .passages import PassageKeys
from .sampler import Sampler


class FusedSteps(Protocol):
    """Runs the steps that it can as one: recorded graphs, or compiled loops."""

    def run(self, parts: Sequence[Part]) -> Tensor | None:
        """Logits of the wanted rows, [wanted, vocab] float32, that stand until the next run; None: not this step."""


class DecoderRunner:
    """The network, its storage and its sampler; used by one thread."""

    def __init__(
        self,
        model: Decoder,
        storage: Storage,
        attention: AttentionBackend,
        *,
        passages: PassageKeys | None = None,
        fused: FusedSteps | None = None,
    ) -> None:
        """``fused`` runs the steps that it can; the others, and all where there is none, run op by op."""
        self._model, self._storage, self._attention = model, storage, attention
        self._passages, self._fused = passages, fused
        self._sampler = Sampler()

    @torch.inference_mode()
    def run(self, step: Step) -> list[list[int]]:
        """For each share one token and one more a draft; none for a prompt that goes on."""
        self._storage.copy(step.copies)
        for fill in step.fills:
            assert self._passages, "passages are marked only where their keys are kept"
            self._passages.fill(fill)
        if not step.shares:
            return []
        parts = [_part(share) for share in step.shares]
        logits = self._logits(parts)
        picked, row = [], 0
        for share, part in zip(step.shares, parts, strict=True):
            rows = logits[row : row + part.num_wanted]
            picked.append(self._sampler.pick(rows, share.sequence) if part.num_wanted else [])
            row += part.num_wanted
        return picked

    def _logits(self, parts: list[Part]) -> Tensor:
        if self._fused and (logits := self._fused.run(parts)) is not None:
            return logits
        layout = self._storage.layout
        batch = Batch.of(parts, block_size=layout.block_size, device=layout.device)
        computed: Tensor = self._model(batch, self._attention)
        return computed


def _part(share: Share) -> Part:
    return Part(
        ids=share.ids,
        start=share.start,
        block_ids=share.block_ids,
        slots=share.slots,
        num_wanted=1 + len(share.drafts) if share.is_last else 0,
    )
