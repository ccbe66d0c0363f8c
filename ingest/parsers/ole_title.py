"""The title that an OLE container declares ([MS-OLEPS]), read by the code page beside it; nothing else is looked at."""

from __future__ import annotations

import struct
from io import BytesIO

from olefile import OleFileIO

from ingest.encoding import decode, windows_encoding

_STREAM = "\x05SummaryInformation"
_CODE_PAGE, _TITLE = 1, 2
_NUMBER, _STRING8, _UNICODE = 2, 30, 31  # types of values
_MAX_BYTES, _MAX_PROPERTIES = 64 << 10, 64


def declared_title(content: bytes) -> str:
    """ "" where there is none, or it is damaged."""
    try:
        with OleFileIO(BytesIO(content)) as container, container.openstream(_STREAM) as stream:
            return _title(stream.read(_MAX_BYTES))
    except (OSError, ValueError, IndexError, struct.error, RecursionError):
        return ""


def _title(kept: bytes) -> str:
    (section,) = struct.unpack_from("<I", kept, 44)
    (count,) = struct.unpack_from("<I", kept, section + 4)
    rows = (struct.unpack_from("<II", kept, section + 8 + 8 * row) for row in range(min(count, _MAX_PROPERTIES)))
    places = {number: section + place for number, place in rows}
    if _TITLE not in places:
        return ""
    kind, length = struct.unpack_from("<II", kept, places[_TITLE])
    value = kept[places[_TITLE] + 8 :]
    if kind == _UNICODE:
        return value[: 2 * length].decode("utf-16-le", "replace").strip("\0 ")
    return decode(value[:length].rstrip(b"\0"), declared=_encoding(kept, places)).strip() if kind == _STRING8 else ""


def _encoding(kept: bytes, places: dict[int, int]) -> str:
    if _CODE_PAGE not in places:
        return "cp1252"
    kind, number = struct.unpack_from("<IH", kept, places[_CODE_PAGE])
    return windows_encoding(number) if kind == _NUMBER else "cp1252"
