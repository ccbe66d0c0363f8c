"""What a case expects, and whether a passage or a quote is that: by words, for passages are cut anew with each version.

A passage is the expected one if it holds a right answer, or, where only a passage was
named, if one of the two consists by half of the other's sentences.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from inference.sentences import split_sentences
from kbqa.answers.cache import normalized

from .models import RunCase, TestCase

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """``document`` is an id, or empty for any."""

    answers: tuple[str, ...] = ()
    document: str = ""
    passage: str = ""

    @classmethod
    def of(cls, case: TestCase | RunCase) -> Self:
        answers = case.answers if isinstance(case, TestCase) else case.golds
        return cls(answers=tuple(answers), document=str(case.document_id or ""), passage=case.passage)

    @property
    def is_place_alone(self) -> bool:
        """Whether it names where the answer stands and not the answer."""
        return not self.answers and bool(self.document or self.passage)

    def is_found_in(self, document: str, text: str) -> bool:
        if self.document and document != self.document:
            return False
        if self.answers:
            held = normalized(text)
            return any(normalized(answer) in held for answer in self.answers) and self._share(text) > 0
        return self.is_place_alone and self._share(text) >= HALF

    def rank(self, passages: Iterable[Mapping[str, Any]]) -> int | None:  # Any: JSON
        """From 1; None if it is not among them."""
        for rank, passage in enumerate(passages, start=1):
            if self.is_found_in(passage["document"], passage["text"]):
                return rank
        return None

    def is_quoted(self, quote: str, *, document: str = "") -> bool:
        """Whether the quote stands in the passage; of an unknown document if that is not known."""
        if not quote or (document and self.document and document != self.document):
            return False
        return not self.passage or normalized(quote) in normalized(self.passage)

    def _share(self, text: str) -> float:
        """How much of the one is the other's: 1 where no passage is named."""
        if not self.passage:
            return 1.0
        return max(_share_held(self.passage, text), _share_held(text, self.passage))


def _share_held(text: str, by: str) -> float:
    """What share of the text, by sentences, stands in the other."""
    sentences = [normalized(text[start:end]) for start, end in split_sentences(text)]
    other = normalized(by)
    return sum(len(s) for s in sentences if s in other) / max(1, sum(map(len, sentences)))
