"""Ingest a version in a process that is killed at a named point: `python -m tests.flow.kill_points PK=POINT …`.

One process loads what ingestion needs and forks for each version, so that a point
costs a second; each fork ends by SIGKILL, as when the memory of a machine is out.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

# point → (module, dotted name of what is about to be done or has been done, which of the two)
POINTS = {
    "claimed": ("kbqa.documents.ingestion", "_run", "before"),
    "parsed": ("ingest.pipeline", "parse", "after"),
    "split": ("ingest.pipeline", "split", "after"),
    "rows written, not committed": ("kbqa.documents.ingestion", "CanonicalText.objects.update_or_create", "after"),
    "rows committed": ("kbqa.documents.ingestion", "_replace_passages", "after"),
    "embedded": ("ingest.pipeline", "vectors", "after"),
    "vectors on disk": ("ingest.index.writer", "vectors_write", "after"),
    "terms on disk": ("ingest.index.writer", "lexical_write", "after"),
    "manifest on disk": ("ingest.index.writer", "SegmentWriter._write_manifest", "after"),
    "segment sealed": ("ingest.index.writer", "SegmentWriter.seal", "after"),
    "snapshot moved, not committed": ("kbqa.documents.ingestion", "segment_add", "after"),
    "job done, not committed": ("kbqa.documents.jobs", "job_succeed", "after"),
    "published": ("kbqa.documents.ingestion", "version_ingest", "after"),
}


def arm(point: str) -> None:
    """From here on, this process dies there."""
    module, name, when = POINTS[point]
    *path, last = name.split(".")
    holder: Any = importlib.import_module(module)
    for part in path:
        holder = getattr(holder, part)
    step: Callable[..., object] = getattr(holder, last)

    def dying(*arguments: object, **keywords: object) -> None:
        if when == "after":
            step(*arguments, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, last, dying)


def main() -> int:
    django.setup()
    from kbqa.documents import ingestion  # with torch and FAISS, loaded once for all

    for argument in sys.argv[1:]:
        version_id, _, point = argument.partition("=")
        child = os.fork()
        if not child:
            arm(point)
            ingestion.version_ingest(int(version_id))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.stderr.write(f"{point}: was never reached\n")
            return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbqa.settings")
    raise SystemExit(main())
