"""E-mail: subject, people and date, then the message; attachments are named, those that are text are read.

A message that was forwarded whole follows as a section. Of a message's alternatives
the plain one is taken, unless it is empty or only says to look at the other.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import PurePath

from ingest.encoding import decode, wide_encoding
from ingest.errors import CorruptSource
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .csv import add_csv
from .html import add_html, decode_html
from .markdown import add_markdown
from .rtf import add_rtf
from .text import add_text

_POLICY = policy.default.clone(max_line_length=None)
_UTF16_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)
_HEADERS = ("From", "To", "Cc", "Date")
_MAX_PARTS = 500
MAX_LEVEL = 6  # of messages in messages
_MIN_PLAIN_CHARS = 40


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    content = source.path.read_bytes()
    if content.startswith(_UTF16_MARKS) or wide_encoding(content):
        content = decode(content).encode(errors="replace")
    message = BytesParser(policy=_POLICY).parsebytes(content)
    if not message.keys():
        raise CorruptSource("The file is named as an e-mail but holds no message.")
    add_message(builder, message, level=1)
    title = _header(message, "Subject")
    return builder.build(media_type="message/rfc822", title=title, no_text="The message holds no text.")


def add_message(builder: DocumentBuilder, message: EmailMessage, *, level: int) -> None:
    """The message as a section, and in it those that it holds."""
    builder.heading(_header(message, "Subject") or "(no subject)", level=level)
    people = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    builder.lines("\n".join(people))
    _add_parts(builder, message, level=level)


def _header(message: EmailMessage, name: str) -> str:
    """The decoded header; what cannot be decoded is shown as it stands."""
    try:
        value = message[name]
    except (ValueError, IndexError, AttributeError, TypeError, MessageError):  # malformed beyond the library's care
        value = next((raw for key, raw in message.raw_items() if key.lower() == name.lower()), "")
    text = str(value or "")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if not text.isascii() else text


def _add_parts(builder: DocumentBuilder, message: EmailMessage, *, level: int) -> None:
    leaves = _leaves(message)
    body = _body(leaves)
    if body is not None:
        _add_text_part(builder, body)
    attached = []
    for part in leaves:
        name, kind = _file_name(part), part.get_content_maintype()
        if part is body or (not name and kind in {"text", "multipart", "message"}):
            continue
        attached.append(name or f"({part.get_content_type()})")
        if kind == "text":
            builder.heading(name, level=level + 1)
            _add_text_part(builder, part)
    for name in attached:
        builder.entry(f"Attachment: {name}")
    for part in leaves:
        if part.get_content_type() == "message/rfc822" and level < MAX_LEVEL:
            for inner in _inner(part):
                add_message(builder, inner, level=level + 1)


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    """The message's own parts in order; a message among them is one of them."""
    leaves: list[EmailMessage] = []
    waiting = [message]
    while waiting and len(leaves) < _MAX_PARTS:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_inner(part)))
        else:
            leaves.append(part)
    return leaves


def _inner(part: EmailMessage) -> list[EmailMessage]:
    """The parts or messages that a part holds; none where it is malformed."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, EmailMessage)] if isinstance(payload, list) else []


def _body(leaves: list[EmailMessage]) -> EmailMessage | None:
    texts = [part for part in leaves if part.get_content_maintype() == "text" and not _file_name(part)]
    plain = next((part for part in texts if part.get_content_subtype() == "plain"), None)
    page = next((part for part in texts if part.get_content_subtype() == "html"), None)
    if plain is not None and (page is None or len(_content(plain).strip()) >= _MIN_PLAIN_CHARS):
        return plain
    return page or plain or (texts[0] if texts else None)


def _add_text_part(builder: DocumentBuilder, part: EmailMessage) -> None:
    kind, suffix = part.get_content_subtype(), PurePath(_file_name(part)).suffix.lower()
    if kind in {"html", "xhtml"} or suffix in {".html", ".htm"}:
        add_html(builder, decode_html(_content(part), declared=_charset(part)))
        return
    if kind in {"rtf", "richtext"} and _content(part).lstrip().startswith(b"{\\rtf"):
        with suppress(CorruptSource):  # the message is worth more than a part of it
            add_rtf(builder, _content(part))
        return
    text = decode(_content(part), declared=_charset(part))
    if kind == "csv" or suffix == ".csv":
        add_csv(builder, text)
    elif kind == "markdown" or suffix == ".md":
        add_markdown(builder, text)
    else:
        add_text(builder, text)


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _charset(part: EmailMessage) -> str:
    try:
        return part.get_content_charset("") or ""
    except (ValueError, LookupError):
        return ""


def _file_name(part: EmailMessage) -> str:
    """The attachment's name without any folder it claims; "" for the message's own text."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        name = ""
    return name.replace("\\", "/").rpartition("/")[2]
