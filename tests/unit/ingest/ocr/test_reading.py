"""Recognising, with the real recogniser in its real process: what is read, and what a bad page costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ingest import ocr, pipeline, sniff
from ingest.config import IngestConfig
from ingest.confined import Cancelled
from ingest.errors import CorruptSource, NoText, ParserLimit, SourceTooLarge
from ingest.ocr import reading
from ingest.types import RecognizedLine, Source
from tests.scans import as_pdf, page_of

pytestmark = pytest.mark.slow
WORDS = ["Northern light, station log", "The lamp was trimmed at 21:40", "Wind from the north-west, force 6"]


@pytest.fixture
def log_page(tmp_path: Path) -> Source:
    path = tmp_path / "log.png"
    page_of(*WORDS).save(path)
    return Source(path=path, name="log.png", media_type=sniff.PNG)


def tiff_of(tmp_path: Path, *pages: Image.Image) -> Source:
    path = tmp_path / "log.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return Source(path=path, name="log.tif", media_type=sniff.TIFF)


def recognized(source: Source, pages: Sequence[int], **config: Any) -> dict[int, list[RecognizedLine] | None]:
    """The lines by page; None where the page could not be read."""
    found: dict[int, list[RecognizedLine] | None] = {}
    unread = reading.recognize(
        source, pages, config=IngestConfig(**config), hear=lambda page, lines: found.update({page: list(lines)})
    )
    return dict(sorted({**found, **dict.fromkeys(unread)}.items()))


def letters(lines: Sequence[RecognizedLine]) -> list[str]:
    return ["".join(filter(str.isalnum, line.text)).lower() for line in lines]


def test_lines_come_with_their_corners(log_page: Source) -> None:
    found = recognized(log_page, [1])[1]
    assert found

    assert letters(found) == ["".join(filter(str.isalnum, words)).lower() for words in WORDS]
    x0, y0, x1, *_, y3 = found[0].corners
    assert 25 < x0 < 50
    assert x0 < x1
    assert y0 > y3
    tops = [line.corners[1] for line in found]
    assert tops == sorted(tops, reverse=True)


def test_pages_are_told_as_they_come(tmp_path: Path) -> None:
    heard: list[tuple[int, list[str], int, int]] = []
    source = tiff_of(tmp_path, page_of("First page"), page_of("Second page"))

    pipeline.parse(
        source, config=IngestConfig(), keep=lambda page, lines, *done: heard.append((page, letters(lines), *done))
    )

    assert heard == [(1, ["firstpage"], 1, 2), (2, ["secondpage"], 2, 2)]


def test_a_page_that_was_recognised_before_is_not_recognised_again(tmp_path: Path) -> None:
    source = tiff_of(tmp_path, page_of("First page"), page_of("Second page"))
    before = {1: [RecognizedLine(text="Read before", corners=(30, 80, 200, 80, 200, 60, 30, 60))]}
    heard: list[int] = []

    parsed = pipeline.parse(source, config=IngestConfig(), recognized=before, keep=lambda page, *_: heard.append(page))

    assert heard == [2]
    assert "Read before" in parsed.text
    assert "Second page" in parsed.text


def test_pages_beyond_the_limit_are_left_and_said(tmp_path: Path) -> None:
    source = tiff_of(tmp_path, page_of("First page"), page_of("Second page"))

    parsed = pipeline.parse(source, config=IngestConfig(ocr_max_pages=1))

    assert "Second" not in parsed.text
    assert "Of 2 pages that are pictures the first 1 were read." in parsed.warnings


def test_a_page_that_breaks_the_recogniser_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that dies at its second page stands in for one that a page has killed."""
    child = tmp_path / "dying_child.py"
    child.write_text(
        "import json, os, sys\n"
        "pages = json.load(sys.stdin)['pages']\n"
        "for page in pages:\n"
        "    if page == 2: os.abort()\n"
        "    print(json.dumps([[f'page {page}', [0, 1, 1, 1, 1, 0, 0, 0]]]), flush=True)\n"
    )
    monkeypatch.setattr(reading, "_CHILD", "dying_child")
    monkeypatch.setattr("ingest.confined.environment", lambda folder: {"PYTHONPATH": str(tmp_path)})

    found = recognized(Source(path=tmp_path / "a.tif", name="a.tif", media_type=sniff.TIFF), [1, 2, 3])

    assert [lines and lines[0].text for lines in found.values()] == ["page 1", None, "page 3"]


