"""Prometheus: requests, both flows' stages, the queue and the engine. For staff, and staff's keys."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Count, Min
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from inference.errors import EngineError
from kbqa.accounts.models import KeyScope
from kbqa.accounts.selectors import key_found
from kbqa.documents.models import IngestJob
from kbqa.engine import get_engine
from kbqa.errors import Busy

COUNTED_NOW = (
    "kbqa_ingest_jobs",
    "kbqa_ingest_leases",
    "kbqa_ingest_oldest_queued_seconds",
    "kbqa_process_threads",
)


class _Now(Collector):
    """What is counted at the moment of the scrape."""

    def collect(self) -> Iterator[Metric]:
        yield from _ingestion()
        yield GaugeMetricFamily("kbqa_process_threads", "Threads of the answering process", threading.active_count())
        for name, value in _engine().items():
            yield GaugeMetricFamily(f"kbqa_engine_{name}", "The engine's own count", value=value)


def _engine() -> dict[str, float]:
    """Nothing while an engine elsewhere is away: the rest is wanted then more than ever."""
    try:
        return get_engine().metrics()
    except (EngineError, Busy):
        return {}


def _ingestion() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("kbqa_ingest_jobs", "Ingestion jobs by state", labels=["state"])
    counts = dict(IngestJob.objects.values_list("state").annotate(n=Count("pk")).order_by())
    for state in IngestJob.State.values:
        jobs.add_metric([state], counts.get(state, 0))
    yield jobs
    running = IngestJob.objects.filter(state=IngestJob.State.RUNNING)
    leases = GaugeMetricFamily("kbqa_ingest_leases", "Leases that stand, and that nobody renewed", labels=["state"])
    leases.add_metric(["live"], running.filter(lease_until__gt=Now()).count())
    leases.add_metric(["expired"], running.filter(lease_until__lte=Now()).count())
    yield leases
    oldest = IngestJob.objects.filter(state=IngestJob.State.QUEUED).aggregate(at=Min("queued_at"))["at"]
    waited_s = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("kbqa_ingest_oldest_queued_seconds", "How long the longest has waited", value=waited_s)


def _kept() -> CollectorRegistry:
    """This process's counts, or those of all that share PROMETHEUS_MULTIPROC_DIR, dead ones' gauges left out."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    for path in Path(folder).glob("gauge_live*_*.db"):
        if not _is_alive(int(path.stem.rpartition("_")[2])):
            path.unlink(missing_ok=True)
    registry = CollectorRegistry(auto_describe=False)
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
    return registry


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_NOW = CollectorRegistry(auto_describe=False)
_NOW.register(_Now())


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _is_staff(request):
        return HttpResponseForbidden("Staff only: sign in, or send the key of a staff member.")
    return HttpResponse(generate_latest(_kept()) + generate_latest(_NOW), content_type=CONTENT_TYPE_LATEST)


def _is_staff(request: HttpRequest) -> bool:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = key_found(key.strip())
        return bool(found and found.owner.is_staff and KeyScope.READ in found.scopes)
    return bool(request.user.is_active and request.user.is_staff)
