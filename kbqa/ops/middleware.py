"""Each request gets an id, one access line and one observation; the id is on every line it causes."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from kbqa.metrics import REQUEST_SECONDS
from kbqa.tracing import request_span, request_told

log = structlog.get_logger("kbqa.access")

_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")


class RequestContext:
    """Outermost middleware; a caller's own sensible `X-Request-ID` is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _GIVEN.match(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        with request_span(str(request.method), request.headers) as span:
            response = self.get_response(request)
            request_told(
                span,
                method=str(request.method),
                view=_view(request),
                status=response.status_code,
                request_id=request_id,
            )
        seconds = time.perf_counter() - started
        response["X-Request-ID"] = request_id
        response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if getattr(request, "user", None) and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        self._observe(request, response, seconds)
        return response

    def _observe(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        REQUEST_SECONDS.labels(_view(request), request.method, response.status_code).observe(seconds)
        if not request.path.startswith(("/static/", "/health/", "/metrics")):
            log.info(
                "request_served",
                method=request.method,
                path=request.path,  # never the query string: it may hold what people search for
                status=response.status_code,
                ms=round(seconds * 1e3, 1),
            )


def _view(request: HttpRequest) -> str:
    match = request.resolver_match
    return str(match.view_name or match._func_path) if match else "unknown"
