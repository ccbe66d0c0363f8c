"""Files of Office before 2007 made for tests: the least that Word, PowerPoint and Outlook would write."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.ole_file import Tree, ole_file

_FIB_BYTES = 0x400  # what stands before a document's text


def doc_file(*paragraphs: str, protected: bool = False, **more: bytes) -> bytes:
    """Plain paragraphs in one piece of UTF-16 ([MS-DOC]), and ``more`` streams by name."""
    text = "".join(f"{paragraph}\r" for paragraph in paragraphs).encode("utf-16-le")
    num_chars = len(text) // 2
    pieces = struct.pack("<IIHIH", 0, num_chars, 0, _FIB_BYTES, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    fib = bytearray(_FIB_BYTES)
    struct.pack_into("<6H", fib, 0, 0xA5EC, 0x00C1, 0, 0x0409, 0, 0x0300 if protected else 0x0200)
    struct.pack_into("<H", fib, 0x20, 0x0E)
    struct.pack_into("<H", fib, 0x3E, 0x16)
    struct.pack_into("<i", fib, 0x4C, num_chars)
    struct.pack_into("<H", fib, 0x98, 0x5D)
    struct.pack_into("<II", fib, 0x9A + 33 * 8, 0, len(clx))
    return ole_file({"WordDocument": bytes(fib) + text, "1Table": clx, **more})


def summary(title: bytes, *, code_page: int, kind: int = 30, length: int | None = None) -> dict[str, bytes]:
    """The stream that declares a title ([MS-OLEPS]), a string of one byte a letter unless another ``kind`` is given."""
    length = len(title) + 1 if length is None else length
    title = title.ljust(len(title) // 4 * 4 + 4, b"\0")
    values = [struct.pack("<II", 2, code_page), struct.pack("<II", kind, length) + title]
    section = struct.pack("<IIIII", 2, 1, 24, 2, 24 + len(values[0])) + b"".join(values)
    kind = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
    head = struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0x20006, b"", 1, kind, 48)
    return {"\5SummaryInformation": head + struct.pack("<I", len(section) + 4) + section}


def word_95_file(*paragraphs: str, encoding: str = "cp1252") -> bytes:
    """A byte a letter, in the code page of whoever wrote it."""
    text = "".join(f"{paragraph}\r" for paragraph in paragraphs).encode(encoding)
    fib = bytearray(_FIB_BYTES)
    struct.pack_into("<6H", fib, 0, 0xA5DC, 0x0065, 0, 0x0409, 0, 0)
    struct.pack_into("<II", fib, 0x18, _FIB_BYTES, _FIB_BYTES + len(text))
    struct.pack_into("<I", fib, 0x34, len(text))
    return ole_file({"WordDocument": bytes(fib) + text})


def ppt_file(*slides: tuple[str, Sequence[str]]) -> bytes:
    """Slides of a title and lines ([MS-PPT])."""
    listed = b""
    for number, (title, lines) in enumerate(slides):
        listed += _record(0x03F3, struct.pack("<IIiIi", number + 2, 0, 2, 256 + number, 0))
        listed += _text(0, title) + _text(1, "\r".join(lines))
    document = _record(0x03E8, _record(0x03E9, bytes(40), version=1) + _record(0x0FF0, listed, version=15), version=15)
    user = _record(0x0FF6, struct.pack("<IIIHHBBH", 0x14, 0xE391C05F, 0, 0, 0x03F4, 3, 0, 0))
    return ole_file({"PowerPoint Document": document, "Current User": user})


def msg_properties(*fixed: tuple[int, int, int], head: int = 32) -> bytes:
    """Properties of a fixed size, each (id, type, value); the head is shorter inside a message or an attachment."""
    rows = (struct.pack("<IIQ", (number << 16) | kind, 6, value) for number, kind, value in fixed)
    return bytes(head) + b"".join(rows)


def msg_texts(kept: dict[int, str], *, encoding: str = "utf-16-le") -> dict[str, bytes]:
    """Properties that are strings, by id."""
    kind = "001F" if encoding == "utf-16-le" else "001E"
    return {f"__substg1.0_{number:04X}{kind}": text.encode(encoding) for number, text in kept.items()}


def msg_attachment(name: str, content: bytes, *, mime: str = "text/plain") -> Tree:
    return {
        "__properties_version1.0": msg_properties(head=8),
        "__substg1.0_37010102": content,
        **msg_texts({0x3707: name, 0x370E: mime}),
    }


def msg_time(moment: datetime) -> int:
    """Hundreds of nanoseconds since 1601."""
    return int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7


def _record(kind: int, body: bytes, *, version: int = 0) -> bytes:
    return struct.pack("<HHI", version, kind, len(body)) + body


def _text(kind: int, text: str) -> bytes:
    return _record(0x0F9F, struct.pack("<I", kind)) + _record(0x0FA0, text.encode("utf-16-le"))
