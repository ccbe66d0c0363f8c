"""Examples → padded batches: ``[CLS] question [SEP] title passage window [SEP]``.

A window is cut at random around the answer, so an answer's place says nothing. A title is read and holds no
answer; some examples go without. Batches are drawn from a shuffled pool sorted by length: hardly a position is
padding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from inference.reading.extractive import MAX_CONTEXT_TOKENS

from .data import UNANSWERED, Examples, Ints

CLS, SEP, PAD = 101, 102, 0  # uncased BERT's vocabulary
MAX_QUESTION_TOKENS = 48
NOTHING: Ints = np.empty(0, np.int32)


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
    heading: Ints = field(default_factory=lambda: NOTHING)  # before the passage: its title, where it has one

    @property
    def body(self) -> int:
        """The place of the passage's first token."""
        return len(self.question) + 2 + len(self.heading)

    @property
    def length(self) -> int:
        return self.body + len(self.passage) + 1


def cut_row(examples: Examples, at: int, *, max_tokens: int, random: np.random.Generator, titled: float = 0.0) -> Row:
    """Example ``at`` in at most ``max_tokens``, the answer anywhere inside its window.

    ``titled`` is how likely the passage comes below its article's title.
    """
    question = examples.questions[int(examples.question_of[at])][:MAX_QUESTION_TOKENS]
    context = int(examples.context_of[at])
    passage = examples.contexts[context]
    heading = NOTHING if random.random() >= titled else examples.headings[int(examples.titles[context])]
    heading = heading[:MAX_CONTEXT_TOKENS]
    room = max_tokens - len(question) - len(heading) - 3
    first, last = int(examples.start[at]), int(examples.stop[at]) - 1
    if first != UNANSWERED and last - first >= room:
        last = first + room - 1
    low, high = 0, max(0, len(passage) - room)
    if first != UNANSWERED:
        low, high = max(low, last - room + 1), min(high, first)
    left = int(random.integers(low, high + 1))
    shift = len(question) + 2 + len(heading) - left
    start, end = (0, 0) if first == UNANSWERED else (first + shift, last + shift)
    return Row(question=question, heading=heading, passage=passage[left : left + room], start=start, end=end)


def collate(rows: list[Row]) -> Batch:
    length = max(row.length for row in rows)
    ids = np.full((len(rows), length), PAD, dtype=np.int64)
    types = np.zeros_like(ids)
    mask = np.zeros_like(ids)
    allowed = np.zeros_like(ids, dtype=bool)
    for at, row in enumerate(rows):
        ids[at, : row.length] = [CLS, *row.question, SEP, *row.heading, *row.passage, SEP]
        types[at, len(row.question) + 2 : row.length] = 1
        mask[at, : row.length] = 1
        allowed[at, row.body : row.length - 1] = True
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
