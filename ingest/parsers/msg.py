"""Outlook messages (MSG, [MS-OXMSG]): the properties kept in an OLE container → an e-mail, which is read as one.

Of a body that is kept several times the plain text and the page are given on, the rich text only where it is alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import format_datetime
from io import BytesIO
from mimetypes import guess_type

import compressed_rtf
from olefile import OleFileIO

from ingest.clean import one_line
from ingest.encoding import decode, windows_encoding
from ingest.errors import CorruptSource
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .eml import MAX_LEVEL, add_message
from .html import decode_html

# Property ids of [MS-OXPROPS]
_SUBJECT, _SENDER_NAME, _SENDER_SMTP, _SENDER_ADDRESS = 0x0037, 0x0C1A, 0x5D01, 0x0C1F
_RECIPIENT_KIND, _NAME, _SMTP, _ADDRESS = 0x0C15, 0x3001, 0x39FE, 0x3003
_TO, _CC, _SENT, _DELIVERED = 0x0E04, 0x0E03, 0x0039, 0x0E06
_BODY, _BODY_HTML, _BODY_RTF = 0x1000, 0x1013, 0x1009
_DATA, _LONG_NAME, _SHORT_NAME, _MIME = 0x3701, 0x3707, 0x3704, 0x370E
_CODE_PAGE, _BODY_CODE_PAGE = 0x3FFD, 0x3FDE
# Types of [MS-OXCDATA]
_INTEGER, _STRING8, _UNICODE, _TIME, _BINARY, _OBJECT = 0x0003, 0x001E, 0x001F, 0x0040, 0x0102, 0x000D

_PROPERTIES = "__properties_version1.0"
_STREAM = 2  # as olefile names it
_PLAIN_HEADERS = default.clone(header_factory=HeaderRegistry(use_default_map=False))
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_INSIDE = 500


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    try:
        with OleFileIO(BytesIO(source.path.read_bytes())) as container:
            message = _message(_Storage(container), level=1)
    except (OSError, ValueError, IndexError, struct.error, RecursionError) as error:
        raise CorruptSource("The message is damaged and cannot be read.") from error
    add_message(builder, message, level=1)
    return builder.build(
        media_type=source.media_type, title=str(message["Subject"] or ""), no_text="The message holds no text."
    )


class _Storage:
    """The properties of one storage: the message itself, or an attachment's."""

    def __init__(self, container: OleFileIO, path: tuple[str, ...] = (), encoding: str = "") -> None:
        self.container, self.path = container, path
        self._fixed = self._fixed_values()
        of_message, of_body = (windows_encoding(self.number(page)) for page in (_CODE_PAGE, _BODY_CODE_PAGE))
        self.encoding = of_message or of_body or encoding
        self.body_encoding = of_body or self.encoding

    def text(self, number: int, *, encoding: str = "") -> str:
        """A string in either of the two ways of keeping it; "" for one that is not there."""
        if (kept := self._stream(number, _UNICODE)) is not None:
            return kept.decode("utf-16-le", "replace").rstrip("\0")
        kept = self._stream(number, _STRING8) or b""
        return decode(kept.rstrip(b"\0"), declared=encoding or self.encoding) if kept else ""

    def binary(self, number: int) -> bytes:
        return self._stream(number, _BINARY) or b""

    def time(self, number: int) -> str:
        kept = self._fixed.get((number, _TIME))
        if not kept:
            return ""
        try:
            return format_datetime(_EPOCH + timedelta(microseconds=int.from_bytes(kept, "little") // 10))
        except OverflowError:
            return ""

    def number(self, number: int) -> int:
        return int.from_bytes(self._fixed.get((number, _INTEGER), b"")[:4], "little")

    def inside(self, prefix: str) -> Iterator[_Storage]:
        """Its storages whose names begin so, in order: recipients, or attachments."""
        names = {name for path in self.container.listdir() if (name := self._below(path)).startswith(prefix)}
        for name in sorted(names)[:_MAX_INSIDE]:
            yield _Storage(self.container, (*self.path, name), self.encoding)

    def inner(self) -> _Storage | None:
        """The message that an attachment is."""
        path = (*self.path, f"__substg1.0_{_DATA:04X}{_OBJECT:04X}")
        return _Storage(self.container, path, self.encoding) if self.container.exists([*path, _PROPERTIES]) else None

    def _below(self, path: list[str]) -> str:
        """The storage just below this one on the way to a stream; "" on all other ways."""
        depth = len(self.path)
        return path[depth] if len(path) > depth + 1 and tuple(path[:depth]) == self.path else ""

    def _stream(self, number: int, kind: int) -> bytes | None:
        path = [*self.path, f"__substg1.0_{number:04X}{kind:04X}"]
        if not self.container.exists(path) or self.container.get_type(path) != _STREAM:
            return None
        with self.container.openstream(path) as stream:
            return bytes(stream.read())

    def _fixed_values(self) -> dict[tuple[int, int], bytes]:
        """(id, type) → the eight bytes of each property that fits into them."""
        path = [*self.path, _PROPERTIES]
        if not self.container.exists(path):
            return {}
        with self.container.openstream(path) as stream:
            kept = bytes(stream.read())
        head = len(kept) % 16 or 32  # 8 for an attachment, 24 for a message inside, 32 for the message
        rows = (kept[at : at + 16] for at in range(head, len(kept) - 15, 16))
        return {(tag >> 16, tag & 0xFFFF): row[8:] for row in rows for tag in [int.from_bytes(row[:4], "little")]}


def _message(storage: _Storage, *, level: int) -> EmailMessage:
    message = EmailMessage(policy=_PLAIN_HEADERS)
    received = [_Recipient(each) for each in storage.inside("__recip_version1.0_#")]
    headers = {
        "Subject": storage.text(_SUBJECT),
        "From": _person(storage.text(_SENDER_NAME), storage.text(_SENDER_SMTP) or storage.text(_SENDER_ADDRESS)),
        "To": ", ".join(each.name for each in received if each.kind == 1) or storage.text(_TO),
        "Cc": ", ".join(each.name for each in received if each.kind == 2) or storage.text(_CC),
        "Date": storage.time(_SENT) or storage.time(_DELIVERED),
    }
    for name, value in headers.items():
        if cleaned := one_line(value):
            message[name] = cleaned
    message.make_mixed()
    for subtype, content in _bodies(storage):
        part = EmailMessage()
        part.set_content(content, maintype="text", subtype=subtype)
        message.attach(part)
    for attached in storage.inside("__attach_version1.0_#"):
        _attach(message, attached, level=level)
    return message


def _bodies(storage: _Storage) -> Iterator[tuple[str, bytes]]:
    """(subtype of text, content), of which an e-mail's reader takes one; the mark in front says that it is UTF-8."""
    plain = storage.text(_BODY, encoding=storage.body_encoding)
    page = storage.text(_BODY_HTML, encoding=storage.body_encoding)
    if not page and (kept := storage.binary(_BODY_HTML)):
        page = decode_html(kept, declared=storage.body_encoding)
    if plain.strip():
        yield "plain", _marked(plain)
    if page.strip():
        yield "html", _marked(page)
    if not plain.strip() and not page.strip() and (rich := _rich_text(storage.binary(_BODY_RTF))):
        yield "rtf", rich


def _attach(message: EmailMessage, attached: _Storage, *, level: int) -> None:
    name = one_line(attached.text(_LONG_NAME) or attached.text(_SHORT_NAME)) or "attachment"
    if inner := attached.inner():
        if level < MAX_LEVEL:
            message.add_attachment(_message(inner, level=level + 1))
        return
    content, kind = attached.binary(_DATA), attached.text(_MIME).strip().lower()
    if kind == "multipart/signed":  # the message itself, as it was signed
        message.attach(BytesParser(policy=default).parsebytes(content))
        return
    main, _, sub = (kind or guess_type(name)[0] or "").partition("/")
    if main in ("", "multipart", "message") or not sub:
        main, sub = "application", "octet-stream"
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)


class _Recipient:
    """Whom the message went to, and how: 1 to them, 2 as a copy, 3 as one that others do not see."""

    def __init__(self, storage: _Storage) -> None:
        self.kind = storage.number(_RECIPIENT_KIND) & 0xF
        self.name = _person(storage.text(_NAME), storage.text(_SMTP) or storage.text(_ADDRESS))


def _person(name: str, address: str) -> str:
    """As in an e-mail; an address of Exchange's own directory says nothing to a reader."""
    if "@" not in address:
        return name or address
    return f"{name} <{address}>" if name.strip("' ").lower() not in ("", address.lower()) else address


def _marked(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode("utf-8", "replace")


def _rich_text(kept: bytes) -> bytes:
    """A body that is kept as compressed RTF; b"" where it is damaged."""
    if not kept:
        return b""
    try:
        return bytes(compressed_rtf.decompress(kept))
    except Exception:  # the library has no errors of its own
        return b""
