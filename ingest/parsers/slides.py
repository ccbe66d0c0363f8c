"""A PPTX file's slides in the order they are shown, and the shapes on each."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.errors import CorruptSource

from .archive import Archive
from .office import main_part, relations
from .xmlsafe import parse_xml

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
PICTURE = f"{_P}pic"


def slide_parts(archive: Archive) -> list[str]:
    """The slides' parts in the order they are shown."""
    part = main_part(archive, usual="ppt/presentation.xml")
    targets = relations(archive, part)
    listed = parse_xml(archive.read(part)).iter(f"{_P}sldId")
    found = [targets[entry.get(_R_ID, "")].target for entry in listed if entry.get(_R_ID, "") in targets]
    if not found:
        raise CorruptSource("The file is damaged: it names no slides.")
    return [slide for slide in found if slide in archive]


def shapes(root: etree._Element) -> Iterator[etree._Element]:
    """Shapes, frames and pictures in the order of the slide, those in groups included, alternatives once."""
    for element in root.iter(f"{_P}sp", f"{_P}graphicFrame", PICTURE):
        if next(element.iterancestors(_FALLBACK), None) is None:
            yield element
