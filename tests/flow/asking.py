"""Asking a running site over plain sockets and HTTP, as clients do that know nothing of us."""

import json
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .site import Site


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and how long it took."""

    status: int
    body: dict[str, Any]
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)


def ask(site: Site, question: str, *, timeout: float = 60, **more: object) -> Reply:
    """One question as JSON."""
    request = urllib.request.Request(
        f"{site.url}/api/v1/answers",
        data=json.dumps({"question": question, **more}).encode(),
        headers={"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"},
    )
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return Reply(response.status, json.load(response), time.perf_counter() - started, _fields(response))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, json.load(error), time.perf_counter() - started, _fields(error))


def open_stream(site: Site, question: str) -> socket.socket:
    """A question as a stream, on a socket that can be closed at any moment."""
    address = urlsplit(site.url)
    body = json.dumps({"question": question, "stream": True}).encode()
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    head = (
        f"POST /api/v1/answers HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {site.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def read_until(connection: socket.socket, what: bytes) -> bytes:
    """All that came until ``what`` came; AssertionError when the stream ends without it."""
    heard = b""
    while what not in heard:
        piece = connection.recv(65536)
        assert piece, f"the stream ended without {what!r}: {heard[-300:]!r}"
        heard += piece
    return heard


def metrics_text(site: Site) -> str:
    request = urllib.request.Request(f"{site.url}/metrics", headers={"Authorization": f"Bearer {site.key}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return str(response.read().decode())


def gauge(site: Site, name: str) -> float:
    """One number of /metrics."""
    for line in metrics_text(site).splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    raise AssertionError(f"/metrics has no {name}")


def total(site: Site, name: str) -> float:
    """One counter of /metrics, over all its labels that were ever counted."""
    return sum(float(line.split()[-1]) for line in metrics_text(site).splitlines() if line.startswith(f"{name}{{"))


def _fields(response: Any) -> dict[str, str]:  # Any: a response or the error that is one
    return {name.lower(): value for name, value in response.headers.items()}
