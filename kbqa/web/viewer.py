"""A document's text as the viewer shows it: one leaf around the place asked for, the quote marked in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kbqa.documents.models import CanonicalText

from .excerpt import Block, Leaf, Marks, blocks, leaf_at, leaves


@dataclass(frozen=True, slots=True)
class Place:
    """What the address asks for, each part of it optional."""

    version: int | None = None
    start: int | None = None
    end: int | None = None
    answer_start: int | None = None
    answer_end: int | None = None
    page: int | None = None
    at: int | None = None

    def marks(self, text: str) -> Marks | None:
        """The quote, if it lies in the text, and the answer's words, if they lie in the quote."""
        if self.start is None or self.end is None or not self.start < self.end <= len(text):
            return None
        if self.answer_start is None or self.answer_end is None:
            return Marks(self.start, self.end)
        if not self.start <= self.answer_start < self.answer_end <= self.end:
            return Marks(self.start, self.end)
        return Marks(self.start, self.end, self.answer_start, self.answer_end)


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One leaf, its neighbours, what is marked, and of how many pages it is one, some of them without text."""

    text: str
    leaf: Leaf
    num_leaves: int
    num_pages: int
    num_empty: int
    previous: Leaf | None
    following: Leaf | None
    marks: Marks | None

    def blocks(self, headings: Mapping[str, int]) -> list[Block]:
        return list(blocks(self.text, self.leaf, marks=self.marks, headings=headings))


def view_of(canonical: CanonicalText, place: Place) -> DocumentView:
    text, marks = canonical.text, place.marks(canonical.text)
    found = leaves(text, canonical.pages)
    leaf = _leaf(found, place, marks)
    return DocumentView(
        text=text,
        leaf=leaf,
        num_leaves=len(found),
        num_pages=len(canonical.pages),
        num_empty=sum(not text[start:end].strip() for _number, start, end in canonical.pages),
        previous=found[leaf.position - 1] if leaf.position else None,
        following=found[leaf.position + 1] if leaf.position + 1 < len(found) else None,
        marks=marks,
    )


def _leaf(found: Sequence[Leaf], place: Place, marks: Marks | None) -> Leaf:
    """By character, else by page, else the quote's, else the first."""
    if place.at is not None:
        return leaf_at(found, place.at)
    if place.page is not None:
        numbered = [leaf for leaf in found if leaf.page == place.page]
        return numbered[0] if numbered else found[min(max(place.page, 1), len(found)) - 1]
    return leaf_at(found, marks.start) if marks else found[0]
