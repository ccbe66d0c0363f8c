"""The seam of a reader whose lower layers see question and passage apart (DeFormer; Cao et al., 2020).

What those layers make of a passage suits any question, so it is computed when the passage is first read and kept, least
recently used out first: in INT8, a scale a token; and in a folder, where one is opened, for the time after a restart
and for more passages than memory holds. What is found and what is computed now are rounded alike, so that an answer
does not depend on which it was. Training has the same network in `inference/training/apart.py`.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from inference.kvcache.passages import PassageBlocks, PassageStore
from inference.quant.int8 import quantize_rows

from .row_attention import PackedRows, Places

if TYPE_CHECKING:
    from .bert import BertEncoder

PASSAGE_FROM = 66  # the position of a passage's first token, whatever the question's length

_Kept = tuple[Tensor, Tensor]  # int8 [tokens, size] and float32 [tokens]


@dataclass(frozen=True, slots=True)
class _Part:
    """Packed tokens ``[start, stop)``: a row's question, or its passage with the mark behind it."""

    start: int
    stop: int
    is_passage: bool

    def __len__(self) -> int:
        return self.stop - self.start

    def key(self, rows: PackedRows) -> bytes:
        return rows.ids[self.start : self.stop].cpu().numpy().tobytes()

    def tokens(self, rows: PackedRows) -> list[int]:
        ids: list[int] = rows.ids[self.start : self.stop].tolist()
        return ids


class Seam:
    """After ``num_layers`` of an encoder; what is kept of passages takes at most ``max_bytes``. Used by one thread."""

    def __init__(self, num_layers: int, *, max_bytes: int = 256 * 2**20) -> None:
        self.num_layers, self.max_bytes = num_layers, max_bytes
        self.num_bytes = self.num_hits = self.num_misses = 0
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._store: PassageStore | None = None

    def open_folder(self, folder: Path, encoder: BertEncoder, sample: PackedRows, *, max_bytes: int) -> None:
        """Keep passages there too, below the name of what this network in its arithmetic makes of ``sample``.

        OSError where the folder cannot be used.
        """
        rounded, _ = quantize_rows(torch.cat(self._computed(encoder, sample, list(_parts(sample)))))
        name = hashlib.blake2b(rounded.cpu().numpy().tobytes(), digest_size=16).hexdigest()
        size = encoder.words.embedding_dim
        self._store = PassageStore(folder / name, max_bytes=max_bytes, after=(size,))

    def __len__(self) -> int:
        return len(self._kept)

    def states(self, encoder: BertEncoder, rows: PackedRows) -> Tensor:
        """[tokens, size] float32 at the seam, rows one after the other."""
        parts = list(_parts(rows))
        known: dict[_Part, _Kept | None] = {part: self._find(rows, part) for part in parts if part.is_passage}
        fresh = [part for part in parts if known.get(part) is None]
        hidden = rows.ids.new_empty((len(rows.ids), encoder.words.embedding_dim), dtype=torch.float32)
        for part, computed in zip(fresh, self._computed(encoder, rows, fresh), strict=True):
            if part.is_passage:
                known[part] = self._keep(rows, part, computed)
            else:
                hidden[part.start : part.stop] = computed
        for part, kept in known.items():
            rounded, scales = kept  # type: ignore[misc]  # every passage's is known by now
            hidden[part.start : part.stop] = rounded * scales[:, None]
        return hidden

    def _computed(self, encoder: BertEncoder, rows: PackedRows, parts: list[_Part]) -> tuple[Tensor, ...]:
        lengths = [len(part) for part in parts]
        taken = torch.cat([torch.arange(part.start, part.stop) for part in parts]).to(rows.ids.device)
        positions = torch.cat([torch.arange(len(part)) + PASSAGE_FROM * part.is_passage for part in parts])
        embedded = encoder.embedded(rows.ids[taken], rows.types[taken], positions.to(taken.device))
        hidden = encoder.run(embedded, Places.of(lengths).to(taken.device), stop=self.num_layers)
        return torch.split(hidden, lengths)

    def _find(self, rows: PackedRows, part: _Part) -> _Kept | None:
        key = part.key(rows)
        kept = self._kept.get(key) or self._find_in_folder(part.tokens(rows))
        if kept is None:
            self.num_misses += 1
            return None
        self.num_hits += 1
        self._remember(key, kept)
        return kept

    def _find_in_folder(self, tokens: list[int]) -> _Kept | None:
        blocks = self._store.find(tokens) if self._store is not None else None
        if blocks is None:
            return None
        return torch.from_numpy(blocks.rounded).clone(), torch.from_numpy(blocks.scales)[:, 0].clone()

    def _keep(self, rows: PackedRows, part: _Part, states: Tensor) -> _Kept:
        rounded, scales = kept = quantize_rows(states)
        self._remember(part.key(rows), kept)
        if self._store is not None:
            self._store.keep(part.tokens(rows), PassageBlocks(rounded.numpy(), scales[:, None].numpy()))
        return kept

    def _remember(self, key: bytes, kept: _Kept) -> None:
        """As the most recently used; what was used least recently makes room for it."""
        if key not in self._kept:
            self._kept[key] = kept
            self.num_bytes += _num_bytes(kept)
        self._kept.move_to_end(key)
        while self.num_bytes > self.max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.num_bytes -= _num_bytes(oldest)


def _parts(rows: PackedRows) -> Iterator[_Part]:
    """Every row's question and, where it has one, its passage."""
    ends = [*rows.starts[1:].tolist(), len(rows.ids)]
    for start, stop in zip(rows.starts.tolist(), ends, strict=True):
        seam = stop - int(rows.types[start:stop].sum())
        yield _Part(start, seam, is_passage=False)
        if seam < stop:
            yield _Part(seam, stop, is_passage=True)


def _num_bytes(kept: _Kept) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in kept)
