"""What is measured, named `kbqa_<thing>_<unit>`; ops/metrics.py serves it."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram("kbqa_request_seconds", "Requests, by view and status", ["view", "method", "status"])
_FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

ANSWER_STAGE_SECONDS = Histogram(
    "kbqa_answer_stage_seconds",
    "An answer's stages",
    ["stage"],
    buckets=_FAST,
)
ANSWERS = Counter("kbqa_answers", "Turns that ended: answered, abstained, failed or aborted", ["outcome"])
ANSWERS_DEGRADED = Counter("kbqa_answers_degraded", "Answers cut short: by time, a damaged segment, no generator")
ANSWER_CACHE = Counter(
    "kbqa_answer_cache_lookups",
    "Questions by where their answer came from: conversation, shared, warmed, joined (for another), curated or none",
    ["level"],
)
WRITTEN_SENTENCES = Counter(
    "kbqa_written_sentences", "Sentences a generator wrote: kept, or dropped because no passage says so", ["outcome"]
)
QUESTION_VECTORS = Counter("kbqa_question_vector_lookups", "Embedding cache of questions: hit or miss", ["outcome"])

GATE_LIMIT = Gauge("kbqa_gate_limit", "Questions that may be computed at once", multiprocess_mode="livesum")
GATE_RUNNING = Gauge("kbqa_gate_running", "Questions being computed", multiprocess_mode="livesum")
GATE_WAITING = Gauge("kbqa_gate_waiting", "Questions waiting to be computed", multiprocess_mode="livesum")
DOOR_WAIT_SECONDS = Histogram(
    "kbqa_door_wait_seconds", "Waits of requests that were let in", buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
)
REFUSED = Counter("kbqa_refused", "Requests refused at once: door, overload or rate", ["reason"])

INGEST_STAGE_SECONDS = Histogram(
    "kbqa_ingest_stage_seconds",
    "A version's stages",
    ["stage"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
)
