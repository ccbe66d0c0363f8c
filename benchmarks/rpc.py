"""What asking an engine in another process costs: one question embedded here, and over a Unix socket.

    python -m benchmarks.rpc [--quick]

`ours` is the median that the socket adds to a call, `peer` what is allowed. The same networks run in
both processes, turn by turn; `call_ms` is a call that computes nothing, so the socket's and gRPC's alone. The
tenth percentiles say what it costs where no other process holds the core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from inference import Engine, EngineConfig
from inference.rpc.client import RemoteEngine

from .harness import report, row

QUESTION = "when did the last mill beside the northern river open its doors?"
ALLOWED_MS = 1.5


@contextmanager
def elsewhere() -> Iterator[RemoteEngine]:
    """An engine process of our own."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/engine.sock"
        command = [sys.executable, "-m", "inference", "--listen", address, "--no-reader", "--quantization", "fp32"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            with RemoteEngine(address) as remote:
                while not remote.is_ready:
                    time.sleep(0.2)
                yield remote
        finally:
            process.terminate()
            process.wait(30)


def timed_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    repeats = 100 if parser.parse_args().quick else 500
    with Engine(EngineConfig(use_reader=False, quantization="fp32")) as here, elsewhere() as there:
        times: dict[str, list[float]] = {"here": [], "there": [], "nothing": []}
        for turn in range(repeats + 10):
            measured = {
                "here": timed_ms(lambda: here.embed([QUESTION])),
                "there": timed_ms(lambda: there.embed([QUESTION])),
                "nothing": timed_ms(there.metrics),
            }
            if turn >= 10:  # both are warm
                for name, ms in measured.items():
                    times[name].append(ms)
    p50 = {name: median(kept) for name, kept in times.items()}
    p10 = {name: sorted(kept)[len(kept) // 10] for name, kept in times.items()}
    added_ms = max(0.01, p50["there"] - p50["here"])
    figures = row(
        "unix-socket-vs-embedded",
        ours=added_ms,
        peer=ALLOWED_MS,
        ratio=ALLOWED_MS / added_ms,
        unit="ms",
        embedded_ms=p50["here"],
        remote_ms=p50["there"],
        call_ms=p50["nothing"],
        added_p10_ms=p10["there"] - p10["here"],
        call_p10_ms=p10["nothing"],
    )
    report("rpc", [figures])


if __name__ == "__main__":
    main()
