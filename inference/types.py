"""Records that cross the engine's border: frozen, and free of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An answer copied from a passage, and the sentence it stands in.

    Offsets are characters of ``passages[passage]`` as given to ``Engine.read``;
    sentence_start <= start < end <= sentence_end. A reader that finds evidence
    but no shorter answer returns the sentence itself.
    """

    passage: int
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the reader found: distinct spans, best first, and how far to trust the best one.

    ``confidence`` is a calibrated probability in [0, 1] that the best span answers
    the question, and below ``abstain_below`` silence serves better; ``passage_scores``
    has one evidence score a passage that was read, from the first on, higher is better; ``degraded`` says that the
    deadline cut the reading short; ``signals`` are the calibration's inputs, for the
    trace.
    """

    spans: tuple[Span, ...]
    confidence: float
    passage_scores: tuple[float, ...]
    abstain_below: float = 0.5
    degraded: bool = False
    signals: Mapping[str, float] = field(default_factory=dict)
