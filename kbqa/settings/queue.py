"""Celery: Redis when a broker is named, messages in a folder (broker.py) otherwise; one code path.

The broker is a hint and the job row is the truth, so a lost message costs
seconds, never a document.
"""

from .core import ENV

_EMBEDDED = ENV.data_dir / "broker"

CELERY_BROKER_URL = ENV.broker_url or "folder://localhost//"  # a host, so that kombu does not miss one
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2}
    if ENV.broker_url
    else {
        "data_folder_in": str(_EMBEDDED / "messages"),
        "data_folder_out": str(_EMBEDDED / "messages"),
        "control_folder": str(_EMBEDDED / "control"),
        "polling_interval": 0.2,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the reaper brings the document back, with its attempts counted
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = ENV.worker_concurrency
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps nothing on disk
CELERY_BEAT_SCHEDULE = {
    "reap_jobs": {"task": "kbqa.documents.tasks.reap_jobs", "schedule": 5.0, "options": {"expires": 5}},
    "tidy_index": {"task": "kbqa.documents.tasks.tidy_index", "schedule": 60.0, "options": {"expires": 60}},
    "mend_index": {"task": "kbqa.documents.tasks.mend_index", "schedule": 6 * 3600.0, "options": {"expires": 3600}},
    "expire_bin": {"task": "kbqa.bin.tasks.expire_bin", "schedule": 300.0, "options": {"expires": 300}},
    "wake_imports": {"task": "kbqa.imports.tasks.wake_imports", "schedule": 10.0, "options": {"expires": 10}},
    "wake_runs": {"task": "kbqa.quality.tasks.wake_runs", "schedule": 10.0, "options": {"expires": 10}},
    "warm_answers": {"task": "kbqa.answers.tasks.warm_answers", "schedule": 30.0, "options": {"expires": 30}},
}

LEASE_S = ENV.lease_s
MAX_ATTEMPTS = ENV.max_attempts
EMBEDDED_BROKER_ROOT = None if ENV.broker_url else _EMBEDDED
