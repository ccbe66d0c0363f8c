"""PDF by pypdf: slower and plainer, for files whose structure PDFium refuses."""

from __future__ import annotations

import logging

import pypdf
from pypdf.errors import PyPdfError

from ingest.clean import clean_text
from ingest.errors import CorruptSource, EncryptedSource
from ingest.parsers.base import ParserContext
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.text import add_text
from ingest.types import ParsedDocument, Source

_BROKEN = "The PDF is damaged and cannot be opened."


def parse_with_pypdf(source: Source, context: ParserContext) -> ParsedDocument:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    try:
        reader = pypdf.PdfReader(source.path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise EncryptedSource("The PDF is protected by a password; save a copy without it and upload that.")
        num_pages = len(reader.pages)
        for number, page in enumerate(reader.pages, start=1):
            builder.page(number)
            add_text(builder, clean_text(page.extract_text()))
            context.progress(number, num_pages)
    # pypdf meets broken structures with whatever Python raises on them.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, ArithmeticError) as error:
        raise CorruptSource(_BROKEN) from error
    builder.warn("The PDF is damaged; its text was read in a simpler way and may be incomplete.")
    return builder.build(media_type="application/pdf", no_text="The PDF is damaged, and no text was found in it.")
