"""Logits → next token: the likeliest, or a draw from what temperature, top-k and top-p leave.

A sequence that draws has a generator of its own, so its tokens do not depend on who
shares its steps.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from inference.completion import SamplingParams
from inference.sequence import Sequence


class Sampler:
    """Keeps the random state of the sequences alive."""

    def __init__(self) -> None:
        self._generators: WeakKeyDictionary[Sequence, torch.Generator] = WeakKeyDictionary()

    def pick(self, logits: Tensor, sequence: Sequence) -> list[int]:
        """A token a row of ``logits``, [rows, vocab]; several rows only of a greedy sequence."""
        if sequence.sampling.is_greedy:
            return logits.argmax(-1).tolist()
        assert len(logits) == 1, "only greedy sequences are given drafts"
        chances = probabilities(logits[0], sequence.sampling)
        return [int(torch.multinomial(chances, 1, generator=self._generator(sequence)))]

    def _generator(self, sequence: Sequence) -> torch.Generator:
        if sequence not in self._generators:
            generator = torch.Generator()
            seed = sequence.sampling.seed
            generator.seed() if seed is None else generator.manual_seed(seed)
            self._generators[sequence] = generator
        return self._generators[sequence]


def probabilities(logits: Tensor, sampling: SamplingParams) -> Tensor:
    """[vocab] float32 on the CPU; zero for what is cut."""
    scaled = logits.float().cpu() / sampling.temperature
    if 0 < sampling.top_k < len(scaled):
        scaled = scaled.masked_fill(scaled < scaled.topk(sampling.top_k).values[-1], -torch.inf)
    chances = torch.softmax(scaled, -1)
    if sampling.top_p < 1:
        ordered, places = chances.sort(descending=True)
        before = ordered.cumsum(-1) - ordered
        chances[places[before >= sampling.top_p]] = 0  # the one that reaches top_p stays
    return chances / chances.sum()
