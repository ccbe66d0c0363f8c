"""Pages to look at: a PDF's, a picture's, or the pictures inside a document, drawn at any scale.

Only for a confined process: it opens files of strangers. A page's size is in points, and
its origin the lower left corner as it is shown; a picture counts as one as wide as a sheet of A4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .errors import CorruptSource, SourceTooLarge
from .sniff import HEIF, HOLD_PICTURES, PDF

if TYPE_CHECKING:
    import pypdfium2
    from PIL import Image

PICTURE_WIDTH = 595.0
MAX_PIXELS = 80_000_000
MAX_FRAMES = 2_000  # of a TIFF; other formats' further frames are animation


class Pages(Protocol):
    """A file's pages, counted from 1."""

    def __len__(self) -> int: ...

    def size(self, number: int) -> tuple[float, float]:
        """Width and height in points."""

    def draw(self, number: int, *, scale: float) -> Image.Image:
        """The page in RGB, ``scale`` pixels a point."""


def open_pages(content: bytes, *, media_type: str) -> Pages:
    """Raises CorruptSource or SourceTooLarge."""
    if media_type == PDF:
        return PdfPages(content)
    if media_type in HOLD_PICTURES:
        from .office_pages import OfficePages

        return OfficePages(content, media_type=media_type)
    return PicturePages(content, media_type=media_type)


class PdfPages:
    def __init__(self, content: bytes) -> None:
        import pypdfium2

        try:
            self.document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise CorruptSource("The PDF is damaged and cannot be opened.") from error

    def __len__(self) -> int:
        return len(self.document)

    def size(self, number: int) -> tuple[float, float]:
        width, height = self.page(number).get_size()
        return float(width), float(height)

    def draw(self, number: int, *, scale: float) -> Image.Image:
        picture: Image.Image = self.page(number).render(scale=scale).to_pil()
        return picture.convert("RGB")

    def page(self, number: int) -> pypdfium2.PdfPage:
        import pypdfium2

        try:
            return self.document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise CorruptSource(f"Page {number} is damaged and cannot be drawn.") from error


class PicturePages:
    """One picture; of a TIFF each frame."""

    def __init__(self, content: bytes, *, media_type: str) -> None:
        """That type alone is opened: Pillow would take the bytes for whatever they also look like."""
        import io

        from PIL import Image

        Image.init()
        if media_type == HEIF:
            import pillow_heif

            pillow_heif.register_heif_opener()
        Image.MAX_IMAGE_PIXELS = None  # `_seek` judges, by an error and no warning
        try:
            self._picture = Image.open(io.BytesIO(content), formats=[media_type.removeprefix("image/").upper()])
        except _TROUBLE as error:
            raise CorruptSource(_BROKEN) from error

    def __len__(self) -> int:
        if self._picture.format != "TIFF":
            return 1
        try:
            return min(MAX_FRAMES, getattr(self._picture, "n_frames", 1))
        except _TROUBLE as error:
            raise CorruptSource(_BROKEN) from error

    def size(self, number: int) -> tuple[float, float]:
        width, height = self.pixels(number)
        return PICTURE_WIDTH, PICTURE_WIDTH * height / width

    def pixels(self, number: int) -> tuple[int, int]:
        """Its width and height as it is shown, from its header alone."""
        self._seek(number)
        width, height = self._picture.size
        if self._picture.format != "TIFF" and self._orientation() in _LYING:  # a TIFF's is turned already
            width, height = height, width
        return width, height

    def draw(self, number: int, *, scale: float) -> Image.Image:
        from PIL import Image

        picture = self._shown(number)
        width = max(1, round(PICTURE_WIDTH * scale))
        height = max(1, round(picture.height * width / picture.width))
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            paper = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(paper, picture)
        elif picture.mode.startswith(("I", "F")):
            picture = _of_wide_values(picture)
        return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)

    def _shown(self, number: int) -> Image.Image:
        """The frame, turned as its camera says."""
        from PIL import ImageOps

        self._seek(number)
        try:
            return ImageOps.exif_transpose(self._picture)
        except _TROUBLE as error:
            raise CorruptSource(_BROKEN) from error

    def _orientation(self) -> int:
        try:
            return int(self._picture.getexif().get(_ORIENTATION, 1))
        except (OSError, ValueError, TypeError, SyntaxError):
            return 1

    def _seek(self, number: int) -> None:
        """The frame's header alone is read; a HEIC opens at the picture that its phone shows, wherever that stands."""
        try:
            if self._picture.format != "HEIF":
                self._picture.seek(number - 1)
        except _TROUBLE as error:
            raise CorruptSource(_BROKEN) from error
        if self._picture.width * self._picture.height > MAX_PIXELS:
            raise SourceTooLarge(_TOO_LARGE)


def _of_wide_values(picture: Image.Image) -> Image.Image:
    """Greys of 16 bits or more in 8."""
    import numpy as np
    from PIL import Image

    values = np.asarray(picture, dtype=np.float32)
    narrow = values / 257 if values.max() > 255 else values
    return Image.fromarray(narrow.clip(0, 255).astype(np.uint8))


_TROUBLE = (OSError, EOFError, ValueError, SyntaxError, RuntimeError)  # what Pillow says of a broken picture
_ORIENTATION, _LYING = 0x0112, (5, 6, 7, 8)  # EXIF's tag, and its values for a picture on its side
_TOO_LARGE = f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels; that is the limit."
_BROKEN = "The picture is damaged and cannot be opened."
