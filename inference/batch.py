"""Batch: one step's rows, flattened over the sequences that share it.

A sequence's rows stand together and in order. Rows of sequences that ask for a single
token are grouped by how many keys they see, so that one call serves a group and little
of it is padding; the tensors that every layer needs are made once, here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_PADDING = 1.5  # a group's longest table over its shortest, at most
_ROUND = 64  # keys of a group are a multiple of it: each number of them costs oneDNN a kernel, made when first met


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sequence's rows of a batch: positions [start, end), seeing keys [0, end).

    ``block_ids`` and ``slots`` are empty where keys are not kept.
    """

    ids: Sequence[int]
    start: int
    block_ids: Sequence[int] = ()
    slots: Sequence[int] = ()
    num_wanted: int = 1  # its last rows whose logits are asked for

    @property
    def end(self) -> int:
        return self.start + len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Rows [first, last) of the batch: positions [start, start + last - first) of one sequence."""

    first: int
    last: int
    start: int
    block_ids: Tensor  # [blocks] int64
    is_drafted: bool = False  # a token and guesses at those that follow it, rather than a prompt's

    @property
    def end(self) -> int:
        return self.start + self.last - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeGroup:
    """Single rows of several sequences, their block tables padded to one length."""

    rows: Tensor  # [rows] int64
    block_ids: Tensor  # [rows × blocks] int64
    ends: tuple[int, ...]  # how many keys each row sees
    shortest: int  # the fewest of them
    padding: Tensor | None  # [rows, keys - shortest], True where a row sees none; None where that is all


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a forward pass is given."""

    ids: Tensor  # [tokens] int64
    positions: Tensor  # [tokens] int64
    slots: Tensor  # [tokens] int64, or empty
    wanted: Tensor  # rows whose logits are asked for
    stretches: tuple[Stretch, ...]
    groups: tuple[DecodeGroup, ...]
    last_position: int

    @classmethod
    def of(
        cls,
        parts: Sequence[Part],
        *,
        block_size: int = 1,
        device: torch.device | str = "cpu",
    ) -> Batch:
        """A part without blocks keeps to its own rows."""
        firsts = [0]
        for part in parts:
            firsts.append(firsts[-1] + len(part.ids))
        rows = list(zip(firsts, parts, strict=False))
        single = [(first, part) for first, part in rows if len(part.ids) == 1 and part.block_ids]
        longer = [(first, part) for first, part in rows if len(part.ids) > 1 or not part.block_ids]

        def tensor(numbers: Sequence[int]) -> Tensor:
            return torch.tensor(numbers, dtype=torch.int64, device=device)

        return cls(
            ids=tensor([i for part in parts for i in part.ids]),
            positions=tensor([p for part in parts for p in range(part.start, part.end)]),
            slots=tensor([slot for part in parts for slot in part.slots]),
            wanted=tensor(
                [r for first, p in rows for r in range(first + len(p.ids) - p.num_wanted, first + len(p.ids))]
            ),
            stretches=tuple(
                Stretch(
                    first=first,
                    last=first + len(part.ids),
                    start=part.start,
                    block_ids=tensor(part.block_ids),
                    is_drafted=part.num_wanted == len(part.ids) > 1,
                )
                for first, part in longer
            ),
            groups=tuple(_group(members, block_size, device) for members in _alike(single)),
            last_position=max(part.end for part in parts) - 1,
        )


def _alike(single: list[tuple[int, Part]]) -> list[list[tuple[int, Part]]]:
    """Cut into runs of like table length."""
    groups: list[list[tuple[int, Part]]] = []
    for member in sorted(single, key=lambda member: member[1].end):
        if groups and member[1].end <= max(64, groups[-1][0][1].end * _PADDING):
            groups[-1].append(member)
        else:
            groups.append([member])
    return groups


def _group(members: list[tuple[int, Part]], block_size: int, device: torch.device | str) -> DecodeGroup:
    shortest, longest = members[0][1].end, members[-1][1].end
    num_blocks = -(-longest // max(_ROUND, block_size)) * max(_ROUND, block_size) // block_size
    tables = [[*part.block_ids[:num_blocks], *[0] * (num_blocks - len(part.block_ids))] for _, part in members]
    padding = None
    if shortest < longest:
        ends = torch.tensor([part.end for _, part in members], device=device)
        padding = torch.arange(shortest, num_blocks * block_size, device=device) >= ends[:, None]
    return DecodeGroup(
        rows=torch.tensor([first for first, _ in members], dtype=torch.int64, device=device),
        block_ids=torch.tensor(tables, dtype=torch.int64, device=device).flatten(),
        ends=tuple(part.end for _, part in members),
        shortest=shortest,
        padding=padding,
    )
