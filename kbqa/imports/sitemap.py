"""A site's own list of its pages (sitemaps.org): read through `fetch_url` alone, bounded, and only of that site."""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from ingest.errors import CorruptSource
from ingest.parsers.xmlsafe import parse_xml
from kbqa.errors import ApplicationError, FileTooLarge, Invalid
from kbqa.fetch import Policy, fetch_url

MAX_PAGES = 500
MAX_SITEMAPS = 20
MAX_SITEMAP_BYTES = 10 << 20
MAX_SITEMAP_S = 20.0
MAX_LISTING_S = 60.0
MAX_PAGE_S = 20.0
_USUAL_PORTS = (None, 80, 443)


@dataclass(frozen=True, slots=True)
class Listing:
    """The places named, in their order, and a sentence about what was left out."""

    places: list[str]
    left_out: str = ""
    is_whole: bool = True


def page_policy(policy: Policy | None) -> Policy:
    """For each of many pages: no one of them may hold up the others for long."""
    return replace(policy or Policy(), max_seconds=MAX_PAGE_S)


def site_of(url: str) -> tuple[str, int | None]:
    """What makes two addresses one site: the host, and a port that is not the usual one."""
    parts = urlsplit(url)
    return parts.hostname or "", None if parts.port in _USUAL_PORTS else parts.port


def sitemap_pages(url: str, policy: Policy | None = None) -> Listing:
    """The pages of a sitemap or an index of sitemaps; raises what `fetch_url` raises, or Invalid for another file."""
    policy = replace(policy or Policy(), max_bytes=MAX_SITEMAP_BYTES, max_seconds=MAX_SITEMAP_S)
    deadline = time.monotonic() + MAX_LISTING_S
    root, site = _read(url, policy)
    if _local(root) == "urlset":
        return _bounded(dict.fromkeys(_places(root)), site, sitemaps_left=0)
    indexed = [place for place in dict.fromkeys(_places(root)) if _is_of(place, site)]
    pages: dict[str, None] = {}
    read = 0
    for place in indexed[:MAX_SITEMAPS]:
        if len(pages) > MAX_PAGES or time.monotonic() > deadline:
            break
        try:
            below, _site = _read(place, policy)
        except ApplicationError:  # one list of many that is not there; the number left out tells
            continue
        pages |= dict.fromkeys(_places(below)) if _local(below) == "urlset" else {}
        read += 1
    return _bounded(pages, site, sitemaps_left=len(indexed) - read)


def _read(url: str, policy: Policy) -> tuple[etree._Element, tuple[str, int | None]]:
    with fetch_url(url, policy) as fetched:
        content = b"".join(fetched.pieces())
        site = site_of(fetched.url)
    try:
        root = parse_xml(_unpacked(content))
    except (CorruptSource, zlib.error) as error:
        raise Invalid("The address gives no sitemap.", field="source") from error
    if _local(root) not in ("urlset", "sitemapindex"):
        raise Invalid("The address gives no sitemap.", field="source")
    return root, site


def _unpacked(content: bytes) -> bytes:
    """A sitemap may lie there packed; no more of it is unpacked than one may hold."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    plain = unpack.decompress(content, MAX_SITEMAP_BYTES)
    if unpack.unconsumed_tail:
        raise FileTooLarge(f"The address gives more than {MAX_SITEMAP_BYTES >> 20} MB.", field="source")
    return plain


def _places(root: etree._Element) -> Iterator[str]:
    """What `loc` says, of each entry; a picture's own, deeper down, is none."""
    for entry in root:
        for field in entry:
            if _local(field) == "loc" and field.text and field.text.strip():
                yield field.text.strip()[:2_000]


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _bounded(pages: dict[str, None], site: tuple[str, int | None], *, sitemaps_left: int) -> Listing:
    own = [page for page in pages if _is_of(page, site)]
    said = []
    if foreign := len(pages) - len(own):
        said.append(f"Addresses of other sites left out: {foreign:,}.")
    if len(own) > MAX_PAGES:
        said.append(f"Only the first {MAX_PAGES:,} pages are taken.")
    if sitemaps_left:
        said.append(f"Further lists of pages not read: {sitemaps_left:,}.")
    return Listing(own[:MAX_PAGES], " ".join(said), is_whole=len(own) <= MAX_PAGES and not sitemaps_left)


def _is_of(page: str, site: tuple[str, int | None]) -> bool:
    try:
        return site_of(page) == site
    except ValueError:
        return False
