"""XML of any kind: elements with text become paragraphs, titles of sections headings, flat records lines.

Knows the names that journal articles (JATS), DocBook and TEI share; where it does
not know a name it goes by the shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from lxml import etree

from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .spans import MAX_SPAN, Cell, add_table, span
from .xmlsafe import parse_xml

_SECTIONS = frozenset({"sec", "section", "chapter", "abstract", "app", "ack", "ref-list", "div", "body", "front-stub"})
_HEADINGS = frozenset({"title", "head"})
_TITLES = frozenset({"article-title", "booktitle", "book-title"})
_PARAGRAPHS = frozenset({"p", "para", "title", "head"})
# What a machine reads, wherever it stands; and what a journal's database wants to know of an article.
_CODES = frozenset({"contrib-id", "institution-id", "object-id", "tex-math"})
_CATALOGUE = _CODES | {
    "journal-meta", "article-categories", "article-id", "counts", "custom-meta-group", "permissions", "history",
    "self-uri", "elocation-id", "volume", "issue", "pub-date", "xref-list", "alt-title",
}  # fmt: skip
# Elements whose parts are read on one line.
_WHOLE = frozenset({"ref", "contrib", "aff", "fn", "kwd-group", "award-group"})
_LISTS = frozenset({"list", "itemizedlist", "orderedlist"})
_ENTRIES = frozenset({"list-item", "listitem", "item"})
_APART = _PARAGRAPHS | {"break", "br", "label", "lb"}
_RAISED = frozenset({"sup", "superscript"})
_INLINE = _RAISED | {"b", "bold", "emph", "emphasis", "hi", "i", "italic", "sc", "sub", "subscript"}
_ROWS = frozenset({"tr", "row"})
_CITATIONS = frozenset({"mixed-citation", "element-citation", "citation", "person-group"})
_MAX_DEPTH = 200


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    root = parse_xml(source.path.read_bytes())
    _Walk(builder).element(root, depth=0, level=1)
    title = next((_text(element) for element in root.iter() if _name(element) in _TITLES), "")
    return builder.build(media_type="application/xml", title=title, no_text="The file holds no text.")


class _Walk:
    """Appends an element tree to a builder, outermost elements with text first."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder

    def element(self, element: etree._Element, *, depth: int, level: int) -> None:
        name = _name(element)
        if not name or name in _CATALOGUE or _is_told_with_its_title(element):
            return
        if name in _TITLES:
            self._builder.heading(_text(element), level=0)
        elif name in _HEADINGS and _name(element.getparent()) in _SECTIONS:
            self._builder.heading(_labelled(element), level=max(1, level - 1))
        elif name == "caption":
            self._builder.paragraph(_labelled(element))
        elif name in {"table", "tgroup"}:
            self._table(element)
        elif name in _ENTRIES and _name(element.getparent()) in _LISTS:
            self._builder.entry(_text(element))
        elif name in _WHOLE or _is_running_text(element) or depth > _MAX_DEPTH:
            self._builder.paragraph(_text(element))
        elif _is_record(element):
            self._builder.paragraph(" | ".join(f"{_name(field)}: {_text(field)}" for field in element if _text(field)))
        else:
            for child in element:
                self.element(child, depth=depth + 1, level=level + 1 if name in _SECTIONS else level)

    def _table(self, element: etree._Element) -> None:
        for child in element:
            if _name(child) in _HEADINGS | {"caption"}:
                self._builder.paragraph(_text(child))
        rows = [row for row in element.iter() if _name(row) in _ROWS]
        head = sum(1 for _ in takewhile(lambda row: _name(row.getparent()) == "thead", rows))
        add_table(self._builder, [[_cell(cell) for cell in row if _name(cell)] for row in rows], num_head_rows=head)


def _cell(cell: etree._Element) -> Cell:
    more_rows = cell.get("morerows", "")
    height = int(more_rows) + 1 if more_rows.isascii() and more_rows.isdigit() else span(cell.get("rowspan"))
    return Cell(_text(cell), width=span(cell.get("colspan")), height=min(height, MAX_SPAN))


def _name(element: etree._Element | None) -> str:
    """The local name; "" for comments, instructions and entities."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2]


def _is_told_with_its_title(element: etree._Element) -> bool:
    """Whether the element is the number of a section, table or figure, which its title is told with."""
    if _name(element) != "label":
        return False
    following = _name(element.getnext())
    return following == "caption" or (following in _HEADINGS and _name(element.getparent()) in _SECTIONS)


def _labelled(element: etree._Element) -> str:
    """A title or a caption behind its number: ``Table 2. Diets in different scenarios.``"""
    label, text = element.getprevious(), _text(element)
    if label is None or _name(label) != "label":
        return text
    number = _text(label)
    return f"{number}{' ' if number.endswith(('.', ':', ')')) else '. '}{text}" if number else text


def _text(element: etree._Element) -> str:
    """All its text on one line; parts that a reader sees apart are apart."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    name = _name(element)
    if not name or name in _CODES:
        return
    yield " " if name in _APART or _is_mark(element) else ""
    yield element.text or ""
    before = ""
    for child in _as_read(element):
        yield "" if _is_running_text(element) else _separator(before, _name(child))
        yield from _pieces(child)
        yield child.tail or ""
        before = _name(child)
    yield " " if name in _APART or _opens_note(element) else ""


def _is_mark(element: etree._Element) -> bool:
    """Whether the element refers, by a raised letter or number, to a note that a word would run into."""
    parent = element.getparent()
    within = _name(parent) in _RAISED and parent is not None and not parent.text
    return _name(element) == "xref" and (within or any(_name(child) in _RAISED for child in element))


def _opens_note(element: etree._Element) -> bool:
    """Whether the element is the raised letter or number that a note begins with."""
    parent = element.getparent()
    if _name(element) not in _RAISED or parent is None or element.getprevious() is not None or parent.text:
        return False
    return "fn" in (_name(parent), _name(parent.getparent()))


def _as_read(element: etree._Element) -> list[etree._Element]:
    """The children in order; given names before a surname, but in a list of references after it."""
    parts = list(element)
    if _name(element) == "name" and _name(element.getparent()) not in _CITATIONS:
        parts.sort(key=lambda part: _name(part) == "surname")
    return parts


def _separator(before: str, name: str) -> str:
    """What stands between two parts without words between them."""
    if not before:
        return ""
    if name == "role" or before == name == "kwd":
        return ", "
    return "" if {before, name} <= _INLINE else " "


def _is_running_text(element: etree._Element) -> bool:
    """Whether words stand directly in the element, between its children or alone."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _is_record(element: etree._Element) -> bool:
    """Whether the element is a few fields, each without children of its own."""
    fields = [child for child in element if _name(child)]
    if _name(element) in _SECTIONS or any(_name(field) in _PARAGRAPHS | _TITLES for field in fields):
        return False
    return 2 <= len(fields) <= 40 and all(not len(child) and len(_text(child)) < 200 for child in fields)
