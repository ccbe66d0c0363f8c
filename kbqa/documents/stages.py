"""How long each stage of an ingestion took, observed as its progress is said."""

import time
from weakref import WeakKeyDictionary

from kbqa.metrics import INGEST_STAGE_SECONDS

from .models import IngestJob

_since: WeakKeyDictionary[IngestJob, tuple[IngestJob.Stage, float]] = WeakKeyDictionary()


def stage_note(job: IngestJob, stage: IngestJob.Stage) -> None:
    """The job is at this stage now; if that is another than before, the one before took until now."""
    now = time.monotonic()
    before, began = _since.get(job, (stage, now))
    if before is not stage:
        INGEST_STAGE_SECONDS.labels(before.value).observe(now - began)
    if before is not stage or job not in _since:
        _since[job] = stage, now
