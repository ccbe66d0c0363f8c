"""A site on loopback that a policy calls public, and a collection to import into."""

import gzip
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from kbqa.accounts.models import User
from kbqa.documents.models import Collection
from kbqa.fetch import Policy
from kbqa.imports import tasks
from kbqa.imports.models import ImportRun
from kbqa.imports.running import run_continue
from tests import factories
from tests.web_server import web_server

LOOPBACK = ipaddress.ip_address("127.0.0.1")
POLICY = Policy(resolve=lambda host, port: [LOOPBACK], permits=lambda address: True)


@dataclass
class WebSite:
    """What it serves: path → bytes, or where it sends one on to; and which paths were asked for."""

    port: int = 0
    pages: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = "site.example") -> str:
        return f"http://{host}:{self.port}{path}"

    def sitemap(self, *urls: str, kind: str = "urlset", packed: bool = False) -> bytes:
        entry = "url" if kind == "urlset" else "sitemap"
        places = "".join(f"<{entry}><loc> {url} </loc><lastmod>2024-01-01</lastmod></{entry}>" for url in urls)
        xml = f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</{kind}>'
        return gzip.compress(xml.encode()) if packed else xml.encode()


@pytest.fixture
def site() -> Iterator[WebSite]:
    served = WebSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if to := served.moved.get(self.path):
                self.send_response(302)
                self.send_header("Location", to)
                self.end_headers()
                return
            body = served.pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html" if self.path.endswith(".html") else "text/plain")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *said: object) -> None:
            """Nothing: a test's output is its own."""

    with web_server(Handler) as served.port:
        yield served


@pytest.fixture
def editor(db: None) -> User:
    return factories.user(is_superuser=True)


@pytest.fixture
def collection(editor: User) -> Collection:
    return factories.collection(owner=editor)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Messages to workers are noted instead of sent."""
    sent: list[str] = []
    monkeypatch.setattr(tasks.continue_import, "delay", sent.append)
    return sent


def carried_out(run: ImportRun) -> ImportRun:
    """As a worker would, to the end."""
    while run_continue(run.pk, policy=POLICY):
        pass
    run.refresh_from_db()
    return run
