"""Live: the process answers. Ready: the database, the engine and the storage are there for a question."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kbqa.engine import get_engine


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when a question could be answered now, 503 otherwise; says which part is missing."""
    parts = {name: _holds(check) for name, check in _CHECKS.items()}
    good = all(parts.values())
    return JsonResponse({"status": "ready" if good else "not ready", **parts}, status=200 if good else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # a part that breaks is a part that is not ready
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _storage() -> bool:
    return all(Path(root).is_dir() for root in (settings.ORIGINALS_ROOT, settings.SEGMENTS_ROOT))


_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "storage": _storage,
    "engine": lambda: get_engine().is_ready,
}
