"""Text as it is written → whole sentences, each as soon as nothing that follows can change where it ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inference.sentences import split_sentences

_THOUGHTS = re.compile(r"^\s*<think>.*?(?:</think>|$)", re.DOTALL)  # of a generator that reasons aloud
_MARKS = re.compile(r"[*_]{2,}|^#+ |`", re.MULTILINE)
_MARKERS_BEHIND = re.compile(r"([.!?。！？]+)((?:\s?\[\d{1,2}\])+)")
_AHEAD = 16  # characters behind a sentence within which its markers must have come


@dataclass(frozen=True, slots=True)
class Sentence:
    """Its text, and the white space that stood before it."""

    text: str
    gap: str


class SentenceStream:
    """Pushed to piece by piece; markers behind a full stop are taken before it, where they belong."""

    def __init__(self) -> None:
        self._text = ""
        self._told = 0

    def push(self, text: str) -> Iterator[Sentence]:
        self._text += text
        return self._tell(_AHEAD)

    def flush(self) -> Iterator[Sentence]:
        """The rest."""
        return self._tell(0)

    def _tell(self, ahead: int) -> Iterator[Sentence]:
        text = _MARKERS_BEHIND.sub(r"\2\1", _MARKS.sub("", _THOUGHTS.sub("", self._text)))
        ranges = split_sentences(text)[self._told :]
        for start, end in ranges:
            if ahead and len(text) - end < ahead:
                return
            before = text[:start]
            self._told += 1
            yield Sentence(text[start:end], before[len(before.rstrip()) :])