def test_one_that_never_starts_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_CHILD", "there_is_no_such_module")

    found = recognized(Source(path=tmp_path / "a.tif", name="a.tif", media_type=sniff.TIFF), range(1, 100))

    assert found == dict.fromkeys(range(1, 100))


def test_a_page_that_takes_too_long_is_left(log_page: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_START_S", 0.0)

    assert recognized(log_page, [1], ocr_page_s=0.05) == {1: None}


def test_nobody_waits_for_what_nobody_wants(log_page: Source) -> None:
    began = time.monotonic()

    with pytest.raises(Cancelled):
        reading.recognize(log_page, [1], config=IngestConfig(), hear=lambda *_: None, cancelled=lambda: True)

    assert time.monotonic() - began < 2.0


def test_a_picture_becomes_a_document(log_page: Source) -> None:
    parsed = pipeline.parse(log_page, config=IngestConfig())

    assert "trimmed at 21:40" in parsed.text
    assert [page.number for page in parsed.pages] == [1]
    assert parsed.warnings == ("The text of page 1 was recognised in a picture; letters may be wrong.",)


def as_scan(tmp_path: Path, picture: Image.Image) -> Source:
    path = tmp_path / "scan.pdf"
    path.write_bytes(as_pdf(picture))
    return Source(path=path, name="scan.pdf")


def test_a_scan_becomes_a_document(tmp_path: Path) -> None:
    parsed = pipeline.parse(as_scan(tmp_path, page_of(*WORDS)), config=IngestConfig())

    assert parsed.media_type == sniff.PDF
    assert "trimmed at 21:40" in parsed.text


@pytest.mark.parametrize(
    ("installed", "wanted"), [(False, True), (True, False)], ids=["the extra is not installed", "the site reads none"]
)
def test_without_a_recogniser_a_scan_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, wanted: bool
) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: installed)

    with pytest.raises(NoText, match="looks like a scan"):
        pipeline.parse(as_scan(tmp_path, page_of(*WORDS)), config=IngestConfig(ocr=wanted))


def test_a_picture_of_no_text_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(NoText, match="no text was recognised"):
        pipeline.parse(as_scan(tmp_path, Image.new("L", (400, 400), 200)), config=IngestConfig())


def flood(path: Path) -> None:
    Image.new("1", (10_000, 9_000)).save(path)


def cut_off(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)


@pytest.mark.parametrize(("made", "error"), [(flood, SourceTooLarge), (cut_off, CorruptSource)])
def test_a_picture_that_does_harm_is_refused(
    tmp_path: Path, made: Callable[[Path], None], error: type[Exception]
) -> None:
    path = tmp_path / "a.png"
    made(path)

    with pytest.raises(error):
        pipeline.parse(Source(path=path, name="a.png"), config=IngestConfig())


def test_a_recogniser_that_cannot_work_is_no_picture_without_text(log_page: Source) -> None:
    with pytest.raises(ParserLimit, match="too long or too much memory"):
        pipeline.parse(log_page, config=IngestConfig(ocr_memory_bytes=200 << 20))


def test_pages_that_could_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "recognize", lambda source, pages, *, hear, **_: (hear(1, LINES), [2])[1])

    parsed = pipeline.parse(tiff_of(tmp_path, page_of("First page"), page_of("Second page")), config=IngestConfig())

    assert "Recognising the text of page 2 took too long or too much memory." in parsed.warnings


LINES = [RecognizedLine(text="Read", corners=(30, 80, 60, 80, 60, 60, 30, 60))]


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 200_000,
        b'[["a", [1' + b"0" * 400 + b", 0, 0, 0, 0, 0, 0, 0]]]",
        b'[["a", [NaN, 0, 0, 0, 0, 0, 0, 0]]]',
        b'[["a", [0, 0]]]',
        b'{"a": 1}',
        b"[[1, 2]]",
        b"",
    ],
)
def test_what_is_no_answer_is_no_line(answer: bytes) -> None:
    assert reading._lines(answer) == []


def test_characters_that_no_row_can_hold_are_replaced() -> None:
    assert [line.text for line in reading._lines(b'[["a\\u0000\\ud800b", [0, 0, 0, 0, 0, 0, 0, 0]]]')] == ["a?b"]
