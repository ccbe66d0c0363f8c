"""Pages to look at: sizes in points, frames, cameras held upright, transparent paper, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pillow_heif
import pytest
from fpdf import FPDF
from PIL import Image

from ingest import pages, sniff
from ingest.errors import CorruptSource, SourceTooLarge


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def test_a_pdf_page_has_its_own_size() -> None:
    paper = FPDF(format=(148, 210))
    paper.add_page()

    opened = pages.open_pages(bytes(paper.output()), media_type=sniff.PDF)

    assert len(opened) == 1
    assert opened.size(1) == pytest.approx((419.5, 595.3), abs=0.5)
    assert opened.draw(1, scale=1.0).size == (420, 596)


def test_a_picture_is_as_wide_as_a_sheet() -> None:
    opened = pages.open_pages(saved(Image.new("RGB", (100, 200)), "PNG"), media_type=sniff.PNG)

    assert opened.size(1) == (595.0, 1190.0)
    assert opened.draw(1, scale=2.0).size == (1190, 2380)


def test_a_camera_held_upright_gives_an_upright_page() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    opened = pages.open_pages(saved(Image.new("RGB", (200, 100)), "JPEG", exif=exif), media_type=sniff.JPEG)

    width, height = opened.size(1)
    assert height == 2 * width
    assert opened.draw(1, scale=0.1).height > opened.draw(1, scale=0.1).width


def test_a_phone_s_heic_is_drawn_as_it_was_held() -> None:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    content = saved(Image.new("RGB", (200, 100), "red"), "HEIF", exif=exif.tobytes())
    opened = pages.open_pages(content, media_type=sniff.HEIF)

    width, height = opened.size(1)
    drawn = opened.draw(1, scale=0.1)
    assert height == 2 * width
    assert drawn.height > drawn.width
    assert drawn.getpixel((5, 5))[0] > 200


@pytest.mark.parametrize("tag", range(1, 9))
def test_a_tiff_that_says_how_it_lies_is_as_large_as_it_is_drawn(tag: int) -> None:
    content = saved(Image.new("L", (200, 100)), "TIFF", tiffinfo={0x0112: tag})

    width, height = pages.open_pages(content, media_type=sniff.TIFF).size(1)

    drawn = pages.open_pages(content, media_type=sniff.TIFF).draw(1, scale=1.0)
    assert drawn.size == pytest.approx((width, height), abs=1)


def test_bytes_that_also_look_like_another_format_are_not_opened_as_that() -> None:
    photo_cd = b"\x89PNG\r\n\x1a\n".ljust(2048, b"\0") + b"PCD_".ljust(4096, b"\0")

    with pytest.raises(CorruptSource):
        pages.open_pages(photo_cd, media_type=sniff.PNG)


def test_a_tiff_has_a_page_a_frame_and_an_animation_one() -> None:
    frames = [Image.new("L", (40, 40), shade) for shade in (0, 128, 255)]

    tiff = pages.open_pages(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]), media_type=sniff.TIFF)
    gif = pages.open_pages(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), media_type=sniff.GIF)

    assert [tiff.draw(number, scale=0.1).getpixel((5, 5)) for number in (1, 2, 3)] == [(v,) * 3 for v in (0, 128, 255)]
    assert len(gif) == 1


@pytest.mark.parametrize(
    ("picture", "kind", "shade"),
    [
        (Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG", 255),  # nothing on paper
        (Image.new("I;16", (10, 10), 65535), "PNG", 255),
        (Image.new("I;16B", (10, 10), 65535), "TIFF", 255),
        (Image.new("F", (10, 10), 128.0), "TIFF", 128),
        (Image.new("CMYK", (10, 10)), "TIFF", 255),
        (Image.new("1", (10, 10), 0), "TIFF", 0),
    ],
)
def test_every_way_of_colouring_is_drawn(picture: Image.Image, kind: str, shade: int) -> None:
    opened = pages.open_pages(saved(picture, kind), media_type=f"image/{kind.lower()}")

    assert opened.draw(1, scale=0.05).getpixel((3, 3)) == (shade,) * 3


def test_a_flood_of_pixels_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(Image.new("1", (3000, 3000)), "PNG")
    monkeypatch.setattr(pages, "MAX_PIXELS", 5_000_000)

    with pytest.raises(SourceTooLarge, match="pixels"):
        pages.open_pages(content, media_type=sniff.PNG).size(1)


@pytest.mark.parametrize("media_type", [sniff.PNG, sniff.HEIF, sniff.PDF])
def test_a_broken_file_is_said_to_be_one(media_type: str) -> None:
    with pytest.raises(CorruptSource, match="damaged"):
        pages.open_pages(b"\x89PNG\r\n\x1a\n and then nothing", media_type=media_type)


def test_a_picture_cut_off_is_said_to_be_damaged() -> None:
    content = saved(Image.effect_noise((300, 300), 80), "PNG")
    opened = pages.open_pages(content[: len(content) // 2], media_type=sniff.PNG)

    with pytest.raises(CorruptSource, match="damaged"):
        opened.draw(1, scale=0.5)
