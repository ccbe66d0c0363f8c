"""Examples → padded batches: ``[CLS] question [SEP] passage window [SEP]``.

A window is cut at random around the answer, so an answer's place says nothing. Batches
are drawn from a shuffled pool sorted by length: hardly a position is padding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from .data import UNANSWERED, Examples, Ints

CLS, SEP, PAD = 101, 102, 0  # uncased BERT's vocabulary
MAX_QUESTION_TOKENS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One step's tensors; targets are positions in the row, 0 ([CLS]) when nothing answers."""

    input_ids: torch.Tensor  # [rows, length] int64
    token_type_ids: torch.Tensor  # [rows, length] int64
    attention_mask: torch.Tensor  # [rows, length] int64
    allowed: torch.Tensor  # [rows, length] bool: passage tokens and [CLS]
    start: torch.Tensor  # [rows] int64
    end: torch.Tensor  # [rows] int64, inclusive

    def to(self, device: torch.device) -> Batch:
        return Batch(**{name: getattr(self, name).to(device) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One unpadded sequence."""

    question: Ints
    passage: Ints
    start: int
    end: int

    @property
    def length(self) -> int:
        return len(self.question) + len(self.passage) + 3


def cut_row(examples: Examples, at: int, *, max_tokens: int, random: np.random.Generator) -> Row:
    """Example ``at`` in at most ``max_tokens``, the answer anywhere inside its window."""
    question = examples.questions[int(examples.question_of[at])][:MAX_QUESTION_TOKENS]
    passage = examples.contexts[int(examples.context_of[at])]
    room = max_tokens - len(question) - 3
    first, last = int(examples.start[at]), int(examples.stop[at]) - 1
    if first != UNANSWERED and last - first >= room:
        last = first + room - 1
    low, high = 0, max(0, len(passage) - room)
    if first != UNANSWERED:
        low, high = max(low, last - room + 1), min(high, first)
    left = int(random.integers(low, high + 1))
    shift = len(question) + 2 - left
    start, end = (0, 0) if first == UNANSWERED else (first + shift, last + shift)
    return Row(question=question, passage=passage[left : left + room], start=start, end=end)


def collate(rows: list[Row]) -> Batch:
    length = max(row.length for row in rows)
    ids = np.full((len(rows), length), PAD, dtype=np.int64)
    types = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    allowed = np.zeros_like(ids, dtype=bool)
    for at, row in enumerate(rows):
        body = len(row.question) + 2
        ids[at, : row.length] = [CLS, *row.question, SEP, *row.passage, SEP]
        types[at, body : row.length] = 1
        mask[at, : row.length] = 1
        allowed[at, body : row.length - 1] = True
    allowed[:, 0] = True
    return Batch(
        input_ids=torch.from_numpy(ids),
        token_type_ids=torch.from_numpy(types),
        attention_mask=torch.from_numpy(mask),
        allowed=torch.from_numpy(allowed),
        start=torch.tensor([row.start for row in rows]),
        end=torch.tensor([row.end for row in rows]),
    )


def epoch_order(num_examples: int, *, epoch: int, seed: int) -> Ints:
    """The order of one epoch: the same for the same seed, so a resumed run goes on where it stopped."""
    return np.random.default_rng([seed, epoch]).permutation(num_examples).astype(np.int32)


def batches_of_pool(rows: list[Row], *, batch_tokens: int, random: np.random.Generator) -> Iterator[Batch]:
    """The pool's rows in batches of near-equal length and at most ``batch_tokens`` positions, shuffled."""
    groups: list[list[Row]] = [[]]
    for row in sorted(rows, key=lambda row: row.length):
        if groups[-1] and row.length * (len(groups[-1]) + 1) > batch_tokens:
            groups.append([])
        groups[-1].append(row)
    for at in random.permutation(len(groups)).tolist():
        yield collate(groups[at])
