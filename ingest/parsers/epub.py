"""EPUB: the chapters in reading order, each read as HTML; covers and tables of contents are left out."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from ingest.errors import CorruptSource, EncryptedSource
from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .html import add_html, decode_html
from .xmlsafe import parse_xml

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}CipherReference"


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        title, chapters = _contents(archive)
        _refuse_locked(archive, chapters)
        for number, chapter in enumerate(chapters, start=1):
            add_html(builder, decode_html(archive.read(chapter)))
            context.progress(number, len(chapters))
    return builder.build(media_type=source.media_type, title=title, no_text="The book holds no text.")


def _contents(archive: Archive) -> tuple[str, list[str]]:
    """The book's title and its chapters' parts."""
    container = parse_xml(archive.read("META-INF/container.xml"))
    root = next(container.iter(f"{_CONTAINER}rootfile"), None)
    package_part = "" if root is None else root.get("full-path", "")
    package = parse_xml(archive.read(package_part))
    folder = posixpath.dirname(package_part)
    parts = {}
    for entry in package.iter(f"{_OPF}item"):
        if "nav" not in entry.get("properties", "").split():
            href = unquote(entry.get("href", "").split("#")[0])
            parts[entry.get("id", "")] = posixpath.normpath(posixpath.join(folder, href))
    spine = [parts[ref] for entry in package.iter(f"{_OPF}itemref") if (ref := entry.get("idref", "")) in parts]
    chapters = [part for part in spine if part in archive and not part.lower().endswith((".svg", ".jpg", ".png"))]
    if not chapters:
        raise CorruptSource("The book is damaged: it names no chapters.")
    title = next((entry.text for entry in package.iter(_TITLE) if entry.text), "")
    return title or "", chapters


def _refuse_locked(archive: Archive, chapters: list[str]) -> None:
    """Books from a shop may be encrypted; fonts often are, which does not matter."""
    if "META-INF/encryption.xml" not in archive:
        return
    locked = {
        unquote(entry.get("URI", "")) for entry in parse_xml(archive.read("META-INF/encryption.xml")).iter(_ENCRYPTED)
    }
    if locked & set(chapters):
        raise EncryptedSource("The book is protected against copying and cannot be read.")
