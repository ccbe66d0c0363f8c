"""Which pictures inside a document are looked at, in what order; and where their text goes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import Image

from ingest import ocr, sniff
from ingest.parsers import office_pictures
from ingest.parsers.archive import open_archive
from ingest.parsers.office_pictures import may_hold_text, picture_parts
from ingest.types import RecognizedLine
from tests.scans import as_png, in_docx, in_pptx

from .conftest import Parse

VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'


def plain(width: int = 300, height: int = 200, shade: int = 255) -> Image.Image:
    return Image.new("L", (width, height), shade)


def png(shade: int = 255) -> io.BytesIO:
    return io.BytesIO(as_png(plain(shade=shade)))


def said(*texts: str) -> list[RecognizedLine]:
    """One below the other, the first in letters of twice the height."""
    lines = []
    for number, text in enumerate(texts):
        top, height = 700 - 40.0 * number, 10.0 if number else 20.0
        right = 20 + 5 * len(text)
        lines.append(RecognizedLine(text=text, corners=(20, top, right, top, right, top - height, 20, top - height)))
    return lines


def saved(made: docx.document.Document | pptx.presentation.Presentation) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def parts(content: bytes, media_type: str = sniff.DOCX) -> list[str]:
    """Those worth recognising."""
    with open_archive(content, max_bytes=1 << 30) as archive:
        return [part for part in picture_parts(archive, media_type=media_type) if may_hold_text(archive, part)]


def media(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same file, its pictures' bytes changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if "/media/" in name else old.read(name))
    return out.getvalue()


def test_pictures_come_in_the_order_of_the_text_whatever_their_names() -> None:
    document = docx.Document()
    first = document.add_paragraph("first")
    document.add_picture(png(shade=1))
    first.add_run().add_picture(png(shade=2))
    document.add_table(1, 2).cell(0, 1).paragraphs[0].add_run().add_picture(png(shade=3))

    assert parts(saved(document)) == ["word/media/image2.png", "word/media/image1.png", "word/media/image3.png"]


def test_a_picture_that_stands_twice_counts_once_where_it_stands_first() -> None:
    assert len(parts(in_docx(plain(), plain(shade=7), plain()))) == 2
    assert len(parts(in_pptx(("One", plain()), ("Two", plain())), sniff.PPTX)) == 1


@pytest.mark.parametrize("size", [(199, 300), (3000, 59), (220, 180)])
def test_what_is_too_small_for_text_is_left_out(size: tuple[int, int]) -> None:
    assert parts(in_docx("text", plain(*size))) == []


def test_what_has_too_many_pixels_to_be_opened_is_left_out() -> None:
    assert parts(in_docx("text", Image.new("1", (10_000, 9_000)))) == []


def test_a_picture_is_known_by_its_bytes_and_not_its_name() -> None:
    jpeg, webp = io.BytesIO(), io.BytesIO()
    plain().save(jpeg, "JPEG")
    plain().save(webp, "WEBP")

    for content in (jpeg.getvalue(), webp.getvalue()):
        assert len(parts(media(in_docx(plain()), lambda _, content=content: content))) == 1  # type: ignore[misc]  # a default
    assert parts(media(in_docx(plain()), lambda _: b"\x01\0\0\0 a metafile")) == []
    assert parts(media(in_docx(plain()), lambda png: png[:20])) == []


def test_the_size_is_read_at_the_end_of_a_tiff_too() -> None:
    noise, out = Image.effect_noise((1500, 1000), 90), io.BytesIO()
    noise.save(out, "TIFF")

    assert len(parts(media(in_docx(plain()), lambda _: out.getvalue()))) == 1


def test_an_old_drawing_s_picture_is_found() -> None:
    document = docx.Document()
    relation, _ = document.part.get_or_add_image(png())
    pict = f'<w:pict><v:shape><v:imagedata r:id="{relation}"/></v:shape></w:pict>'
    document.paragraphs or document.add_paragraph()
    document.paragraphs[0]._p.append(parse_xml(f"<w:r {nsdecls('w', 'r')} {VML}>{pict}</w:r>"))

    assert len(parts(saved(document))) == 1


def test_a_picture_that_lies_elsewhere_is_not_looked_at() -> None:
    document = docx.Document()
    relation = document.part.relate_to("https://example.org/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
    blip = f'<w:drawing><a:blip r:embed="{relation}"/></w:drawing>'
    document.add_paragraph("text")._p.append(parse_xml(f"<w:r {nsdecls('w', 'r', 'a')}>{blip}</w:r>"))

    assert parts(saved(document)) == []


def test_a_deleted_picture_is_gone() -> None:
    document = docx.Document()
    document.add_picture(png())
    paragraph = document.paragraphs[0]._p
    deleted = parse_xml(f"<w:del {nsdecls('w')} w:id='1' w:author='a'/>")
    deleted.extend(list(paragraph))
    paragraph.append(deleted)

    assert parts(saved(document)) == []


def test_slides_are_gone_through_as_they_are_shown_and_groups_with_them() -> None:
    slides = pptx.Presentation()
    for shade in (1, 2):
        slide = slides.slides.add_slide(slides.slide_layouts[6])
        slide.shapes.add_group_shape().shapes.add_picture(png(shade=shade), 0, 0)
    listed = slides.slides._sldIdLst
    listed.append(listed[0])

    assert parts(saved(slides), sniff.PPTX) == ["ppt/media/image2.png", "ppt/media/image1.png"]


def test_what_makes_its_reader_fail_costs_itself_alone(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_pictures, "PicturePages", broken)

    assert parse(in_docx("Before.", plain()), "a.docx").text == "Before."


def broken(*_: object, **__: object) -> None:
    raise MemoryError


def test_a_picture_s_text_stands_where_the_picture_does(parse: Parse) -> None:
    content = in_docx("Before.", plain(), "Between.", plain(shade=1), "After.", plain())

    document = parse(content, "a.docx", recognized={1: said("NOTICE", "The lamp is lit"), 2: said("And put out")})

    assert document.text == "Before.\n\nNOTICE\n\nThe lamp is lit\n\nBetween.\n\nAnd put out\n\nAfter."
    assert document.pictures == (1, 2)
    assert document.sections == ()
    assert document.warnings == ("The text of pictures 1, 2 was recognised; letters may be wrong.",)


def test_a_picture_in_a_table_is_told_below_it(parse: Parse) -> None:
    document = docx.Document()
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "lamp", "keeper"
    table.cell(0, 0).paragraphs[0].add_run().add_picture(png())

    text = parse(saved(document), "a.docx", recognized={1: said("Type 7 lamp")}).text

    assert text == "lamp | keeper\n\nType 7 lamp"


def test_a_slide_s_picture_is_on_the_slide_s_page(parse: Parse) -> None:
    content = in_pptx(("One", plain()), ("Two", plain(shade=1)))

    document = parse(content, "a.pptx", recognized={2: said("WARNING", "Mind the step")})

    assert document.text == "One\n\nTwo\n\nWARNING\n\nMind the step"
    assert [(page.number, document.text[page.start : page.end]) for page in document.pages][1] == (
        2,
        "Two\n\nWARNING\n\nMind the step",
    )
    assert document.warnings == ("The text of picture 2 was recognised; letters may be wrong.",)
    assert [section.path for section in document.sections] == [("One",), ("Two",)]


def test_a_picture_too_small_keeps_its_number(parse: Parse) -> None:
    document = parse(in_docx(plain(20, 20), plain()), "a.docx", recognized={2: said("The lamp is lit")})

    assert (document.pictures, document.text) == ((2,), "The lamp is lit")


def test_letters_seen_in_leaves_are_no_text(parse: Parse) -> None:
    document = parse(in_docx("Before.", plain()), "a.docx", recognized={1: said("w", "YX.")})

    assert (document.text, document.warnings) == ("Before.", ())


@pytest.mark.parametrize(("name", "made"), [("a.docx", in_docx(plain())), ("a.pptx", in_pptx(("", plain())))])
def test_a_document_of_pictures_alone_may_yet_be_read(parse: Parse, name: str, made: bytes) -> None:
    assert (parse(made, name).text, parse(made, name).pictures) == ("", (1,))
    assert parse(made, name, recognized={1: said("The lamp is lit")}).text == "The lamp is lit"


def test_where_nothing_recognises_no_picture_is_named(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)

    assert parse(in_docx("Before.", plain()), "a.docx").pictures == ()
