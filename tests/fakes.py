"""Fakes, few and simple, each held to the contract suite of the real thing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from inference.config import EngineConfig
from inference.deadline import Deadline
from inference.errors import EngineFailed, InvalidRequest
from inference.types import Reading, Span

_WORD = re.compile(r"\w+")


class FakeEngine:
    """Vectors from the words' hashes; the answer is the passage word nearest to what was asked, in its own passage.

    Deterministic, without a network or a thread: texts that share words are near.
    """

    dimension = 32
    max_tokens = 64
    encoder_fingerprint = "fake-encoder"
    reader_fingerprint = "fake-reader"
    can_generate = False
    generator_fingerprint = ""
    config = EngineConfig()

    def __init__(self) -> None:
        self.is_ready = True
        self._num_rows = 0

    def embed(
        self, texts: Sequence[str], *, deadline: Deadline | None = None, request_id: str | None = None
    ) -> np.ndarray:
        self._begin(deadline, "embed")
        self._num_rows += len(texts)
        return np.array([_vector(text, self.dimension) for text in texts], np.float32).reshape(-1, self.dimension)

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        contexts: Sequence[str] = (),
        deadline: Deadline | None = None,
        request_id: str | None = None,
        max_spans: int = 3,
    ) -> Reading:
        self._begin(deadline, "read")
        if contexts and len(contexts) != len(passages):
            raise InvalidRequest(f"{len(contexts)} contexts for {len(passages)} passages")
        asked = {word.lower() for word in _WORD.findall(question)}
        shared = [len(asked & {word.lower() for word in _WORD.findall(passage)}) for passage in passages]
        order = sorted((i for i in range(len(passages)) if shared[i]), key=lambda i: -shared[i])
        spans = tuple(_span(i, passages[i], asked, shared[i]) for i in order[:max_spans])
        best = max(shared, default=0) / max(1, len(asked))
        return Reading(spans=spans, confidence=best, passage_scores=tuple(map(float, shared)))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in _WORD.finditer(text)]

    def known_share(self, text: str) -> float:
        return 1.0 if text.isascii() else 0.0

    def abort(self, request_id: str) -> bool:
        return False

    def metrics(self) -> dict[str, float]:
        return {"rows_total": float(self._num_rows), "requests_waiting": 0.0}

    def close(self) -> None:
        self.is_ready = False

    def _begin(self, deadline: Deadline | None, stage: str) -> None:
        if not self.is_ready:
            raise EngineFailed("the engine is closed")
        if deadline:
            deadline.check(stage)


def _vector(text: str, size: int) -> np.ndarray:
    total = np.full(size, 0.01)
    for word in _WORD.findall(text.lower()):
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        total += np.random.default_rng(seed).standard_normal(size)
    return total / np.linalg.norm(total)


def _span(number: int, passage: str, asked: set[str], score: int) -> Span:
    """The first word that was not asked with; the whole passage is its sentence."""
    words = list(_WORD.finditer(passage))
    found = next((word for word in words if word[0].lower() not in asked), words[0])
    return Span(
        passage=number,
        start=found.start(),
        end=found.end(),
        sentence_start=0,
        sentence_end=len(passage),
        score=float(score),
    )
