"""Fetching an address: nothing that is not public is ever connected to, seen from a listening socket."""

import ast
import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote

import pytest

from kbqa.errors import AddressRefused, Busy, FileTooLarge, Invalid, Unreachable
from kbqa.fetch import Policy, fetch_url, is_public
from tests.web_server import web_server

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = ipaddress.ip_address("93.184.216.34")
LOOPBACK = ipaddress.ip_address("127.0.0.1")
STAND_IN = ipaddress.ip_address("127.9.9.9")

HTTP_CLIENTS = {
    "http.client", "urllib.request", "urllib3", "requests", "httpx", "httpx2", "httpcore", "aiohttp", "ftplib",
    "smtplib", "poplib", "imaplib", "xmlrpc.client", "websocket", "websockets", "pycurl", "tornado.httpclient",
}  # fmt: skip

# Addresses by which something that is not public can be named; `{port}` is a socket that listens.
FORMS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://localhost.:{port}/", "http://LOCALHOST:{port}/",
    "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/",
    "http://017700000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0177.0.0.1:{port}/", "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/", "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/", "http://[64:ff9b::a9fe:a9fe]:{port}/", "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/", "http://[2001:0:7f00:1::]:{port}/", "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/", "http://[fc00::1]:{port}/", "http://[fd00:ec2::254]:{port}/",
    "http://[ff02::1]:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/", "http://１２７.0.0.1:{port}/",
    "http://10.0.0.1:{port}/", "http://172.16.0.1:{port}/", "http://192.168.0.1:{port}/", "http://100.64.0.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/", "http://100.100.100.200:{port}/", "http://168.63.129.16:{port}/",
    "http://192.0.0.192:{port}/", "http://192.88.99.1:{port}/", "http://198.18.0.1:{port}/", "http://192.0.2.1:{port}/",
    "http://224.0.0.1:{port}/", "http://240.0.0.1:{port}/", "http://255.255.255.255:{port}/",
]  # fmt: skip
METADATA_HOSTS = [
    "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
    "metadata.azure.internal", "metadata.azure.com", "metadata.tencentyun.com", "metadata.platformequinix.com",
    "metadata.packet.net", "rancher-metadata", "kubernetes.default.svc", "169.254.169.254.nip.example",
]  # fmt: skip
NO_ADDRESS = [
    "", " ", "example", "//127.0.0.1/", "file:///etc/passwd", "ftp://example.org/a", "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/", "data:text/plain,hello", "javascript:alert(1)", "http://", "http:///a",
    "http:127.0.0.1",
    "http://user@example.org/", "http://user:word@127.0.0.1:{port}/", "http://example.org@127.0.0.1:{port}/",
    "http://example.org\\@127.0.0.1:{port}/", "http://example.org:port/", "http://example.org:99999/",
    "http://127.0.0.1:{port}/\r\nHost: other", "http://[::1", "http://exa mple.org/", "jar:http://127.0.0.1!/a",
]  # fmt: skip


class Listener:
    """A socket that counts who knocks, on every loopback address of both families."""

    def __init__(self) -> None:
        self.knocks = 0
        self._server = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.knocks += 1
            connection.close()

    def close(self) -> None:
        self._server.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


