"""The passages that retrieval put first are read first; the others only where those leave doubt.

Three questions of four are settled by two passages, and the others lose nothing: over 2,000
questions on SQuAD's paragraphs, half the work and no less F1 (benchmarks/LOG.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from inference.calibration import Candidate
from inference.errors import DeadlineExceeded
from inference.request import Row
from inference.types import Reading

from .checkpoint import ReaderCheckpoint
from .extractive import candidates_of, reading_of, wants_a_span, windows_of
from .headings import echoes_heading
from .spans import whole
from .tables import settled

ENOUGH = 0.6  # a reading this sure of its answer is not asked to look further

Run = Callable[[Sequence[Row]], Sequence[np.ndarray]]  # rows → logits [tokens, 2] of each


def read_in_stages(
    reader: ReaderCheckpoint,
    question: str,
    passages: Sequence[str],
    run: Run,
    *,
    contexts: Sequence[str] = (),
    first: int,
    max_spans: int,
) -> Reading:
    """The reading of the ``first`` passages if it is sure enough, else of all; what was not read has no score.

    ``contexts`` are the passages' titles and headings, for a reader that was trained on such. A deadline that
    passes between the two leaves the first, marked as degraded.
    """
    found: list[Candidate] = []
    said = contexts if reader.reads_titles else ()
    reading: Reading | None = None
    judgement = reader.words if wants_a_span(question) else reader.yes_no
    for start, stop in ((0, min(first, len(passages))), (first, len(passages))):
        if start >= stop or (reading and reading.confidence >= ENOUGH):
            break
        try:
            above = contexts[start:stop]
            found += _candidates(reader, question, passages[start:stop], run, contexts=above, number_from=start)
        except DeadlineExceeded:
            if reading is None:
                raise
            return replace(reading, degraded=True)
        reading = reading_of(
            question,
            passages[:stop],
            settled(question, passages[:stop], found),
            judgement,
            contexts=said[:stop],
            max_spans=max_spans,
        )
    return reading or Reading(spans=(), confidence=0.0, passage_scores=())


def _candidates(
    reader: ReaderCheckpoint,
    question: str,
    passages: Sequence[str],
    run: Run,
    *,
    contexts: Sequence[str],
    number_from: int,
) -> list[Candidate]:
    said = contexts if reader.reads_titles else ()
    asked, *rest = reader.tokenizer.encode([question.strip(), *passages, *said])
    encoded, above = rest[: len(passages)], rest[len(passages) :]
    windows = windows_of(asked, encoded, reader.tokenizer, contexts=above, alike=reader.reads_apart)
    logits = run([window.row for window in windows])
    return [
        replace(whole(passages[candidate.passage], candidate), passage=candidate.passage + number_from)
        for candidate in candidates_of(windows, logits, encoded)
        if not contexts
        or not echoes_heading(question, passages[candidate.passage], candidate, contexts[candidate.passage])
    ]
