"""A web server on loopback for as long as a block lasts, gone as soon as it ends: the port, and whatever still runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def web_server(handler: type[BaseHTTPRequestHandler], *, host: str = "127.0.0.1") -> Iterator[int]:
    """The port at which ``handler`` answers; OSError where the host cannot be listened on."""
    with ThreadingHTTPServer((host, 0), handler) as server:
        server.daemon_threads = True
        # by itself it looks only twice a second whether it is to stop
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
