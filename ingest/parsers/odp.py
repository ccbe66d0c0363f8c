"""ODP: a page a slide, its title a heading; then the text, lists and tables of its shapes, and the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.types import ParsedDocument, Source

from .archive import open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .odt import BLOCKS, LEFT_OUT, Blocks, declared_title, refuse_protected, text_of
from .odt_styles import read_styles
from .xmlsafe import outermost

_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SLIDE, _NOTES = f"{_DRAW}page", f"{_PRESENTATION}notes"
_FURNITURE = frozenset({"header", "footer", "date-time", "page-number", "page"})


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        refuse_protected(archive)
        blocks = Blocks(builder, styles=read_styles(archive))
        with archive.open("content.xml") as stream:
            slides = outermost(stream, frozenset({_SLIDE}), within=f"{_OFFICE}presentation")
            for number, slide in enumerate(slides, start=1):
                _add_slide(builder, blocks, slide, number=number)
        title = declared_title(archive)
    return builder.build(media_type=source.media_type, title=title, no_text="The slides hold no text.")


def _add_slide(builder: DocumentBuilder, blocks: Blocks, slide: etree._Element, *, number: int) -> None:
    shown = [*_blocks(slide)]
    titles = [block for block in shown if _class(block) == "title"]
    title = " ".join(text_of(block) for block in titles)
    builder.page(number, label=title)
    builder.heading(title, level=1)
    for block in shown:
        if block not in titles:
            blocks.add(block)
    for notes in slide.iterchildren(_NOTES):
        for block in _blocks(notes):
            blocks.add(block)


def _blocks(element: etree._Element) -> Iterator[etree._Element]:
    """What stands in its shapes, those in groups included, but for numbers of slides, dates and what is yet to fill."""
    for child in element:
        if child.tag in BLOCKS:
            yield child
        elif (
            child.tag not in LEFT_OUT
            and child.tag != _NOTES
            and child.get(f"{_PRESENTATION}class") not in _FURNITURE
            and child.get(f"{_PRESENTATION}placeholder") != "true"
        ):
            yield from _blocks(child)


def _class(block: etree._Element) -> str:
    """What its shape is to the slide: title, outline, …"""
    return next((given for shape in block.iterancestors() if (given := shape.get(f"{_PRESENTATION}class"))), "")
