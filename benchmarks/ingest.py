"""Ingestion's speed by format: `python -m benchmarks.ingest FOLDER [--limit N]`.

Every file below the folder goes through the steps a worker takes, without the database:
parse in a child, split, embed, seal. Prints a line a file and a table a format; the last line
is one JSON object. Memory is the child's peak as the kernel knows it, sampled while it lives.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inference import Engine, EngineConfig
from ingest import pipeline
from ingest.config import IngestConfig
from ingest.errors import IngestError
from ingest.index.types import ChunkRecord
from ingest.index.writer import SegmentWriter
from ingest.types import Source

STAGES = ("parse", "split", "embed", "seal")


@dataclass(slots=True)
class Outcome:
    """What became of one file: seconds a stage, passages, the child's peak, or why it was refused."""

    seconds: dict[str, float] = field(default_factory=dict)
    num_passages: int = 0
    child_mb: int = 0
    reason: str = ""


class ChildMemory:
    """The peak of the children this process has, watched from a thread."""

    def __init__(self) -> None:
        self.peak_mb = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            for child in self._children():
                self.peak_mb = max(self.peak_mb, self._peak_mb(child))
            time.sleep(0.01)

    def _children(self) -> list[str]:
        try:
            return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        except OSError:
            return []

    def _peak_mb(self, pid: str) -> int:
        """Zero before the child has become another program: until then it shows our own memory."""
        try:
            if b"ingest.parsers.child" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                return 0
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), 0)


@contextmanager
def timed(outcome: Outcome, stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        outcome.seconds[stage] = time.perf_counter() - started


def ingested(path: Path, root: Path, *, engine: Engine, config: IngestConfig, memory: ChildMemory) -> Outcome:
    outcome, memory.peak_mb = Outcome(), 0
    try:
        with timed(outcome, "parse"):
            parsed = pipeline.parse(Source(path=path, name=path.name), config=config)
        with timed(outcome, "split"):
            chunks = pipeline.split(parsed, encoder=engine, config=config)
        with timed(outcome, "embed"):
            vectors = pipeline.vectors(chunks, encoder=engine)
        with timed(outcome, "seal"):
            records = [ChunkRecord(passage_id=n, version_id=1, text=c.text) for n, c in enumerate(chunks)]
            with SegmentWriter(root, fingerprint=engine.encoder_fingerprint, dimension=engine.dimension) as writer:
                writer.add(records, vectors)
                writer.seal()
        outcome.num_passages = len(chunks)
    except IngestError as error:
        outcome.reason = f"{error.code}: {error}"
    outcome.child_mb = memory.peak_mb
    return outcome


def summed(outcomes: list[Outcome]) -> dict[str, object]:
    """A format's figures: rates over the whole, and where the time goes."""
    total = sum(sum(outcome.seconds.values()) for outcome in outcomes)
    passages = sum(outcome.num_passages for outcome in outcomes)
    return {
        "documents": len(outcomes),
        "refused": sum(bool(outcome.reason) for outcome in outcomes),
        "passages": passages,
        "documents_per_s": round(len(outcomes) / max(total, 1e-9), 2),
        "passages_per_s": round(passages / max(total, 1e-9), 1),
        "slowest_s": round(max(sum(outcome.seconds.values()) for outcome in outcomes), 2),
        "child_peak_mb": max(outcome.child_mb for outcome in outcomes),
        **{f"{stage}_s": round(sum(o.seconds.get(stage, 0.0) for o in outcomes), 2) for stage in STAGES},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="only so many files, evenly over the folder")
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.rglob("*") if path.is_file() and path.name != "manifest.tsv")
    if options.limit and options.limit < len(paths):
        paths = [paths[number * len(paths) // options.limit] for number in range(options.limit)]
    by_format: dict[str, list[Outcome]] = defaultdict(list)
    config, memory = IngestConfig(), ChildMemory()
    with tempfile.TemporaryDirectory() as folder, Engine(EngineConfig(use_reader=False)) as engine:
        engine.embed(["warm"])
        for path in paths:
            outcome = ingested(path, Path(folder), engine=engine, config=config, memory=memory)
            by_format[path.suffix.lower().lstrip(".") or "none"].append(outcome)
            taken = {stage: round(seconds, 2) for stage, seconds in outcome.seconds.items()}
            print(path.name, taken, f"{outcome.child_mb} MB", outcome.reason or outcome.num_passages, flush=True)
    table = {name: summed(outcomes) for name, outcomes in sorted(by_format.items())}
    for name, figures in table.items():
        print(name.ljust(6), figures)
    print(json.dumps({"all": summed([o for outcomes in by_format.values() for o in outcomes]), **table}))


if __name__ == "__main__":
    main()
