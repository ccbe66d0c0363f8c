"""A segment's tantivy index: any term may match, BM25 scores (Robertson and Zaragoza, 2009).

A collection is many segments, so a segment's own document frequencies would make its
scores its own. Each term is boosted by the ratio of the frequencies over all segments
searched to those of this one: scores then compare across segments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tantivy

FOLDER = "terms"
_HEAP_BYTES = 64_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", stored=True, tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("ordinal", indexed=True, fast=True)
    # text, not a number: deleting or filtering by an unsigned term silently matches nothing
    builder.add_text_field("version", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("passage", tokenizer_name="raw", index_option="basic")
    return builder.build()


def lexical_write(folder: Path, terms: Sequence[str], version_ids: Sequence[int], passage_ids: Sequence[int]) -> None:
    """Write one document a chunk: its analysed terms, space-separated, under its ordinal."""
    path = folder / FOLDER
    path.mkdir()
    index = tantivy.Index(_schema(), path=str(path))
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for ordinal, (line, version_id, passage_id) in enumerate(zip(terms, version_ids, passage_ids, strict=True)):
        document = tantivy.Document(terms=[line], ordinal=ordinal, version=[str(version_id)], passage=[str(passage_id)])
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class Lexical:
    """A sealed tantivy index, opened read-only."""

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder / FOLDER))
        index.config_reader(reload_policy="manual", num_warmers=0)
        self._schema = index.schema
        self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def frequency(self, term: str) -> int:
        """In how many of the segment's chunks the term stands."""
        return int(self._searcher.doc_freq("terms", term))

    def search(
        self,
        idf: Mapping[str, float],
        k: int,
        *,
        dead_versions: frozenset[int],
        dead_passages: frozenset[int],
        only_versions: frozenset[int] | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and ordinals, best first, of at most ``k``; ``idf`` has each term's weight over all segments."""
        scored = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(self._term(term), weight / inverse_frequency(held, len(self))),
            )
            for term, weight in idf.items()
            if (held := self.frequency(term))
        ]
        if not scored:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        clauses = [(tantivy.Occur.Must, tantivy.Query.boolean_query(scored))]
        clauses += [
            (tantivy.Occur.MustNot, self._one_of(field, dead))
            for field, dead in (("version", dead_versions), ("passage", dead_passages))
            if dead
        ]
        if only_versions is not None:
            clauses.append(
                (tantivy.Occur.Must, tantivy.Query.const_score_query(self._one_of("version", only_versions), 0.0))
            )
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=k, count=False).hits
        ordinals = self._searcher.fast_field_values("ordinal", [address for _, address in hits])
        return np.array([score for score, _ in hits], np.float32), np.array(ordinals, np.int64)

    def all_terms(self) -> list[str]:
        """Each chunk's terms again, in ordinal order."""
        hits = self._searcher.search(
            tantivy.Query.all_query(), limit=max(1, len(self)), order_by_field="ordinal", order=tantivy.Order.Asc
        ).hits
        return [self._searcher.doc(address)["terms"][0] for _, address in hits]

    def matched(self, ordinals: Sequence[int], terms: frozenset[str]) -> dict[int, tuple[str, ...]]:
        """Which of these terms stand in each chunk, for people who ask why it was found."""
        return {n: tuple(sorted(terms.intersection(line.split()))) for n, line in self.terms(ordinals).items()}

    def terms(self, ordinals: Sequence[int]) -> dict[int, str]:
        """The terms of these chunks, by ordinal."""
        if not ordinals:
            return {}
        query = tantivy.Query.term_set_query(self._schema, "ordinal", list(ordinals))
        addresses = [address for _, address in self._searcher.search(query, limit=len(ordinals), count=False).hits]
        found = self._searcher.fast_field_values("ordinal", addresses)
        lines = [self._searcher.doc(address)["terms"][0] for address in addresses]
        return dict(zip(np.array(found, np.int64).tolist(), lines, strict=True))

    def _term(self, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "terms", term, index_option="freq")

    def _one_of(self, field: str, ids: frozenset[int]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, field, [str(i) for i in ids])


def inverse_frequency(held: int, total: int) -> float:
    """BM25's weight of a term that stands in ``held`` of ``total`` chunks; always positive."""
    return math.log(1 + (total - held + 0.5) / (held + 0.5))
