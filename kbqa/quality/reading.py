"""How well does the reader answer when it is given the passage?"""

import time
from collections.abc import Callable, Sequence

from inference.base import AnyEngine
from kbqa.answers.read import threshold

from .outcomes import Outcome
from .testset import Case


def reading_run(
    cases: Sequence[Case], *, engine: AnyEngine, progress: Callable[[str, int, int], None]
) -> list[Outcome]:
    """Ask every case of its own passage alone."""
    outcomes = []
    for number, case in enumerate(cases, start=1):
        started = time.perf_counter()
        reading = engine.read(case.question, [case.context], max_spans=1)
        ms = (time.perf_counter() - started) * 1e3
        best = reading.spans[0] if reading.spans else None
        outcomes.append(
            Outcome(
                id=case.id,
                golds=case.answers,
                answer=case.context[best.start : best.end] if best else "",
                quote=case.context[best.sentence_start : best.sentence_end] if best else "",
                confidence=reading.confidence,
                abstained=best is None or reading.confidence < threshold(reading),
                ms=ms,
            )
        )
        if number % 50 == 0 or number == len(cases):
            progress("questions", number, len(cases))
    return outcomes
