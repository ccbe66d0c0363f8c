"""What was recognised in a document's pictures, put where each of them stands first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from ingest import ocr
from ingest.errors import IngestError
from ingest.types import RecognizedLine, Source

from .archive import open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .office import Relation
from .office_pictures import may_hold_text, parts_in, picture_parts
from .printed.reading import add_picture, named

_LEAST_LETTERS = 4  # what is "read" in leaves, faces and ornaments is mostly shorter


class Pictures:
    """A document's pictures while it is parsed; ``numbers`` are theirs, none where nothing recognises."""

    def __init__(self, builder: DocumentBuilder, source: Source, context: ParserContext) -> None:
        self._builder, self._recognized = builder, context.recognized
        self._left = _numbers_by_part(source, context) if context.config.ocr and ocr.is_installed() else {}
        self.numbers = (*self._left.values(),)
        self._read: list[int] = []

    def add(self, element: etree._Element, relations: Mapping[str, Relation]) -> None:
        """Append the text of those in ``element`` that have not had their turn."""
        for part in parts_in(element, relations):
            number = self._left.pop(part, 0)
            lines = self._recognized.get(number, ())
            if _says_something(lines):
                add_picture(self._builder, lines)
                self._read.append(number)

    def warn(self) -> None:
        if self._read:
            self._builder.warn(
                f"The text of {named(sorted(self._read), 'picture')} was recognised; letters may be wrong."
            )


def _numbers_by_part(source: Source, context: ParserContext) -> dict[str, int]:
    """Of the pictures worth recognising; none where the file is broken, of which the parser speaks."""
    try:
        with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
            parts = picture_parts(archive, media_type=source.media_type)
            return {part: number for number, part in enumerate(parts, start=1) if may_hold_text(archive, part)}
    except IngestError:
        return {}


def _says_something(lines: Sequence[RecognizedLine]) -> bool:
    return sum(char.isalnum() for line in lines for char in line.text) >= _LEAST_LETTERS
