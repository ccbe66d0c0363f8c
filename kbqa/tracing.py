"""OpenTelemetry traces, where a collector is named: a span a request, below it one for each of an answer's stages.

Without `KBQA_OTLP_URL` nothing is imported and nothing costs. Spans carry names, statuses
and identifiers, never a question's text or a key.
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer


@contextmanager
def request_span(method: str, headers: Mapping[str, str]) -> Iterator["Span | None"]:
    """A span around a request, a caller's own (`traceparent`) above it; None where nothing is traced."""
    tracer = _tracer()
    if tracer is None:
        yield None
        return
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    carrier = {name.lower(): value for name, value in headers.items()}
    with tracer.start_as_current_span(method, context=extract(carrier), kind=SpanKind.SERVER) as span:
        yield span


def request_told(span: "Span | None", *, method: str, view: str, status: int, request_id: str) -> None:
    """What a request turned out to be."""
    if span is not None:
        span.update_name(f"{method} {view}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": view,
                "http.response.status_code": status,
                "kbqa.request_id": request_id,
            }
        )


def here() -> "Context | None":
    """Where we are in a trace, for spans that come later and elsewhere: a stream outlives its request."""
    if _tracer() is None:
        return None
    from opentelemetry.context import get_current

    return get_current()


@contextmanager
def span(name: str, *, parent: "Context | None") -> Iterator[None]:
    """A span that is nobody's context: generators may be left and entered anywhere."""
    tracer = _tracer()
    if tracer is None:
        yield
        return
    opened = tracer.start_span(name, context=parent)
    try:
        yield
    finally:
        opened.end()


@functools.cache
def _tracer() -> "Tracer | None":
    """This process's; spans are sent by a thread of its own, and dropped while nobody takes them."""
    if not settings.OTLP_URL:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImproperlyConfigured("KBQA_OTLP_URL is set, but the extra `otel` is not installed") from error
    resource: dict[str, Any] = {"service.name": "kbqa"}  # Any: OpenTelemetry's attribute values
    provider = TracerProvider(resource=Resource.create(resource))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{settings.OTLP_URL}/v1/traces")))
    return provider.get_tracer("kbqa")
