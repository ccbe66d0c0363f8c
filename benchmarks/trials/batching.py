"""Sixty-four questions at once, in batches and one after another: one engine, the same questions."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from inference import Engine, EngineConfig
from locustfiles.judge import Check, at_least, at_most, percentile

_ASKERS = 64
_QUESTION = "when did mill number {number} beside the northern river open its doors?"


def trial(folder: Path, *, seconds: float) -> list[Check]:
    """Questions' vectors, which a question needs before it can be looked for."""
    together, alone = (_asked(size, seconds / 2) for size in (EngineConfig().max_batch_size, 1))
    return [
        at_least("batching, 64 askers: questions a second, to one by one", round(together[0] / alone[0], 2), 2.5)
        | {"per_s": round(together[0], 1), "one_by_one_per_s": round(alone[0], 1)},
        at_most("batching, 64 askers: p99, to one by one", round(together[1] / alone[1], 2), 0.33)
        | {"p99_ms": round(together[1] * 1e3, 1), "one_by_one_p99_ms": round(alone[1] * 1e3, 1)},
    ]


def _asked(batch_size: int, seconds: float) -> tuple[float, float]:
    """Questions a second, and the 99th percentile of their times in seconds."""
    with Engine(EngineConfig(use_reader=False, quantization="bf16", max_batch_size=batch_size)) as engine:
        engine.embed(["a first one"])
        until, times, lock = time.monotonic() + seconds, list[float](), threading.Lock()

        def one(asker: int) -> None:
            number = 0
            while (began := time.monotonic()) < until:
                engine.embed([_QUESTION.format(number=asker * 10**6 + number)])
                number += 1
                with lock:
                    times.append(time.monotonic() - began)

        with ThreadPoolExecutor(_ASKERS) as crowd:
            list(crowd.map(one, range(_ASKERS)))
    return len(times) / seconds, percentile(sorted(times), 99)
