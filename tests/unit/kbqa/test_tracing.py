"""Traces reach a collector over HTTP: a request's span, its stages below it, and nothing of what was asked."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kbqa import tracing
from kbqa.answers.trace import Trace

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(HTTPServer):
    """Takes what an OTLP collector takes, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []

    def spans(self) -> dict[str, Span]:
        tracing._tracer().span_processor.force_flush()
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return {
            span.name: span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def collector(settings) -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        settings.OTLP_URL = f"http://127.0.0.1:{server.server_port}"
        tracing._tracer.cache_clear()
        yield server
        tracing._tracer().span_processor.shutdown()
        tracing._tracer.cache_clear()
        server.shutdown()


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes}


def test_a_request_is_a_span_below_its_callers(collector: Collector, client: Client) -> None:
    client.get("/health/live?name=secret", headers={"traceparent": CALLER, "X-Request-ID": "request-of-mine"})

    span = collector.spans()["GET live"]
    assert span.trace_id.hex() == CALLER.split("-")[1]
    assert span.parent_span_id.hex() == CALLER.split("-")[2]
    assert attributes(span) == {
        "http.request.method": "GET",
        "http.route": "live",
        "http.response.status_code": "200",
        "kbqa.request_id": "request-of-mine",
    }
    assert not any(b"secret" in body for body in collector.bodies)


def test_a_stage_is_a_span_below_the_request_that_began_it_even_after_its_end(collector: Collector) -> None:
    with tracing.request_span("POST", {"Traceparent": CALLER}):
        trace = Trace()
    with trace.stage("read"):
        pass

    spans = collector.spans()
    assert spans["read"].trace_id == spans["POST"].trace_id
    assert spans["read"].parent_span_id == spans["POST"].span_id


def test_without_a_collector_nothing_is_traced() -> None:
    with tracing.request_span("GET", {}) as span:
        assert span is None
    assert tracing.here() is None
