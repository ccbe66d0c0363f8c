"""Pictures inside Word and PowerPoint files, in the order in which they stand, and which of them may hold text.

`picture_parts` alone numbers them, for the parser as for who recognises them, and by nothing but
where they stand: what else is found out about a picture moves no other's number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from ingest.pages import PicturePages
from ingest.sniff import BMP, DOCX, GIF, HEIF, JPEG, PNG, picture_type

from .archive import Archive
from .office import Relation, main_part, relations
from .slides import PICTURE, shapes, slide_parts
from .xmlsafe import outermost, parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_OLD_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = (f"{_W}del", f"{_W}moveFrom", _FALLBACK)

# Two inches of a line of print at a hundred dots an inch; what is smaller is an icon, a bullet, a button or a rule.
_LEAST_WIDTH, _LEAST_HEIGHT, _LEAST_PIXELS = 200, 60, 40_000
_HEAD_BYTES = 1 << 20
_SIZE_IN_HEAD = frozenset({PNG, JPEG, GIF, BMP})  # a TIFF's may stand at its end, and a WebP is opened whole


def picture_parts(archive: Archive, *, media_type: str) -> list[str]:
    """The parts that are pictures 1, 2, …; one that stands in many places, as a logo on slides, where it does first."""
    return [*dict.fromkeys(_in_text(archive) if media_type == DOCX else _on_slides(archive))]


def may_hold_text(archive: Archive, part: str) -> bool:
    """Whether it is a picture that can be opened, and large enough; by its bytes, whatever its name."""
    try:
        with archive.open(part) as stream:
            content = stream.read(_HEAD_BYTES)
            media_type = picture_type(content)
            if media_type in (None, HEIF):  # whose decoder needs more than a process is left that opens such a file
                return False
            if media_type not in _SIZE_IN_HEAD:
                content += stream.read()
        width, height = PicturePages(content, media_type=media_type).pixels(1)
    except Exception:  # whatever a hostile picture does to its reader costs itself alone, and no document
        return False
    return width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT and width * height >= _LEAST_PIXELS


def parts_in(element: etree._Element, relations: Mapping[str, Relation]) -> Iterator[str]:
    """The pictures' parts that an element refers to; none that was deleted, or is an alternative to a drawing."""
    for image in element.iter(_BLIP, _OLD_IMAGE):
        relation = relations.get(image.get(f"{_R}embed" if image.tag == _BLIP else f"{_R}id", ""))
        if relation and next(image.iterancestors(*_LEFT_OUT), None) is None:
            yield relation.target


def _in_text(archive: Archive) -> Iterator[str]:
    part = main_part(archive, usual="word/document.xml")
    targets = relations(archive, part)
    with archive.open(part) as stream:
        for block in outermost(stream, frozenset({f"{_W}p", f"{_W}tbl"}), within=f"{_W}body"):
            yield from parts_in(block, targets)


def _on_slides(archive: Archive) -> Iterator[str]:
    for slide in slide_parts(archive):
        targets = relations(archive, slide)
        for shape in shapes(parse_xml(archive.read(slide))):
            if shape.tag == PICTURE:
                yield from parts_in(shape, targets)
