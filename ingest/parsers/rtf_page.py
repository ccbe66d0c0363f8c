"""The web page inside an RTF that Outlook wrapped around it ([MS-OXRTFEX]): its marks and text, without the RTF's own.

One pass over the tokens; every letter stands in the page's order.
"""

from __future__ import annotations

import re

from ingest.encoding import decode

_TOKEN = re.compile(
    rb"\\u(?P<letter>-?\d{1,6}) ?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|(?P<plain>[^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
_PAIR = re.compile(r"&#(55[3-9]\d\d|56[0-2]\d\d);&#(56[4-9]\d\d|57[0-2]\d\d);")  # the halves of one letter
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_WORDS = {
    b"par": b"\r\n", b"line": b"\r\n", b"tab": b"\t",
    b"bullet": b"&bull;", b"endash": b"&ndash;", b"emdash": b"&mdash;",
    b"lquote": b"&lsquo;", b"rquote": b"&rsquo;", b"ldblquote": b"&ldquo;", b"rdblquote": b"&rdquo;",
}  # fmt: skip
_SIGNS = {b"\\": b"\\", b"{": b"{", b"}": b"}", b"~": b"&nbsp;", b"_": b"&shy;", b"\n": b"\r\n", b"\r": b"\r\n"}
_LEFT_OUT = frozenset({b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"generator"})
_HEAD_BYTES = 1 << 10


def holds_page(content: bytes) -> bool:
    return b"\\fromhtml1" in content[:_HEAD_BYTES]


def unwrapped(content: bytes) -> str:
    """The page; "" where there is none."""
    page = _CODE_PAGE.search(content[:_HEAD_BYTES])
    text = decode(b"".join(_Reader().pieces(content)), declared=f"cp{page[1].decode()}" if page else "cp1252")
    return _PAIR.sub(lambda found: f"&#{0x10000 + (int(found[1]) - 0xD800) * 0x400 + int(found[2]) - 0xDC00};", text)


class _Reader:
    """Where the reading is: how each open group is taken, and whether the RTF's own part is being passed over."""

    def __init__(self) -> None:
        self._silent = [False]
        self._starred = False
        self._own = False
        self._skipped = 0  # of the letters that stand in for one told by its number

    def pieces(self, content: bytes) -> list[bytes]:
        return [piece for token in _TOKEN.finditer(content) if (piece := self._read(token))]

    def _read(self, token: re.Match[bytes]) -> bytes:
        if token["brace"]:
            self._brace(token["brace"])
            return b""
        if token["sign"] == b"*":
            self._starred = True
            return b""
        if token["word"]:
            said = self._word(token["word"], token["number"])
        elif token["letter"]:
            self._skipped = 1
            said = f"&#{int(token['letter']) % 0x10000};".encode()
        else:
            said = self._letters(token)
        return b"" if self._silent[-1] or self._own else said

    def _brace(self, brace: bytes) -> None:
        self._starred = False
        if brace == b"{":
            self._silent.append(self._silent[-1])
        elif len(self._silent) > 1:
            self._silent.pop()

    def _word(self, word: bytes, number: bytes | None) -> bytes:
        if word == b"htmlrtf":
            self._own = number != b"0"
        elif word in _LEFT_OUT or (self._starred and word != b"htmltag"):
            self._silent[-1] = True
        self._starred = False
        return _WORDS.get(word, b"")

    def _letters(self, token: re.Match[bytes]) -> bytes:
        if token["byte"]:
            said = bytes.fromhex(token["byte"].decode())
        else:
            said = token["plain"] or _SIGNS.get(token["sign"] or b"", b"")
        kept = said[self._skipped :] if said else said
        self._skipped = 0 if said else self._skipped
        return kept
