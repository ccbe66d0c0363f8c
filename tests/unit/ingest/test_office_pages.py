"""Pictures inside documents as pages: in their order, as large as they are, one unpacked at a time."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from ingest import office_pages, pages, sniff
from ingest.errors import CorruptSource
from tests.scans import in_docx, in_pptx

DARK, LIGHT = Image.new("L", (250, 200), 10), Image.new("L", (400, 300), 200)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (sniff.DOCX, in_docx("first", DARK, "then", LIGHT, DARK)),
        (sniff.PPTX, in_pptx(("first", DARK), ("then", LIGHT), ("again", DARK))),
    ],
)
def test_a_page_is_a_picture_of_its_own_pixels(media_type: str, content: bytes) -> None:
    opened = pages.open_pages(content, media_type=media_type)

    assert len(opened) == 2
    assert opened.size(2) == pytest.approx((400 * 72 / 150, 300 * 72 / 150))
    drawn = [opened.draw(number, scale=150 / 72) for number in (2, 1)]
    assert [picture.size for picture in drawn] == [(400, 300), (250, 200)]
    assert [picture.getpixel((5, 5)) for picture in drawn] == [(200,) * 3, (10,) * 3]


def test_a_camera_s_many_pixels_are_made_fewer() -> None:
    opened = pages.open_pages(in_docx(Image.new("L", (4000, 3000))), media_type=sniff.DOCX)

    assert opened.draw(1, scale=150 / 72).size == (2000, 1500)


def test_a_member_is_unpacked_once_for_its_size_and_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = pages.open_pages(in_docx(DARK, LIGHT), media_type=sniff.DOCX)
    unpacked, open_archive = [], office_pages.open_archive
    monkeypatch.setattr(office_pages, "open_archive", lambda *a, **k: (unpacked.append(a), open_archive(*a, **k))[1])

    for number in (1, 2):
        opened.size(number)
        opened.draw(number, scale=1.0)

    assert len(unpacked) == 2


def test_a_picture_that_is_damaged_inside_is_said_to_be() -> None:
    out, noise = io.BytesIO(), Image.effect_noise((300, 300), 80)
    with zipfile.ZipFile(io.BytesIO(in_docx(noise))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if "/media/" in name else content)
    opened = pages.open_pages(out.getvalue(), media_type=sniff.DOCX)

    assert len(opened) == 1
    with pytest.raises(CorruptSource, match="damaged"):
        opened.draw(1, scale=1.0)


def test_there_is_no_picture_beyond_the_last() -> None:
    with pytest.raises(CorruptSource, match="no picture 2"):
        pages.open_pages(in_docx(DARK), media_type=sniff.DOCX).size(2)
