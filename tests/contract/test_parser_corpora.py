"""What every parser promises, held over files that people sent and files that were made to do harm."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from pypdf import PdfReader

from ingest import pipeline, sniff
from ingest.config import IngestConfig
from ingest.errors import EncryptedSource, IngestError, SourceTooLarge, UnsupportedType
from ingest.types import ParsedDocument, Source

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpora"


def corpus(folder: str) -> list[Path]:
    """The corpus's files; none where ../shared is absent, and the tests over them skip."""
    return sorted(path for path in (SHARED / folder).rglob("*") if path.is_file() and path.name != "manifest.tsv")


def parse(path: Path) -> ParsedDocument:
    return pipeline.parse(Source(path=path, name=path.name), config=IngestConfig(ocr_max_pages=3))


def document_or_reason(path: Path) -> ParsedDocument | str:
    try:
        return parse(path)
    except IngestError as error:
        return str(error)


def assert_is_sound(document: ParsedDocument) -> None:
    assert any(map(str.isalnum, document.text))
    assert "\0" not in document.text
    document.text.encode("utf-8")
    for ranges in (document.pages, document.sections, document.tables):
        assert all(0 <= each.start <= each.end <= len(document.text) for each in ranges)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("path", corpus("realworld"), ids=lambda path: path.name)
def test_a_real_file_gives_text(path: Path) -> None:
    if path.suffix.lower() in {".doc", ".ppt"} and not sniff.READS_OLD_OFFICE:
        pytest.skip("there is no build of office-oxide for this machine")

    assert_is_sound(parse(path))


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("path", corpus("hostile"), ids=lambda path: path.name)
def test_a_hostile_file_gives_text_or_a_reason_in_its_time(path: Path) -> None:
    """Within the memory the child is given, too: one that would take more than 1 GiB ends with that reason."""
    began = time.monotonic()

    ended = document_or_reason(path)

    if isinstance(ended, ParsedDocument):
        assert_is_sound(ended)
    else:
        assert ended.endswith(".")
        assert "Traceback" not in ended

    assert time.monotonic() - began < 30.0


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "error", "seconds"),
    [
        ("synthetic/bomb.docx", SourceTooLarge, 1.0),
        ("synthetic/zip1g.zip", UnsupportedType, 1.0),
        ("office/poi-protected_agile.docx", EncryptedSource, 1.0),
        ("office/poi-password.xls", EncryptedSource, 1.0),
        ("synthetic/pixel-flood.png", SourceTooLarge, 2.0),
    ],
)
def test_a_bomb_is_refused_before_it_goes_off(name: str, error: type[IngestError], seconds: float) -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared/corpora is not here")
    began = time.monotonic()

    with pytest.raises(error):
        parse(SHARED / "hostile" / name)

    assert time.monotonic() - began < seconds


def pages_by_word(pages: Iterable[tuple[int, str]]) -> dict[str, set[int]]:
    """On which pages each long word stands."""
    found: dict[str, set[int]] = {}
    for number, text in pages:
        for word in re.findall(r"[a-zà-ü]{8,}", text.lower()):
            found.setdefault(word, set()).add(number)
    return found


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "multi-column.pdf",
        "federal-register-2020-17221.pdf",
        "fr_olap.pdf",
        "pdfjs-tracemonkey.pdf",
        "redp5110_sampled.pdf",
        "GeoBase_NHNC1_Data_Model_UML_EN.pdf",
    ],
)
def test_words_stand_on_the_page_where_another_reader_finds_them(name: str) -> None:
    path = SHARED / "realworld" / "pdf" / name
    if not path.exists():
        pytest.skip("../shared/corpora is not here")
    document = parse(path)

    ours = pages_by_word((page.number, document.text[page.start : page.end]) for page in document.pages)
    theirs = pages_by_word((number, page.extract_text()) for number, page in enumerate(PdfReader(path).pages, start=1))

    unique = [word for word in ours if len(ours[word]) == 1 and len(theirs.get(word, ())) == 1]
    agreed = [word for word in unique if ours[word] == theirs[word]]
    assert len(unique) > 100
    assert len(agreed) > 0.99 * len(unique)
