"""The pictures inside a Word or PowerPoint file as pages to look at, unpacked one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import IngestConfig
from .errors import CorruptSource
from .pages import PICTURE_WIDTH, PicturePages
from .parsers.archive import open_archive
from .parsers.office_pictures import picture_parts
from .sniff import picture_type

if TYPE_CHECKING:
    from PIL import Image

# In points. Recognising draws 150 dots an inch, so each of them once: larger reads no better, a screen needs them all.
_PIXEL = 72 / 150
_MOST_WIDTH = 2_000 * _PIXEL  # of a camera's many not all are needed
_MAX_BYTES = IngestConfig().max_unpacked_bytes


class OfficePages:
    """Page n is picture n of `picture_parts`, as large as its pixels are many."""

    def __init__(self, content: bytes, *, media_type: str) -> None:
        self._content = content
        with open_archive(content, max_bytes=_MAX_BYTES) as archive:
            self._parts = picture_parts(archive, media_type=media_type)
        self._last: tuple[int, PicturePages] | None = None

    def __len__(self) -> int:
        return len(self._parts)

    def size(self, number: int) -> tuple[float, float]:
        width, height = self._picture(number).size(1)
        share = self._share(number)
        return width * share, height * share

    def draw(self, number: int, *, scale: float) -> Image.Image:
        return self._picture(number).draw(1, scale=scale * self._share(number))

    def _share(self, number: int) -> float:
        """Of a sheet's width."""
        return min(self._picture(number).pixels(1)[0] * _PIXEL, _MOST_WIDTH) / PICTURE_WIDTH

    def _picture(self, number: int) -> PicturePages:
        """The one looked at last is held."""
        if self._last is None or self._last[0] != number:
            if not 1 <= number <= len(self._parts):
                raise CorruptSource(f"The file holds no picture {number}.")
            with open_archive(self._content, max_bytes=_MAX_BYTES) as archive:
                content = archive.read(self._parts[number - 1])
            self._last = number, PicturePages(content, media_type=picture_type(content) or "")
        return self._last[1]
