"""Hits → passages: the rows behind the index's addresses, ready to be read and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.index.types import Hit
from kbqa.documents.models import Passage

from .events import PassageView
from .links import viewer_url


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the hit that led to it, and what reranking made of it."""

    row: Passage
    hit: Hit
    rerank: float | None = None

    @property
    def text(self) -> str:
        """What is read: the source's words, or an editor's in their place."""
        return self.row.wording

    @property
    def title(self) -> str:
        document = self.row.version.document
        return document.title or document.name

    @property
    def context(self) -> str:
        """What stands above the passage: the document's title or its file's name, the headings, a table's columns."""
        document = self.row.version.document
        title = document.title or Path(document.name).stem.replace("_", " ")
        names = dict.fromkeys([title, *self.row.heading_path])
        columns = [line for line in self.row.context.split("\n") if " | " in line]
        return "\n".join([" › ".join(names), *columns])

    def url(self, *, start: int, end: int, answer_start: int | None = None, answer_end: int | None = None) -> str:
        """The viewer, opened at these characters."""
        version = self.row.version
        return viewer_url(
            str(version.document_id),
            version=version.number,
            start=start,
            end=end,
            answer_start=answer_start,
            answer_end=answer_end,
        )

    def view(self) -> PassageView:
        return PassageView(
            document=str(self.row.version.document_id),
            version=self.row.version.number,
            title=self.title,
            page=self.row.page,
            start=self.row.start,
            end=self.row.end,
            text=self.text,
            edited=self.row.is_edited,
            url=self.url(start=self.row.start, end=self.row.end),
            heading_path=tuple(self.row.heading_path),
            scores={
                "rerank": self.rerank,
                "fused": self.hit.score,
                "dense": self.hit.dense_score,
                "dense_rank": self.hit.dense_rank,
                "lexical": self.hit.lexical_score,
                "lexical_rank": self.hit.lexical_rank,
            },
        )


def passages_of(hits: Sequence[Hit]) -> list[Found]:
    """One query for all; a hit whose row is gone was deleted a moment ago and is left out."""
    rows = Passage.objects.select_related("version__document").in_bulk([hit.passage_id for hit in hits])
    return [Found(rows[hit.passage_id], hit) for hit in hits if hit.passage_id in rows]
