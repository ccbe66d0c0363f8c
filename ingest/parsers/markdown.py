"""Markdown: headings, lists, tables and code as CommonMark sees them; blocks of raw HTML are read as HTML."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.clean import clean_text
from ingest.encoding import decode
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .text import add_text

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
# Inline parsing of brackets and quotes nested by the thousand is quadratic; no person writes them.
_NESTED = re.compile(r"(?:!?[\[(]){64}|(?:>[ ]?){64}|[*_~`]{256}")
_MARKS = "*_[`~<"
_MAX_MARKS = 2_000


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    title = add_markdown(builder, decode(source.path.read_bytes()))
    return builder.build(media_type="text/markdown", title=title)


def add_markdown(builder: DocumentBuilder, raw: str) -> str:
    """Append the document's blocks; the title its front matter declares."""
    text = clean_text(raw)
    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    if _NESTED.search(body) or any(_num_marks(line) > _MAX_MARKS for line in body.split("\n")):
        builder.warn("The file nests its marks too deeply to keep its structure; only its text was kept.")
        add_text(builder, body)
    else:
        tokens = MarkdownIt("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"]).parse(body)
        _Blocks(builder).add(tokens)
    title = _FRONT_TITLE.search(front[1]) if front else None
    return title[1] if title else ""


def _num_marks(line: str) -> int:
    return sum(map(line.count, _MARKS)) if len(line) > _MAX_MARKS else 0


class _Blocks:
    """Walks the parser's flat tokens, remembering which list, heading or table is open."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._lists: list[int | None] = []
        self._marker: str | None = None
        self._heading = 0
        self._rows: list[list[str]] = []
        self._in_table = False

    def add(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self._inline(token)
            elif token.type in {"fence", "code_block"}:
                self._builder.lines(token.content)
            elif token.type == "html_block":
                self._html(token.content)
            else:
                self._open_or_close(token)

    def _open_or_close(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading = int(token.tag[1:])
            case "heading_close":
                self._heading = 0
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._marker = f"{token.info}." if self._lists[-1] is not None else "-"
            case "table_open":
                self._in_table, self._rows = True, []
            case "tr_open":
                self._rows.append([])
            case "table_close":
                self._in_table = False
                self._builder.table(self._rows, has_header=True)
            case _:
                pass

    def _inline(self, token: Token) -> None:
        text = inline_text(token)
        if self._in_table:
            self._rows[-1].append(text)
        elif self._heading:
            self._builder.heading(text, level=self._heading)
        elif self._marker:
            self._builder.entry(text, marker=self._marker, depth=len(self._lists) - 1)
            self._marker = None
        else:
            self._builder.paragraph(text)

    def _html(self, markup: str) -> None:
        from .html import add_html

        add_html(self._builder, markup)


def inline_text(token: Token) -> str:
    """What a reader of the rendered line sees: no marks, a link's words, a picture's description."""
    pieces = []
    for child in token.children or []:
        if child.type in {"text", "code_inline"}:
            pieces.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            pieces.append("\n")
        elif child.type == "image":
            pieces.append(inline_text(child) or child.content)
        elif child.type == "html_inline":
            pieces.append(" " if child.content.lower().startswith("<br") else "")
    return "".join(pieces)
