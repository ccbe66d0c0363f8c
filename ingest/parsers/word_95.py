"""What Word 95 and older wrote: a byte a letter, in its writer's code page, of which no file tells.

office-oxide takes every letter for a Western one. The bytes it stands for are read again, all of a document
by the one encoding in which they make most sense.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from olefile import OleFileIO

from ingest.encoding import likeliest_encoding

_MARKS = (b"\xdc\xa5", b"\xdb\xa5", b"\x9b\xa5", b"\x9c\xa5")  # of Word 6 and 95, 2, 1
_BYTES = {ord(bytes([byte]).decode("cp1252", "replace")): byte for byte in range(0x80, 0xA0)}


def is_of_word_95(content: bytes) -> bool:
    """Whether Word 95 or an older one wrote it."""
    try:
        with OleFileIO(BytesIO(content)) as container, container.openstream("WordDocument") as stream:
            return stream.read(2) in _MARKS
    except (OSError, ValueError, IndexError, struct.error, RecursionError):
        return False


def holds_text(node: Any) -> bool:  # Any: the library's JSON
    return any(map(str.strip, _texts(node)))


def mended(node: dict[str, Any]) -> dict[str, Any]:  # Any: the library's JSON
    """The same with each of its strings as it was meant."""
    kept = "".join(_texts(node)).translate(_BYTES).encode("latin-1", "ignore")
    found: dict[str, Any] = _decoded(node, likeliest_encoding(kept))
    return found


def _texts(node: Any) -> Iterator[str]:  # Any: JSON
    if isinstance(node, Mapping):
        yield str(node.get("text") or "")
        node = [*node.values()]
    for inner in node if isinstance(node, list) else ():
        yield from _texts(inner)


def _decoded(node: Any, encoding: str) -> Any:  # Any: JSON
    if isinstance(node, str):
        try:
            return node.translate(_BYTES).encode("latin-1").decode(encoding, "replace")
        except UnicodeEncodeError:  # no byte stands for one of its letters
            return node
    if isinstance(node, Mapping):
        return {key: _decoded(inner, encoding) for key, inner in node.items()}
    return [_decoded(inner, encoding) for inner in node] if isinstance(node, list) else node
