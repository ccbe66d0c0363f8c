"""HTML: the page's own text in reading order, without navigation, scripts or what is hidden.

Nested deeper than a person would write, a page is read without its structure:
the tree builder's time grows with the square of the depth.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.encoding import decode
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .dom import children, is_hidden
from .spans import Cell, add_table, span
from .svg import drawn_paragraphs

_MAX_DEPTH = 200
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset({
    "audio", "button", "canvas", "datalist", "dialog", "embed", "form", "head", "iframe", "input", "map", "math", "nav",
    "noscript", "object", "option", "script", "select", "style", "template", "textarea", "video",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend",
    "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_TOOL_CLASSES = "editsection|jump-link|skip-link|no-?print|(?:cite-)?backlink|footnote-back(?:ref)?"
_TOOL_CLASS = re.compile(rf"(?:^|[\s_-])(?:{_TOOL_CLASSES})(?:\s|$)", re.IGNORECASE)
_MENU_CLASS = re.compile(
    rf"(?:^|[\s_-])(?:nav(?:bar|box|igation)?|menu|dropdown|breadcrumbs?|cookie|catlinks|printfooter|{_TOOL_CLASSES})"
    r"(?:[\s_-]|$)",
    re.IGNORECASE,
)
_MENU_SHARE = 0.3
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>")
# Elements without an end tag, or whose end tag people leave out.
_VOID = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "p", "param",
    "source", "td", "th", "tr", "track", "wbr",
})  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    title = add_html(builder, decode_html(source.path.read_bytes()))
    return builder.build(media_type="text/html", title=title, no_text="The page holds no text.")


def decode_html(content: bytes, *, declared: str = "") -> str:
    """The page's text by the encoding that its head names, or else that is ``declared`` for it."""
    found = _CHARSET.search(content[:4096]) or _XML_CHARSET.search(content[:200])
    return decode(content, declared=found[1].decode("ascii", errors="replace") if found else declared)


def add_html(builder: DocumentBuilder, markup: str) -> str:
    """Append the page's blocks; the title its head declares."""
    if nesting_depth(markup) > _MAX_DEPTH:
        builder.warn("The page is nested too deeply to keep its headings and tables; only its text was kept.")
        _add_flat(builder, markup)
        return ""
    tree = LexborHTMLParser(markup)
    title = tree.css_first("head > title")
    body = tree.body
    if body is not None:
        root = _main_part(body)
        _Walk(builder, num_chars=len(root.text())).block(root)
    return title.text(strip=True) if title is not None else ""


def nesting_depth(markup: str) -> int:
    """An upper bound of how deeply elements nest, in one pass over the tags."""
    depth = deepest = 0
    for tag in _TAG.finditer(markup):
        if tag[3] or tag[2].lower() in _VOID:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _main_part(body: LexborNode) -> LexborNode:
    """The element that says it is the page's content, when exactly one does."""
    mains = body.css("main, [role=main]")
    if len(mains) != 1:
        mains = body.css("article")
    return mains[0] if len(mains) == 1 and len(mains[0].text()) > 500 else body


def _add_flat(builder: DocumentBuilder, markup: str) -> None:
    text = re.sub(r"(?is)<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", " ", markup)
    for line in re.split(r"(?i)</?(?:p|div|li|tr|h[1-6]|br|blockquote|section|article)\b[^<>]*>", text):
        builder.paragraph(unescape(re.sub(r"<[^<>]*>", " ", line)))


