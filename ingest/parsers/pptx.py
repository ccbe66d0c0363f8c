"""PPTX: a page a slide, its title a heading; text, tables, charts and diagrams, then the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .office import Relation, declared_title, relations
from .placed_pictures import Pictures
from .slides import PICTURE, shapes, slide_parts
from .spans import Cell, add_table, span
from .xmlsafe import parse_xml

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_SPACES = {f"{_A}br": "\n", f"{_A}tab": " "}
_MARKS = frozenset({"buAutoNum", "buChar", "buNone"})
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    pictures = Pictures(builder, source, context)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        slides = slide_parts(archive)
        for number, part in enumerate(slides, start=1):
            _Slide(builder, archive, part, pictures=pictures).add(number)
            context.progress(number, len(slides))
        title = declared_title(archive)
    pictures.warn()
    return builder.build(
        media_type=source.media_type, title=title, no_text="The slides hold no text.", pictures=pictures.numbers
    )


class _Slide:
    """One slide being read."""

    def __init__(self, builder: DocumentBuilder, archive: Archive, part: str, *, pictures: Pictures) -> None:
        self._builder = builder
        self._archive = archive
        self._pictures = pictures
        self._root = parse_xml(archive.read(part))
        self._relations = relations(archive, part)

    def add(self, number: int) -> None:
        shown = [*shapes(self._root)]
        titles = [shape for shape in shown if _placeholder(shape) in _TITLES]
        title = " ".join(_paragraph(paragraph) for shape in titles for paragraph in shape.iter(f"{_A}p"))
        self._builder.page(number, label=title)
        self._builder.heading(title, level=1)
        for shape in shown:
            if shape.tag == PICTURE:
                self._pictures.add(shape, self._relations)
            elif shape not in titles and _placeholder(shape) not in _FURNITURE:
                self._shape(shape)
        for relation in self._relations.values():
            self._related(relation)

    def _shape(self, shape: etree._Element) -> None:
        table = next(shape.iter(f"{_A}tbl"), None)
        if table is not None:
            rows = [[*_cells(row)] for row in table.iter(f"{_A}tr")]
            add_table(self._builder, rows, num_head_rows=_num_head_rows(table, rows))
            return
        is_list = _placeholder(shape) in {"body", "obj", ""} and _has_type(shape)
        numbers: dict[int, int] = {}  # level → the number last given there
        for paragraph in shape.iter(f"{_A}p"):
            self._paragraph(paragraph, is_list=is_list, numbers=numbers)

    def _paragraph(self, paragraph: etree._Element, *, is_list: bool, numbers: dict[int, int]) -> None:
        properties = paragraph.find(f"{_A}pPr")
        level = int(properties.get("lvl", "0")) if properties is not None else 0
        text = _paragraph(paragraph)
        marks = {str(mark.tag).removeprefix(_A) for mark in properties} & _MARKS if properties is not None else set()
        for deeper in [known for known in numbers if known > level or (known == level and "buAutoNum" not in marks)]:
            del numbers[deeper]
        if "buAutoNum" in marks and text.strip():
            numbers[level] = numbers.get(level, 0) + 1
            self._builder.entry(text, marker=f"{numbers[level]}.", depth=level)
        elif level or "buChar" in marks or (is_list and "buNone" not in marks and len(text) < 400):
            self._builder.entry(text, depth=level)
        else:
            self._builder.lines(text)

    def _related(self, relation: Relation) -> None:
        if relation.target not in self._archive:
            return
        if relation.kind == "chart":
            self._chart(parse_xml(self._archive.read(relation.target)))
        elif relation.kind == "diagramData":
            for paragraph in parse_xml(self._archive.read(relation.target)).iter(f"{_A}p"):
                self._builder.entry(_paragraph(paragraph))
        elif relation.kind == "notesSlide":
            self._notes(parse_xml(self._archive.read(relation.target)))

    def _chart(self, root: etree._Element) -> None:
        """The chart's title, then its figures: a row a category, a column a series."""
        title = root.find(f"{_C}chart/{_C}title")
        if title is not None:
            self._builder.paragraph(" ".join(_paragraph(paragraph) for paragraph in title.iter(f"{_A}p")))
        columns: list[list[str]] = []
        for series in root.iter(f"{_C}ser"):
            if not columns:
                columns.append(["", *_points(series, "cat", "xVal")])
            columns.append([" ".join(_points(series, "tx")), *_points(series, "val", "yVal")])
        longest = max((len(column) for column in columns), default=0)
        rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(longest)]
        self._builder.table(rows, has_header=True)

    def _notes(self, root: etree._Element) -> None:
        for shape in shapes(root):
            if _placeholder(shape) == "body":
                for paragraph in shape.iter(f"{_A}p"):
                    self._builder.paragraph(_paragraph(paragraph))


def _placeholder(shape: etree._Element) -> str:
    found = next(shape.iter(f"{_P}ph"), None)
    return "" if found is None else found.get("type", "")


def _has_type(shape: etree._Element) -> bool:
    return next(shape.iter(f"{_P}ph"), None) is not None


def _paragraph(paragraph: etree._Element) -> str:
    pieces = paragraph.iter(f"{_A}t", *_SPACES)
    return "".join(_SPACES.get(str(piece.tag)) or piece.text or "" for piece in pieces)


def _cells(row: etree._Element) -> Iterator[Cell]:
    """The row's cells; those that a merged one covers are left to it."""
    for cell in row.iter(f"{_A}tc"):
        if cell.get("hMerge") != "1" and cell.get("vMerge") != "1":
            text = " ".join(_paragraph(paragraph) for paragraph in cell.iter(f"{_A}p"))
            yield Cell(text, width=span(cell.get("gridSpan")), height=span(cell.get("rowSpan")))


def _num_head_rows(table: etree._Element, rows: list[list[Cell]]) -> int:
    """The rows of a head that is shown as one, where it can be no form; below a wide name stand narrower ones."""
    properties = table.find(f"{_A}tblPr")
    if properties is None or properties.get("firstRow") != "1" or sum(cell.width for cell in rows[0]) < 3:
        return 0
    number = max(cell.height for cell in rows[0])
    return number + 1 if number == 1 and any(cell.width > 1 for cell in rows[0]) and len(rows[0]) > 1 else number


def _points(series: etree._Element, *names: str) -> list[str]:
    """The cached values of one of a series' parts, the first that is there."""
    for name in names:
        part = series.find(f"{_C}{name}")
        if part is not None:
            return [value.text or "" for value in part.iter(f"{_C}v")]
    return []
