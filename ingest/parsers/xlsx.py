"""Spreadsheets (XLSX, XLSB, XLS, ODS): a page a sheet, a table for each run of filled rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest import sniff
from ingest.errors import CorruptSource, EncryptedSource
from ingest.types import ParsedDocument, Source

from .archive import open_archive
from .base import ParserContext
from .builder import DocumentBuilder

Cell = int | float | str | bool | time | date | datetime | timedelta
_DEFAULT_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|лист|工作表|シート)\s*\d+", re.IGNORECASE)
_BROKEN = "The spreadsheet is damaged and cannot be opened."
_LOCKED = "The spreadsheet is protected by a password; save a copy without it and upload that."


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    if source.media_type != sniff.XLS:
        with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
            archive.check_all()
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    try:
        _add_sheets(builder, source, context)
    except PasswordError as error:
        raise EncryptedSource(_LOCKED) from error
    except (CalamineError, ValueError) as error:
        raise CorruptSource(_BROKEN) from error
    return builder.build(media_type=source.media_type, heading_is_title=False, no_text="The spreadsheet holds no text.")


def _add_sheets(builder: DocumentBuilder, source: Source, context: ParserContext) -> None:
    with CalamineWorkbook.from_path(str(source.path)) as workbook:
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        hidden = [sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible]
        for number, sheet in enumerate(sheets, start=1):
            if sheet.name not in hidden:
                builder.page(number, label=sheet.name)
                if not _DEFAULT_NAME.fullmatch(sheet.name.strip()):
                    builder.heading(sheet.name, level=1)
                rows = workbook.get_sheet_by_name(sheet.name).iter_rows()
                for table in _tables([cell_text(cell) for cell in row] for row in rows):
                    builder.table(table)
            context.progress(number, len(sheets))
        if hidden:
            builder.warn(f"Hidden sheets were left out: {', '.join(hidden[:10])}.")


def _tables(rows: Iterable[list[str]]) -> Iterator[Iterator[list[str]]]:
    """Runs of rows that are not empty; each must be used up before the next is asked for."""
    cursor = iter(rows)
    for first in cursor:
        if any(first):
            yield _run(first, cursor)


def _run(first: list[str], cursor: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    for row in cursor:
        if not any(row):
            return
        yield row


def cell_text(cell: Cell) -> str:
    """A cell as a person wrote it: whole numbers without a point, dates without a midnight."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="minutes")
    return str(cell).strip()
