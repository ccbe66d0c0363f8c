"""What weights take in memory: INT8 beside fp32 and bf16, each loaded by a process of its own.

    python -m benchmarks.quantization [--quick]

`ours` is INT8, `peer` the other arithmetic, in megabytes that the process shares with nobody, less what it
had before it loaded anything; `ratio` above 1: INT8 is smaller. `encoder` is the packaged one with the reader,
`decoder` a random Llama of 58 million weights (`--quick` leaves it out).
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import subprocess
import sys
from pathlib import Path

from inference import Engine, EngineConfig

from .decoders import checkpoint, load_ours
from .harness import Row, report, row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--alone", nargs=3, metavar=("KIND", "ARITHMETIC", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(alone(*options.alone))
        return
    rows = compared("encoder", "")
    if not options.quick:
        with checkpoint() as folder:
            rows += compared("decoder", str(folder))
    report("quantization", rows)


def compared(kind: str, folder: str) -> list[Row]:
    taken = {arithmetic: measured_mb(kind, arithmetic, folder) for arithmetic in ("fp32", "bf16", "int8")}
    return [
        row(
            f"{kind}-weights-vs-{peer}",
            ours=taken["int8"],
            peer=taken[peer],
            ratio=taken[peer] / taken["int8"],
            unit="MB",
            share=taken["int8"] / taken[peer],
        )
        for peer in ("fp32", "bf16")
    ]


def measured_mb(kind: str, arithmetic: str, folder: str) -> float:
    command = [sys.executable, "-m", "benchmarks.quantization", "--alone", kind, arithmetic, folder]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def alone(kind: str, arithmetic: str, folder: str) -> float:
    """Megabytes that loading took, in this process."""
    before = private_mb()
    if kind == "encoder":
        held: object = Engine(EngineConfig(quantization=arithmetic))  # type: ignore[arg-type]  # one of ours
    else:
        held = load_ours(Path(folder), arithmetic)  # type: ignore[arg-type]  # as above
    taken = private_mb() - before
    del held
    return taken


def private_mb() -> float:
    """What nobody else has mapped, once what was freed has gone back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024


if __name__ == "__main__":
    main()