class NameServer:
    """Answers for this machine's resolver: numbers in any spelling, `localhost`, and what a test says of a name.

    A name has a list of answers, one for each time it is asked, as with a TTL of 0; the last one stays.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._ask = socket.getaddrinfo

    def look(self, host: str, *rest: object, **more: object) -> list[tuple[object, ...]]:
        name = host.rstrip(".").lower()
        self.asked.append(name)
        if name in self.answers:
            said = self.answers[name]
            addresses = said.pop(0) if len(said) > 1 else said[0]
            return [found for each in addresses for found in self._ask(each, *rest, **more)]  # type: ignore[arg-type]
        if name == "localhost":
            return self._ask("127.0.0.1", *rest, **more)  # type: ignore[arg-type]  # as given
        return self._ask(host, *rest, **{**more, "flags": socket.AI_NUMERICHOST})  # type: ignore[arg-type]  # as given


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    """No name is asked of the network."""
    server = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", server.look)
    return server


def fetched(url: str, policy: Policy | None = None) -> tuple[str, str, bytes]:
    with fetch_url(url, policy) as found:
        return found.url, found.name, b"".join(found.pieces())


@pytest.mark.parametrize("form", FORMS)
def test_no_spelling_of_an_address_that_is_not_public_is_connected_to(listener: Listener, form: str):
    with pytest.raises(Invalid):
        fetched(form.format(port=listener.port))

    assert listener.knocks == 0


@pytest.mark.parametrize("form", NO_ADDRESS)
def test_what_is_no_web_address_is_refused(listener: Listener, form: str):
    with pytest.raises(AddressRefused):
        fetched(form.format(port=listener.port))

    assert listener.knocks == 0


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(["127.0.0.1"], id="A"),
        pytest.param(["10.0.0.7"], id="A, private"),
        pytest.param(["93.184.216.34", "127.0.0.1"], id="two A"),
        pytest.param(["::1", "93.184.216.34"], id="AAAA and A"),
        pytest.param(["2606:4700::1111", "127.0.0.1"], id="A and AAAA"),
        pytest.param(["::ffff:127.0.0.1", "93.184.216.34"], id="mapped AAAA and A"),
        pytest.param(["169.254.169.254"], id="CNAME to a metadata service"),
    ],
)
def test_a_name_with_one_address_that_is_not_public_is_refused(
    names: NameServer, listener: Listener, answers: list[str]
):
    names.answers["rebinding.example"] = [answers]

    with pytest.raises(AddressRefused):
        fetched(f"http://rebinding.example:{listener.port}/")

    assert listener.knocks == 0
    assert names.asked == ["rebinding.example"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_changes_its_mind_is_connected_at_the_address_that_was_checked(
    names: NameServer, listener: Listener, scheme: str
):
    names.answers["rebinding.example"] = [[str(PUBLIC)], [str(LOOPBACK)]]

    with pytest.raises(AssertionError, match=str(PUBLIC)):  # the suite's guard saw where it went
        fetched(f"{scheme}://rebinding.example:{listener.port}/")

    assert listener.knocks == 0
    assert "rebinding.example" not in names.asked[1:]  # asked once, and never again to connect


@pytest.mark.parametrize("host", METADATA_HOSTS)
def test_no_metadata_service_is_connected_to(names: NameServer, listener: Listener, host: str):
    names.answers[host] = [["169.254.169.254"]]  # as a cloud's resolver answers

    for path in ("/", "/latest/meta-data/iam/security-credentials/", "/computeMetadata/v1/"):
        with pytest.raises(AddressRefused):
            fetched(f"http://{host}:{listener.port}{path}")

    assert listener.knocks == 0


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "8.8.8.8"])
def test_public_addresses_are_public(address: str):
    assert is_public(ipaddress.ip_address(address))


# --- what a permitted server may do: the policy of these tests permits loopback alone


class Page(BaseHTTPRequestHandler):
    """Does what the path says."""

    hosts: list[str] = []
    bodies = MappingProxyType({"/page": b"<title>Oaks</title><p>Oaks grow slowly.</p>", "/a%20b/notes.md": b"# Notes"})

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        path, _, target = self.path.partition("?to=")
        if path.startswith("/moved/"):
            return self._begin(int(path.split("/")[2]), Location=unquote(target).encode().decode("latin-1"))
        match path:
            case "/loop":
                self._begin(302, Location="/loop")
            case "/endless":
                self._begin(200)
                self._repeat(b"x" * 65_536, pause_s=0)
            case "/drip":
                self._begin(200)
                self._repeat(b"x", pause_s=0.05)
            case "/drip-headers":
                self._repeat(b"X", pause_s=0.05)
            case "/short":
                self._begin(200, **{"Content-Length": "1000"})
                self.wfile.write(b"only this")
            case "/bomb":
                self._begin(200, **{"Content-Encoding": "gzip"})
                self.wfile.write(gzip.compress(b"\0" * (8 << 20)))
            case "/gzip":
                self._begin(200, **{"Content-Encoding": "gzip", "Content-Type": "text/plain"})
                self.wfile.write(gzip.compress(b"small"))
            case "/torn-gzip":
                self._begin(200, **{"Content-Encoding": "gzip"})
                self.wfile.write(gzip.compress(b"small" * 100)[:-10])
            case "/brotli":
                self._begin(200, **{"Content-Encoding": "br"})
            case _ if path in self.bodies:
                self._begin(200, **{"Content-Type": "text/html; charset=utf-8"})
                self.wfile.write(self.bodies[path])
            case _:
                self._begin(404)
        return None

    def _begin(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _repeat(self, piece: bytes, *, pause_s: float) -> None:
        try:
            for _ in range(4_000):
                self.wfile.write(piece)
                time.sleep(pause_s)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with web_server(Page) as port:
        yield f"http://pages.example:{port}"


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    """The same pages at an address that plays a public one, while all others of this machine stay its own."""
    with ExitStack() as stack:
        try:
            port = stack.enter_context(web_server(Page, host=str(STAND_IN)))
        except OSError:
            pytest.skip("this system has one loopback address only")
        yield f"http://{STAND_IN}:{port}"


@pytest.fixture
def policy() -> Callable[..., Policy]:
    def _policy(**limits: float) -> Policy:
        return Policy(
            resolve=lambda host, port: [LOOPBACK if host == "pages.example" else ipaddress.ip_address("10.0.0.7")],
            permits=lambda address: address == LOOPBACK,
            **limits,  # type: ignore[arg-type]  # its own
        )

    return _policy


def test_a_page_is_fetched_in_its_hosts_name_under_a_name_that_tells_where_from(pages: str, policy):
    url, name, body = fetched(f"{pages}/page#part", policy())

    assert (url, name, body) == (f"{pages}/page#part", "pages.example - page.html", Page.bodies["/page"])
    assert Page.hosts[-1] == pages.removeprefix("http://")


@pytest.mark.parametrize("path", ["/a b/notes.md", "/a%20b/notes.md"])
def test_a_path_in_any_spelling_asks_for_the_same(pages: str, policy, path: str):
    if " " in path:
        with pytest.raises(AddressRefused):
            fetched(pages + path, policy())
    else:
        assert fetched(pages + path, policy())[2] == b"# Notes"


def test_packed_contents_are_unpacked(pages: str, policy):
    assert fetched(f"{pages}/gzip", policy())[1:] == ("pages.example - gzip.txt", b"small")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_where_it_may_be_and_refused_where_not(
    pages: str, policy, listener: Listener, code: int
):
    assert fetched(f"{pages}/moved/{code}?to=/page", policy())[2] == Page.bodies["/page"]

    for target in (
        f"http://inside.example:{listener.port}/",
        f"//inside.example:{listener.port}/",
        "file:///etc/passwd",
        f"http://user@pages.example:{listener.port}/",
    ):
        with pytest.raises(AddressRefused):
            fetched(f"{pages}/moved/{code}?to={target}", policy())
    assert listener.knocks == 0


@pytest.mark.parametrize("depth", [1, 5])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_leads_to_an_address_that_is_not_public(
    outside: str, names: NameServer, listener: Listener, code: int, depth: int
):
    """Up to as many redirects as are followed, the last of which leads where none may."""
    names.answers = {host: [["169.254.169.254"]] for host in METADATA_HOSTS}

    def behind(url: str) -> str:
        for _ in range(depth):
            url = f"{outside}/moved/{code}?to={quote(url, safe='')}"
        return url

    policy = Policy(permits=lambda address: address == STAND_IN or is_public(address))
    assert fetched(behind(f"{outside}/page"), policy)[2] == Page.bodies["/page"]
    for form in [*FORMS, *(f"http://{host}:{{port}}/" for host in METADATA_HOSTS)]:
        with pytest.raises(Invalid):
            fetched(behind(form.format(port=listener.port)), policy)

    assert listener.knocks == 0


def test_redirects_end(pages: str, policy):
    with pytest.raises(Unreachable, match="more than 5 times"):
        fetched(f"{pages}/loop", policy())


@pytest.mark.parametrize("path", ["/endless", "/bomb"])
def test_no_more_is_read_than_may_be_kept(pages: str, policy, path: str):
    with pytest.raises(FileTooLarge):
        fetched(pages + path, policy(max_bytes=1 << 20))


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_a_server_that_drips_is_cut_off_in_time(pages: str, policy, path: str):
    started = time.monotonic()

    with pytest.raises(Unreachable, match="too long"):
        fetched(pages + path, policy(max_seconds=0.5))

    assert time.monotonic() - started < 5  # half a second, and what a busy machine adds


@pytest.mark.parametrize("path", ["/short", "/torn-gzip", "/brotli", "/none", "/moved/302"])
def test_what_is_broken_is_not_kept(pages: str, policy, path: str):
    with pytest.raises(Unreachable):
        fetched(pages + path, policy())


def test_only_so_many_are_fetched_side_by_side(pages: str, policy):
    with fetch_url(f"{pages}/page", policy()), fetch_url(f"{pages}/page", policy()), pytest.raises(Busy):
        fetched(f"{pages}/page", policy())

    assert fetched(f"{pages}/page", policy())


def test_proxies_of_the_environment_are_not_looked_at(pages: str, policy, listener: Listener, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")

    fetched(f"{pages}/page", policy())

    assert listener.knocks == 0


def test_no_other_module_imports_an_http_client():
    importers = set()
    for package in ("kbqa", "ingest", "inference"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                if any(name in HTTP_CLIENTS or name.partition(".")[0] in HTTP_CLIENTS for name in names):
                    importers.add(str(path.relative_to(ROOT)))

    # fetch.py opens what a person typed; endpoint.py the one address that the administrator set
    assert importers == {"kbqa/fetch.py", "kbqa/endpoint.py"}
