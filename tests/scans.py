"""Pages as a scanner gives them, and documents with pictures in them, for tests."""

import io

import docx
import pillow_heif
import pptx
from PIL import Image, ImageDraw, ImageFont


def page_of(*lines: str) -> Image.Image:
    """900 pixels wide; line n begins 40 + 60 n pixels from the top."""
    picture = Image.new("L", (900, 80 + 60 * len(lines)), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(30)
    for number, line in enumerate(lines):
        pen.text((60, 40 + 60 * number), line, fill=0, font=font)
    return picture


def as_png(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def as_heic(page: Image.Image) -> bytes:
    """As phones keep photographs."""
    out = io.BytesIO()
    pillow_heif.from_pillow(page).save(out)
    return out.getvalue()


def as_pdf(*pages: Image.Image) -> bytes:
    """A page each, without a text layer."""
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=110, save_all=True, append_images=pages[1:])
    return out.getvalue()


def in_docx(*blocks: str | Image.Image) -> bytes:
    """A Word file of these paragraphs and pasted pictures."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        else:
            document.add_picture(io.BytesIO(as_png(block)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def in_pptx(*slides: tuple[str, Image.Image]) -> bytes:
    """Slides of a title and a picture each."""
    shown = pptx.Presentation()
    for title, picture in slides:
        slide = shown.slides.add_slide(shown.slide_layouts[5])
        slide.shapes.title.text = title
        slide.shapes.add_picture(io.BytesIO(as_png(picture)), 0, 0)
    out = io.BytesIO()
    shown.save(out)
    return out.getvalue()
