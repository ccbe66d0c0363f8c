"""Spreadsheets: a page a sheet, cells as a person wrote them."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import openpyxl
import pytest

from ingest.errors import CorruptSource
from ingest.parsers.xlsx import Cell, cell_text

from .conftest import Parse


def saved(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        (1e20, "1e+20"),
        (True, "TRUE"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 8, 30), "2026-01-05 08:30"),
        (time(8, 30), "08:30:00"),
        (" padded ", "padded"),
        ("", ""),
    ],
)
def test_a_cell_reads_as_it_was_written(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


def test_a_sheet_is_a_page_with_its_name(parse: Parse) -> None:
    document = parse(saved(Oil=[["a", 1]], Wicks=[["b", 2]]), "a.xlsx")

    assert [(page.number, page.label) for page in document.pages] == [(1, "Oil"), (2, "Wicks")]
    assert [section.path for section in document.sections] == [("Oil",), ("Wicks",)]


def test_a_sheet_nobody_named_is_no_section(parse: Parse) -> None:
    assert parse(saved(Sheet1=[["a", 1]]), "a.xlsx").sections == ()


def test_empty_rows_part_tables(parse: Parse) -> None:
    rows: list[list[object]] = [["A", "B", "C"], [1, 2, 3], [], [None, None], ["X", "Y", "Z"], [4, 5, 6]]

    document = parse(saved(Sheet1=rows), "a.xlsx")

    assert document.text == "A | B | C\nA: 1 | B: 2 | C: 3\n\nX | Y | Z\nX: 4 | Y: 5 | Z: 6"
    assert len(document.tables) == 2


def test_half_a_workbook_is_corrupt(parse: Parse) -> None:
    content = saved(Sheet1=[["a", 1]])

    with pytest.raises(CorruptSource, match="damaged"):
        parse(content[: len(content) // 2] + b"xl/workbook.xml", "a.xlsx")
