"""What `batch_strategy="adaptive"` is worth: askers who ask again as soon as they are answered.

    python -m benchmarks.batching [--quick]

`ours` is the adaptive engine, `peer` the fixed one, in one process and turn by turn. `one-asker` must
lose nothing; `question-beside-document` is how long a question takes while a document is embedded.
"""

from __future__ import annotations

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from inference import Engine, EngineConfig

from .harness import Row, paired, report, row

QUESTION = "when did the last mill beside the northern river open its doors?"
PASSAGE = "The river fed the mills of the town for three hundred years. " * 12


def opened(strategy: str) -> Engine:
    return Engine(EngineConfig(use_reader=False, quantization="fp32", batch_strategy=strategy))  # type: ignore[arg-type]


def crowd(engine: Engine, *, askers: int, each: int) -> None:
    with ThreadPoolExecutor(askers) as pool:
        for _ in range(askers):
            pool.submit(lambda: [engine.embed([QUESTION]) for _ in range(each)])


def question_beside_document(engine: Engine, *, questions: int) -> list[float]:
    """Seconds of each question, asked now and then while passages are embedded without end."""
    over = threading.Event()

    def documents() -> None:
        while not over.is_set():
            engine.embed([PASSAGE] * 64)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(documents)
        times = []
        for _ in range(questions):
            time.sleep(0.3)
            started = time.perf_counter()
            engine.embed([QUESTION])
            times.append(time.perf_counter() - started)
        over.set()
    return times


def beside_document(adaptive: Engine, fixed: Engine, *, questions: int) -> Row:
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(2):
        times["ours"] += question_beside_document(adaptive, questions=questions)
        times["peer"] += question_beside_document(fixed, questions=questions)
    ours, peer = (median(times[name]) * 1000 for name in ("ours", "peer"))
    return row("question-beside-document", ours=ours, peer=peer, ratio=peer / ours, unit="ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    with opened("adaptive") as adaptive, opened("fixed") as fixed:
        rows = [
            paired(
                "one-asker" if askers == 1 else f"{askers}-askers",
                ours=lambda askers=askers: crowd(adaptive, askers=askers, each=20),  # type: ignore[misc]  # bound now
                peer=lambda askers=askers: crowd(fixed, askers=askers, each=20),  # type: ignore[misc]  # bound now
                work=askers * 20,
                repeats=5 if quick else 15,
            )
            for askers in (1, 4, 16)
        ]
        rows.append(beside_document(adaptive, fixed, questions=5 if quick else 15))
    report("batching", rows)


if __name__ == "__main__":
    main()
