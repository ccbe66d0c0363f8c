"""What is measured, named `kbqa_<thing>_<unit>`; ops/metrics.py serves it."""

from prometheus_client import Histogram

REQUEST_SECONDS = Histogram("kbqa_request_seconds", "Requests, by view and status", ["view", "method", "status"])
_FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

ANSWER_STAGE_SECONDS = Histogram(
    "kbqa_answer_stage_seconds",
    "An answer's stages",
    ["stage"],
    buckets=_FAST,
)
INGEST_STAGE_SECONDS = Histogram(
    "kbqa_ingest_stage_seconds",
    "A version's stages",
    ["stage"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
)
