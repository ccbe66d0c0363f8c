"""What every parser promises, held over a file of every format and through the sandbox."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

from ingest import sniff
from ingest.config import IngestConfig
from ingest.errors import SourceTooLarge
from ingest.parsers import MEDIA_TYPES, parser_for
from ingest.parsers.base import ParserContext
from ingest.parsers.sandbox import parse_in_child
from ingest.types import Page, ParsedDocument, Section, Source, Table

DATA = Path(__file__).resolve().parents[1] / "data"
NOT_READ = frozenset() if sniff.READS_OLD_OFFICE else frozenset({".doc", ".ppt"})  # no build of their library here
FILES = sorted(
    path for path in DATA.iterdir() if (DATA / f"{path.name}.expected.txt").exists() and path.suffix not in NOT_READ
)
NAMES = [path.name for path in FILES]


def source_of(path: Path) -> Source:
    return Source(path=path, name=path.name, media_type=sniff.sniff(path, name=path.name))


def parsed(path: Path, config: IngestConfig | None = None) -> ParsedDocument:
    source = source_of(path)
    return parser_for(source.media_type)(source, ParserContext(config=config or IngestConfig()))


@pytest.fixture(params=FILES, ids=NAMES)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_there_is_a_file_of_every_format() -> None:
    found = {source_of(path).media_type for path in FILES}

    nothing_here_writes = {sniff.XLSB, sniff.XLS}
    nothing_here_reads = set() if sniff.READS_OLD_OFFICE else {sniff.DOC, sniff.PPT}
    assert (
        found >= MEDIA_TYPES - nothing_here_writes - nothing_here_reads - sniff.PICTURES
    )  # these have no text until it is recognised


def test_the_text_is_the_expected_one(path: Path) -> None:
    assert parsed(path).text == (DATA / f"{path.name}.expected.txt").read_text(encoding="utf-8").rstrip("\n")


def test_the_text_is_clean(path: Path) -> None:
    text = parsed(path).text

    assert text == text.strip()
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Co"} for char in text if char != "\n")
    assert "\n\n\n" not in text


def test_offsets_are_ordered_and_within_the_text(path: Path) -> None:
    document = parsed(path)

    found: tuple[Sequence[Page | Section | Table], ...] = (document.pages, document.sections, document.tables)
    for ranges in found:
        assert all(0 <= each.start <= each.end <= len(document.text) for each in ranges)
        assert all(first.end <= second.start for first, second in pairwise(ranges))


def test_pages_cover_the_text(path: Path) -> None:
    document = parsed(path)

    if document.pages:
        assert document.pages[0].start == 0
        assert document.pages[-1].end == len(document.text)
        assert all(first.end == second.start for first, second in pairwise(document.pages))


def test_a_section_begins_with_its_heading(path: Path) -> None:
    document = parsed(path)

    assert all(document.text[each.start :].startswith(each.path[-1]) for each in document.sections)


def test_a_table_has_a_row_a_line(path: Path) -> None:
    document = parsed(path)

    for table in document.tables:
        rows = document.text[table.start : table.end].split("\n")
        assert len(rows) > 1
        assert all(rows)


def test_reading_twice_gives_the_same(path: Path) -> None:
    assert parsed(path) == parsed(path)


def test_the_sandbox_gives_what_the_parser_gives(path: Path) -> None:
    assert parse_in_child(source_of(path), IngestConfig()) == parsed(path)


def test_the_document_survives_json(path: Path) -> None:
    document = asdict(parsed(path))

    assert json.loads(json.dumps(document))["text"] == document["text"]


def test_more_text_than_allowed_is_refused(path: Path) -> None:
    with pytest.raises(SourceTooLarge, match="limit"):
        parsed(path, IngestConfig(max_text_chars=20))
