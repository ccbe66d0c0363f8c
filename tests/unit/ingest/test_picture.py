"""Where a quote stands on a page's picture: in its own text, or in the lines that were recognised on it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from fpdf import FPDF
from PIL import Image, ImageChops
from pypdf import PdfWriter
from pypdf.generic import RectangleObject

from ingest import sniff
from ingest.picture import draw_page, quote_boxes, quote_corners
from ingest.types import RecognizedLine

LINES = [
    RecognizedLine(text="The keeper of the light", corners=(0, 20, 230, 20, 230, 10, 0, 10)),
    RecognizedLine(text="writes in the log.", corners=(0, 8, 180, 8, 180, 0, 0, 0)),
]


def test_a_quote_has_a_box_a_line() -> None:
    text = "ab cd\nef"
    boxes = [(x, 10.0, x + 1, 20.0) for x in (0.0, 1.0, 2.0, 3.0, 4.0)] + [
        (9.0, 9.0, 9.0, 9.0),
        (0, 0, 1, 9),
        (1, 0, 2, 9),
    ]

    assert quote_boxes(text, boxes, "b cd e") == [(1.0, 10.0, 5.0, 20.0), (0, 0, 1, 9)]


def test_recognised_lines_are_marked_where_the_quote_covers_them() -> None:
    assert quote_corners(LINES, "the light writes") == [
        (140, 20, 230, 20, 230, 10, 140, 10),
        (0, 8, 60, 8, 60, 0, 0, 0),
    ]


def test_a_tilted_line_is_marked_along_its_tilt() -> None:
    tilted = RecognizedLine(text="abcd", corners=(0, 10, 40, 14, 40, 4, 0, 0))

    assert quote_corners([tilted], "cd") == [(20, 12, 40, 14, 40, 4, 20, 2)]


def test_a_row_is_found_without_its_columns_names() -> None:
    cells = [
        RecognizedLine(text=text, corners=(x, 9, x + 40, 9, x + 40, 0, x, 0))
        for text, x in (("North", 0), ("31 m", 60))
    ]

    assert len(quote_corners(cells, "Light: North | Height: 31 m")) == 2


def test_a_quote_that_is_not_there_marks_nothing() -> None:
    assert quote_corners(LINES, "the harbour at dawn") == []


@pytest.mark.slow
def test_a_picture_is_drawn_with_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (595, 100), "white").save(path)
    line = RecognizedLine(text="light", corners=(100, 60, 200, 60, 200, 40, 100, 40))

    drawn = draw_page(path, media_type=sniff.PNG, page=1, quote="light", recognized=[line], width=595)

    page = picture(drawn)
    marked, plain = page.getpixel((150, 50)), page.getpixel((300, 50))
    assert plain == (255, 255, 255)
    assert marked != plain
    assert draw_page(path, media_type=sniff.PNG, page=2) is None


@pytest.mark.slow
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("is_cut", [False, True])
def test_a_quote_of_a_page_that_is_turned_or_cut_is_marked_where_it_is_seen(
    tmp_path: Path, turned: int, is_cut: bool
) -> None:
    path, paper = tmp_path / "a.pdf", FPDF(format=(200, 300), unit="pt")
    paper.set_margin(0)
    paper.add_page()
    paper.set_font("helvetica", size=12)
    paper.text(60, 150, "The keeper's light")
    writer = PdfWriter(clone_from=io.BytesIO(bytes(paper.output())))
    if is_cut:
        writer.pages[0].cropbox = RectangleObject((40, 60, 180, 280))
    if turned:
        writer.pages[0].rotate(turned)
    writer.write(path)

    plain = picture(draw_page(path, media_type=sniff.PDF, page=1, width=800))
    marked = picture(draw_page(path, media_type=sniff.PDF, page=1, width=800, quote="The keeper's light"))

    words = ImageChops.invert(plain.convert("L")).getbbox()
    mark = ImageChops.difference(plain, marked).getbbox()
    assert words
    assert mark
    assert np.abs(np.subtract(words, mark)).max() < 0.02 * max(plain.size)


def picture(drawn: bytes | None) -> Image.Image:
    assert drawn
    return Image.open(io.BytesIO(drawn)).convert("RGB")
