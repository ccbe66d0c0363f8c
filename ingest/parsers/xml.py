"""XML of any kind: elements with text become paragraphs, titles of sections headings, flat records lines.

Knows the names that journal articles (JATS), DocBook and TEI share; where it does
not know a name it goes by the shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .xmlsafe import parse_xml

_SECTIONS = frozenset({"sec", "section", "chapter", "abstract", "app", "ack", "ref-list", "div", "body", "front-stub"})
_HEADINGS = frozenset({"title", "head"})
_TITLES = frozenset({"article-title", "booktitle", "book-title"})
_PARAGRAPHS = frozenset({"p", "para", "title", "head"})
# What a journal's database wants to know, and no reader.
_CATALOGUE = frozenset({
    "journal-meta", "article-categories", "article-id", "counts", "custom-meta-group", "permissions", "history",
    "self-uri", "elocation-id", "volume", "issue", "pub-date", "xref-list",
})  # fmt: skip
# Elements whose parts are read on one line.
_WHOLE = frozenset({"ref", "contrib", "aff", "fn", "list-item", "kwd-group"})
_APART = frozenset({"given-names", "surname", "label", "year", "kwd", "xref", "mixed-citation", "element-citation"})
_ROWS = frozenset({"tr", "row"})
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
        if not name or name in _CATALOGUE:
            return
        inside = level + 1 if name in _SECTIONS else level
        if name in _HEADINGS and _name(element.getparent()) in _SECTIONS | {"caption"}:
            self._heading(element, level=level)
        elif name in {"table", "tgroup"}:
            rows = [row for row in element.iter() if _name(row) in _ROWS]
            self._builder.table([[_text(cell) for cell in row] for row in rows])
        elif name in _WHOLE or _is_running_text(element) or depth > _MAX_DEPTH:
            self._builder.paragraph(_text(element))
        elif _is_record(element):
            self._builder.paragraph(" | ".join(f"{_name(field)}: {_text(field)}" for field in element if _text(field)))
        else:
            for child in element:
                self.element(child, depth=depth + 1, level=inside)

    def _heading(self, element: etree._Element, *, level: int) -> None:
        if _name(element.getparent()) == "caption":
            self._builder.paragraph(_text(element))
        else:
            self._builder.heading(_text(element), level=max(1, level - 1))


def _name(element: etree._Element | None) -> str:
    """The local name; "" for comments, instructions and entities."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2]


def _text(element: etree._Element) -> str:
    """All its text on one line; parts that a reader sees apart are apart."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    name = _name(element)
    if name:
        yield " " if name in _APART else ""
        yield element.text or ""
        for child in element:
            yield from _pieces(child)
            yield child.tail or ""


def _is_running_text(element: etree._Element) -> bool:
    """Whether words stand directly in the element, between its children or alone."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _is_record(element: etree._Element) -> bool:
    """Whether the element is a few fields, each without children of its own."""
    fields = [child for child in element if _name(child)]
    if _name(element) in _SECTIONS or any(_name(field) in _PARAGRAPHS for field in fields):
        return False
    return 2 <= len(fields) <= 40 and all(not len(child) and len(_text(child)) < 200 for child in fields)
