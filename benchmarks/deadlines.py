"""How late is a late answer: `embed` under four times the load it can take, each call with a deadline.

    python -m benchmarks.deadlines [--quick]

Callers come four times as fast as steps end. What counts is by how much a call returns, or
raises, after its deadline; ``ours`` is the 99th percentile of that, ``peer`` what is allowed: one
step and twenty milliseconds.
"""

from __future__ import annotations

import argparse
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from statistics import median

from inference import Deadline, DeadlineExceeded, Engine, EngineConfig, Overloaded

from .encoding import made_text
from .harness import report, row

DEADLINE_S = 0.5
ROWS = 8


def overshoot_s(engine: Engine, texts: list[str]) -> float:
    """Seconds after the deadline at which the call came back; 0 when it was in time or refused at once."""
    due = Deadline.after(DEADLINE_S)
    with suppress(DeadlineExceeded, Overloaded):
        engine.embed(texts, deadline=due)
    return max(0.0, time.monotonic() - due.at)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    seconds = 5 if parser.parse_args().quick else 20
    draw = random.Random(3)
    with Engine(EngineConfig(use_reader=False)) as engine:
        texts = [made_text(draw, words=100) for _ in range(ROWS)]
        steps = []
        for _ in range(9):
            started = time.perf_counter()
            engine.embed(texts)
            steps.append(time.perf_counter() - started)
        step_s = median(steps)
        with ThreadPoolExecutor(64) as callers:
            waiting = []
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                waiting.append(callers.submit(overshoot_s, engine, texts))
                time.sleep(step_s / 4)
            late = sorted(future.result() for future in waiting)
    p99_ms, allowed_ms = late[int(len(late) * 0.99)] * 1000, step_s * 1000 + 20
    figures = row(
        "overshoot-p99",
        ours=p99_ms,
        peer=allowed_ms,
        ratio=allowed_ms / max(p99_ms, 0.01),
        unit="ms",
        calls=len(late),
        step_ms=step_s * 1000,
    )
    report("deadlines", [figures])


if __name__ == "__main__":
    main()
