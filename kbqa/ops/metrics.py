"""Prometheus: requests, both flows' stages, the queue and the engine. For staff, and staff's keys."""

from collections.abc import Iterator

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kbqa.accounts.selectors import key_owner
from kbqa.documents.models import IngestJob
from kbqa.engine import get_engine


class _Now(Collector):
    """What is counted at the moment of the scrape."""

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("kbqa_ingest_jobs", "Ingestion jobs by state", labels=["state"])
        for row in IngestJob.objects.values("state").annotate(n=Count("pk")).order_by():
            jobs.add_metric([row["state"]], row["n"])
        yield jobs
        for name, value in get_engine().metrics().items():
            yield GaugeMetricFamily(f"kbqa_engine_{name}", "The engine's own count", value=value)


_NOW = CollectorRegistry(auto_describe=False)
_NOW.register(_Now())


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _is_staff(request):
        return HttpResponseForbidden("Staff only: sign in, or send the key of a staff member.")
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(_NOW), content_type=CONTENT_TYPE_LATEST)


def _is_staff(request: HttpRequest) -> bool:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    user = key_owner(key.strip()) if scheme.lower() == "bearer" else request.user
    return bool(user and user.is_active and user.is_staff)
