"""Text ↔ ids, for one checkpoint; thread-safe, and never changed after it is built."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding
from tokenizers import Tokenizer as _Tokenizer

from .errors import ConfigError

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003134f"
_IDEOGRAPH = re.compile(f"[{_CJK}]")
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST_CHARS = 1.3  # a piece, of a word that is known
_PIECE_CHARS = 200_000


class Tokenizer:
    """A checkpoint's tokenizer.json, without truncation or padding of its own."""

    def __init__(self, folder: Path) -> None:
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ConfigError(f"{folder} holds no tokenizer.json")
        self._tokenizer = _Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # a document that spells [SEP] says just that
        self.cls_id, self.sep_id, self.unknown_id = (self._id(token) for token in ("[CLS]", "[SEP]", "[UNK]"))

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Ids and character offsets, special tokens left out, nothing cut."""
        return self._tokenizer.encode_batch([storable(text) for text in texts], add_special_tokens=False)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The character range of each token; long texts go in pieces, cut at white space."""
        found: list[tuple[int, int]] = []
        start = 0
        while start < len(text):
            end = _cut(text, start)
            encoded = self._tokenizer.encode(storable(text[start:end]), add_special_tokens=False)
            found += [(start + left, start + right) for left, right in encoded.offsets]
            start = end
        return found

    def known_share(self, text: str, *, spelled_out: bool = False) -> float:
        """The share of the text's words that the vocabulary really knows.

        A single ideograph is in the vocabulary but was hardly ever seen in training,
        so it counts as unknown, and as a word: for Chinese the share comes out near zero,
        however long the names and codes in it are. Nor is a word known that falls into single letters,
        as those of Hebrew and Arabic do, unless ``spelled_out`` ones count: a reader may find what stands by them.
        """
        encoded = self._tokenizer.encode(storable(text), add_special_tokens=False)
        part = [0.0] * len(text)  # of its word, each character
        for word in _WORD.finditer(text):
            part[word.start() : word.end()] = [1 / len(word[0])] * len(word[0])
        spelled = [False] * len(text) if spelled_out else _spelled_out(text, [start for start, _end in encoded.offsets])
        known = total = 0.0
        for token_id, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
            total += sum(part[start:end])
            if token_id != self.unknown_id and not _IDEOGRAPH.match(text, start) and not spelled[start]:
                known += sum(part[start:end])
        return min(1.0, known / total) if total else 1.0

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ConfigError(f"the tokenizer has no {token}")
        return int(found)


def storable(text: str) -> str:
    """Lone surrogates cannot be UTF-8; a stand-in of one character keeps the offsets."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cut(text: str, start: int) -> int:
    end = start + _PIECE_CHARS
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
    return space if space > start else end


def _spelled_out(text: str, starts: Sequence[int]) -> list[bool]:
    """For each character, whether its word is of letters and falls into pieces of hardly more than one."""
    begun, spelled = set(starts), [False] * len(text)
    for word in _LETTERS.finditer(text):
        pieces = sum(place in begun for place in range(word.start(), word.end()))
        if len(word[0]) > 1 and len(word[0]) < _LEAST_CHARS * pieces:
            spelled[word.start() : word.end()] = [True] * len(word[0])
    return spelled