class _Walk:
    """One walk over a tree of ``num_chars``; inline text is gathered until a block begins or ends."""

    def __init__(self, builder: DocumentBuilder, *, num_chars: int) -> None:
        self._builder = builder
        self._max_menu_chars = _MENU_SHARE * num_chars
        self._inline: list[str] = []

    def block(self, node: LexborNode) -> None:
        """Append what ``node`` holds, as blocks."""
        for child in children(node):
            tag = child.tag
            if tag == "-text":
                self._inline.append(child.text_content or "")
            elif tag is None or tag in _SKIPPED or tag.startswith(("-", "!")) or is_hidden(child):
                continue
            elif self._is_menu(child):
                if tag in _BLOCKS:
                    self._flush()
            elif tag == "svg":
                self._flush()
                self._drawing(child)
            elif tag == "br":
                self._inline.append("\n")
            elif tag == "img":
                self._inline.append(f" {child.attributes.get('alt') or ''} ")
            elif tag in _BLOCKS:
                self._flush()
                self._special(child, tag)
            else:
                self._inline_or_block(child)
        if node.tag in _BLOCKS:
            self._flush()

    def _is_menu(self, node: LexborNode) -> bool:
        """Whether its class calls it a menu and it is not most of the page, as under a class like ``has-menu``."""
        named = node.attributes.get("class") or ""
        return bool(_MENU_CLASS.search(named)) and len(node.text()) < self._max_menu_chars

    def _inline_or_block(self, node: LexborNode) -> None:
        if node.tag in {"td", "th"}:
            self._inline.append(" ")
        self.block(node)

    def _special(self, node: LexborNode, tag: str) -> None:
        if tag in _HEADINGS:
            self._builder.heading(visible_text(node), level=_HEADINGS[tag])
        elif tag == "pre":
            self._builder.lines(visible_text(node))
        elif tag == "table":
            self._table(node)
        elif tag in {"ul", "ol"}:
            self._list(node, depth=0)
        elif tag == "footer" and node.parent is not None and node.parent.tag == "body":
            return
        else:
            self.block(node)

    def _drawing(self, node: LexborNode) -> None:
        for paragraph in drawn_paragraphs(node):
            self._builder.paragraph(paragraph)

    def _list(self, node: LexborNode, *, depth: int) -> None:
        number = 0
        for child in children(node):
            if child.tag in {"ul", "ol"}:
                self._list(child, depth=depth + 1)
            elif child.tag == "li" and not is_hidden(child):
                number += 1
                self._entry(child, marker=f"{number}." if node.tag == "ol" else "-", depth=depth)

    def _entry(self, node: LexborNode, *, marker: str, depth: int) -> None:
        """An entry with only inline text is one line; one that holds blocks is walked as such."""
        nested = [child for child in children(node) if child.tag in {"ul", "ol"}]
        inner = [child for child in children(node) if child.tag in _BLOCKS - {"ul", "ol", "p", "div"}]
        if inner:
            self.block(node)
            return
        self._builder.entry(visible_text(node, without={"ul", "ol"}), marker=marker, depth=depth)
        for child in nested:
            self._list(child, depth=depth + 1)

    def _table(self, node: LexborNode) -> None:
        """A table of data as rows; one that only lays out the page, or holds other tables, as blocks."""
        rows = [row for row in node.css("tr") if not is_hidden(row)]
        cells = [[cell for cell in children(row) if cell.tag in {"td", "th"}] for row in rows]
        widest = max((len(row) for row in cells), default=0)
        if widest < 2 or len(node.css("table")) > 1 or node.attributes.get("role") == "presentation":
            self.block(node)
            return
        caption = node.css_first("caption")
        if caption is not None:
            self._builder.paragraph(visible_text(caption))
        head = sum(1 for _ in takewhile(lambda row: row and all(cell.tag == "th" for cell in row), cells))
        add_table(self._builder, [[_cell(cell) for cell in row] for row in cells], num_head_rows=head)

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        for part in re.split(r"\n[^\S\n]*\n\s*", text) if "\n" in text else [text]:
            self._builder.paragraph(part)


def _cell(cell: LexborNode) -> Cell:
    given = cell.attributes
    return Cell(visible_text(cell), width=span(given.get("colspan")), height=span(given.get("rowspan")))


def visible_text(node: LexborNode, *, without: set[str] | None = None) -> str:
    """The text inside ``node`` that a reader of the page sees, in one string."""
    pieces: list[str] = []
    _gather(node, pieces, without or set())
    return "".join(pieces)


def _gather(node: LexborNode, pieces: list[str], without: set[str]) -> None:
    for child in children(node):
        tag = child.tag
        if tag == "-text":
            pieces.append(child.text_content or "")
        elif tag == "br":
            pieces.append("\n")
        elif tag == "img":
            pieces.append(f" {child.attributes.get('alt') or ''} ")
        elif tag and tag not in _SKIPPED | without | {"svg"} and not tag.startswith(("-", "!")):
            if is_hidden(child) or _TOOL_CLASS.search(child.attributes.get("class") or ""):
                continue
            pieces.append(" " if tag in _BLOCKS else "")
            _gather(child, pieces, without)
            pieces.append(" " if tag in _BLOCKS else "")
