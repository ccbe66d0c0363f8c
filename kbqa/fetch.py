"""The one place that opens an address somebody typed; no other module may import an HTTP client.

A host is resolved once a hop, every address it has must be public, and the connection
goes to the address that was checked, under the host's own name (SNI, `Host`). Each
redirect is checked as if it had been typed. Time, size and hops are limited; proxies
and credentials of the environment are never looked at.
"""

import http.client
import ipaddress
import mimetypes
import socket
import ssl
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from .errors import AddressRefused, Busy, FileTooLarge, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_MOVED = (301, 302, 303, 307, 308)
_PIECE = 1 << 16
_IN_MEMORY = 1 << 20
_SIDE_BY_SIDE = 2  # fetches at once; each may hold a thread of the website for a minute
_slots = threading.BoundedSemaphore(_SIDE_BY_SIDE)

# Not public although `is_global` says so (or may say so in some release of Python).
_REFUSED = [
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # a cloud's wire server
        "::/8",  # IPv4 written as IPv6: mapped, compatible and translated forms
        "64:ff9b::/96",  # NAT64: the private network behind the translator
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
]


def resolve(host: str, port: int) -> list[Address]:
    """Every address the host has now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


def is_public(address: Address) -> bool:
    """Whether the address is somebody else's, in the public internet."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if any(address.version == block.version and address in block for block in _REFUSED):
        return False
    return not _is_our_own(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be opened and how much of it; the resolver is a part, so that a test can lie."""

    resolve: Callable[[str, int], Sequence[Address]] = resolve
    permits: Callable[[Address], bool] = is_public
    max_seconds: float = 60.0
    max_bytes: int = 50 << 20
    max_redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address gave: its bytes, decoded, and a file name that says where they came from."""

    url: str
    name: str
    body: BinaryIO

    def pieces(self) -> Iterator[bytes]:
        while piece := self.body.read(_PIECE):
            yield piece


@contextmanager
def fetch_url(url: str, policy: Policy | None = None) -> Iterator[Fetched]:
    """The contents behind a public http(s) address, until the block ends.

    Raises AddressRefused before any connection is made, Unreachable, FileTooLarge, or Busy.
    """
    policy = policy or Policy()
    if not _slots.acquire(blocking=False):
        raise Busy("Other addresses are being fetched; try again in a moment.", retry_after_s=10)
    try:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            yield _follow(url.strip(), policy, body)  # type: ignore[arg-type]  # a spooled file is a BinaryIO
    finally:
        _slots.release()


def _follow(url: str, policy: Policy, body: BinaryIO) -> Fetched:
    """Hop after hop, each checked as if it were the first."""
    deadline = time.monotonic() + policy.max_seconds
    for _hop in range(policy.max_redirects + 1):
        parts = web_address(url)
        with closing(_connected(parts, policy, deadline)) as connection, _cut_off_at(deadline, connection):
            try:
                response = _asked(connection, parts)
                if response.status not in _MOVED:
                    return _kept(url, response, policy, deadline, body)
                location = response.headers.get("Location", "")
            except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
                raise _unreachable(deadline, "The address did not answer properly.") from error
        if not location:
            raise Unreachable("The address moved without saying where to.", field="url")
        url = urljoin(url, location)
    raise Unreachable(f"The address was redirected more than {policy.max_redirects} times.", field="url")


def web_address(url: str) -> SplitResult:
    """The parts of an address that may be fetched; AddressRefused for any other, before anything is asked."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError as error:
        raise AddressRefused("This is not a web address.", field="url") from error
    if not valid or any(char <= " " or char == "\x7f" for char in url):
        raise AddressRefused("Only addresses that begin with http:// or https:// can be fetched.", field="url")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("An address with a user name or password in it is not fetched.", field="url")
    return parts


def _connected(parts: SplitResult, policy: Policy, deadline: float) -> "_Pinned":
    """A connection to an address of the host that was checked; none is made if any of them is not public."""
    host, port = _ascii_host(parts), parts.port or _PORTS[parts.scheme]
    try:
        addresses = policy.resolve(host, port)
    except (OSError, ValueError, UnicodeError) as error:
        raise Unreachable("There is no host of this name.", field="url") from error
    if not addresses:
        raise Unreachable("There is no host of this name.", field="url")
    if not all(policy.permits(address) for address in addresses):
        raise AddressRefused("This address is not in the public internet.", field="url")
    return _Pinned(host, port, address=addresses[0], secure=parts.scheme == "https", deadline=deadline)


def _asked(connection: "_Pinned", parts: SplitResult) -> http.client.HTTPResponse:
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = {"User-Agent": "KBQA", "Accept": "*/*", "Accept-Encoding": "gzip, identity", "Connection": "close"}
    connection.request("GET", _ascii_target(target), headers=headers)
    return connection.getresponse()


def _kept(url: str, response: http.client.HTTPResponse, policy: Policy, deadline: float, body: BinaryIO) -> Fetched:
    if response.status != 200:
        raise Unreachable(f"The address answered {response.status}.", field="url")
    size = 0
    for piece in _decoded(response):
        size += len(piece)
        if size > policy.max_bytes:
            raise FileTooLarge(f"The address gives more than {policy.max_bytes >> 20} MB.", field="url")
        body.write(piece)
    if time.monotonic() >= deadline or response.length:  # cut off by us, or shorter than announced
        raise _unreachable(deadline, "The address stopped in the middle.")
    body.seek(0)
    return Fetched(url=url, name=_name(url, response.headers.get_content_type()), body=body)


def _decoded(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body in pieces of bounded size, however far it unpacks."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding == "identity":
        while piece := response.read1(_PIECE):
            yield piece
        return
    if coding not in ("gzip", "x-gzip"):
        raise Unreachable("The address sends its contents in a form that was not asked for.", field="url")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while packed := response.read1(_PIECE):
        while packed:
            yield unpack.decompress(packed, _PIECE)
            packed = unpack.unconsumed_tail
    yield unpack.flush()
    if not unpack.eof:
        raise http.client.IncompleteRead(b"")


def _name(url: str, media_type: str) -> str:
    """A file name from the whole address: two pages are two documents, one page again is its next version."""
    parts = urlsplit(url)
    path = " - ".join(part for part in unquote(parts.path, errors="replace").split("/") if part)
    query = f" {unquote(parts.query, errors='replace')}" if parts.query else ""
    name = f"{parts.hostname}{' - ' + path if path else ''}{query}".replace("/", "-").replace("\\", "-")
    suffix = mimetypes.guess_extension(media_type) or ""
    return name if not suffix or mimetypes.guess_type(name)[0] == media_type else name + suffix


def _unreachable(deadline: float, otherwise: str) -> Unreachable:
    late = time.monotonic() >= deadline
    return Unreachable("The address took too long." if late else otherwise, field="url")


def _ascii_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise AddressRefused("This is not a web address.", field="url") from error


def _ascii_target(target: str) -> str:
    return "".join(char if char < "\x7f" else "".join(f"%{byte:02X}" for byte in char.encode()) for char in target)


def _is_our_own(address: Address) -> bool:
    """An address of this machine is one that a socket can be bound to here."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
        return True


@contextmanager
def _cut_off_at(deadline: float, connection: "_Pinned") -> Iterator[None]:
    """A server that sends a byte now and then never trips a socket's own time limit; this one it does."""
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, in the name of a host."""

    def __init__(self, host: str, port: int, *, address: Address, secure: bool, deadline: float) -> None:
        super().__init__(host, port, timeout=max(0.01, deadline - time.monotonic()))
        self.default_port = _PORTS["https" if secure else "http"]
        self._address, self._secure = address, secure
        self._line: socket.socket | None = None

    def connect(self) -> None:
        plain = socket.create_connection((str(self._address), self.port), self.timeout)
        self.sock = self._line = plain
        if self._secure:
            secured = ssl.create_default_context().wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self._line = secured  # before the handshake, so that this can be cut off too
            secured.do_handshake()

    def cut(self) -> None:
        """From another thread: whoever reads gets the end."""
        with suppress(OSError):
            if self._line is not None:  # `sock` itself is gone once the response has begun
                self._line.shutdown(socket.SHUT_RDWR)
