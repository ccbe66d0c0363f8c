"""Parsers, one file a format, imported on demand: the web process never loads a PDF library."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from ingest import sniff
from ingest.errors import UnsupportedType

from .base import Parser

_MODULES = {
    sniff.PDF: "pdf",
    sniff.DOCX: "docx",
    sniff.PPTX: "pptx",
    sniff.XLSX: "xlsx",
    sniff.XLSB: "xlsx",
    sniff.XLS: "xlsx",
    sniff.ODS: "xlsx",
    sniff.ODT: "odt",
    sniff.ODP: "odp",
    sniff.EPUB: "epub",
    sniff.DOC: "old_office",
    sniff.PPT: "old_office",
    sniff.RTF: "rtf",
    sniff.HTML: "html",
    sniff.MARKDOWN: "markdown",
    sniff.CSV: "csv",
    sniff.TSV: "csv",
    sniff.XML: "xml",
    sniff.EML: "eml",
    sniff.MSG: "msg",
    sniff.TEXT: "text",
    **dict.fromkeys(sniff.PICTURES, "image"),
}
MEDIA_TYPES = frozenset(_MODULES)


def parser_for(media_type: str) -> Parser:
    """The parser of a media type that ``sniff`` names."""
    if media_type not in _MODULES:
        raise UnsupportedType(f"Files of type {media_type or 'unknown'} are not supported. {sniff.SUPPORTED}")
    return cast("Parser", import_module(f".{_MODULES[media_type]}", __package__).parse)
