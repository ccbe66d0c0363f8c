"""DecoderRunner: a scheduled step → one batch → the tokens picked."""

from __future__ import annotations

import torch

from inference.attention.base import AttentionBackend
from inference.batch import Batch, Part
from inference.kvcache.storage import Storage
from inference.step import Share, Step

from .decoder import Decoder
from .passages import PassageKeys
from .sampler import Sampler


class DecoderRunner:
    """The network, its storage and its sampler; used by one thread."""

    def __init__(
        self,
        model: Decoder,
        storage: Storage,
        attention: AttentionBackend,
        *,
        passages: PassageKeys | None = None,
    ) -> None:
        self._model, self._storage, self._attention = model, storage, attention
        self._passages = passages
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
        batch = Batch.of(parts, block_size=self._storage.layout.block_size)
        logits = self._model(batch, self._attention)
        picked, row = [], 0
        for share, part in zip(step.shares, parts, strict=True):
            rows = logits[row : row + part.num_wanted]
            picked.append(self._sampler.pick(rows, share.sequence) if part.num_wanted else [])
            row += part.num_wanted
        return picked


def _part(share: Share) -> Part:
    return Part(
        ids=share.ids,
        start=share.start,
        block_ids=share.block_ids,
        slots=share.slots,
        num_wanted=1 + len(share.drafts) if share.is_last else 0,
    )
