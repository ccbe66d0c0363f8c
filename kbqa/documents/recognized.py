"""What was recognised on pages that are pictures: kept page by page, so that a worker that dies costs one page.

A picture inside a Word or PowerPoint file is kept as a page is, by its number among these pictures.
"""

from collections.abc import Sequence

from ingest.types import RecognizedLine

from .models import RecognizedPage, Version

Lines = Sequence[RecognizedLine]


def recognized_pages(version: Version) -> dict[int, Lines]:
    """All that earlier tries have recognised of it, by page."""
    return {page.number: _lines(page) for page in version.recognized_pages.all()}


def recognized_lines(version: Version, number: int) -> Lines:
    """What stands on one page; nothing where it is no picture."""
    page = version.recognized_pages.filter(number=number).first()
    return _lines(page) if page else []


def recognized_page_keep(version: Version, number: int, lines: Lines) -> None:
    RecognizedPage.objects.update_or_create(
        version=version, number=number, defaults={"lines": [[line.text, line.corners] for line in lines]}
    )


def _lines(page: RecognizedPage) -> Lines:
    return [RecognizedLine(text=text, corners=tuple(corners)) for text, corners in page.lines]
