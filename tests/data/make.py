"""Makes the sample documents beside it: one small guide in every format we read.

Run it from the repository root after changing it, then read what changed:
``python -m tests.data.make``. The files are ours and in the public domain (CC0).
"""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from fpdf import FPDF

from tests.old_files import doc_file, msg_attachment, msg_properties, msg_texts, msg_time, ppt_file
from tests.ole_file import ole_file

HERE = Path(__file__).parent
TITLE = "Lighthouse keeper's guide"
INTRO = "The lamp is lit at dusk. It burns until sunrise, and never a minute less."
SECTION = "Oil and wicks"
CARE = "Trim the wick every four hours. A clean wick burns 0.3 litres of oil an hour."
CHINESE = "灯塔建于1887年。它的灯光在二十海里外可见。"
STEPS = ("Fill the tank.", "Wind the clockwork.", "Write the hour in the log.")
TABLE = (("Ship", "Port", "Cargo"), ("Aurora", "Bergen", "salt"), ("Perla", "Lisboa", "cork"))
MARKDOWN = f"""---
title: {TITLE}
---
# {TITLE}

{INTRO}

## {SECTION}

{CARE} See the [log](https://example.org/log).

{CHINESE}

1. {STEPS[0]}
2. {STEPS[1]}
3. {STEPS[2]}

| Ship | Port | Cargo |
|---|---|---|
| Aurora | Bergen | salt |
| Perla | Lisboa | cork |

```
lamp --on
```
"""
HTML = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>
<style>p {{ color: black }}</style><script>document.write("not text")</script></head>
<body><nav><a href="/">Home</a></nav><main><h1>{TITLE}</h1><p>{INTRO}</p><p style="display:none">Unseen.</p>
<h2>{SECTION}</h2><p>{CARE}</p><p>{CHINESE}</p><ol>{"".join(f"<li>{step}</li>" for step in STEPS)}</ol>
<table><tr>{"".join(f"<th>{cell}</th>" for cell in TABLE[0])}</tr>
{"".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE[1:])}</table></main>
<footer>Imprint</footer></body></html>
"""
TEXT = f"{TITLE}\n\n{INTRO}\n\n{CARE}\n\n{CHINESE}\n"
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_ODF_STEPS = "".join(f"<text:list-item><text:p>{step}</text:p></text:list-item>" for step in STEPS)
_ODF_STEPS = f"<text:list>{_ODF_STEPS}</text:list>"
_ODF_TABLE = "".join(
    "<table:table-row>"
    + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
    + "</table:table-row>"
    for row in TABLE
)
_ODF_TABLE = f"<table:table>{_ODF_TABLE}</table:table>"


def main() -> None:
    (HERE / "guide.md").write_text(MARKDOWN, encoding="utf-8")
    (HERE / "guide.html").write_text(HTML, encoding="utf-8")
    (HERE / "guide.txt").write_text(TEXT, encoding="utf-8")
    (HERE / "guide-utf16.txt").write_bytes(TEXT.encode("utf-16"))
    (HERE / "guide-gb18030.txt").write_bytes(TEXT.encode("gb18030"))
    (HERE / "ships.csv").write_text("\n".join(";".join(row) for row in TABLE) + "\n", encoding="utf-8")
    (HERE / "ships.tsv").write_text("\n".join("\t".join(row) for row in TABLE) + "\n", encoding="utf-8")
    make_pdf()
    make_docx()
    make_pptx()
    make_xlsx()
    make_odt()
    make_odp()
    make_ods()
    make_epub()
    make_eml()
    make_old_office()
    make_rtf()
    make_xml()


def make_pdf() -> None:
    """Two pages with a running head and page numbers; a paragraph runs over the page's end."""
    pdf = FPDF(format="A4")
    pdf.set_title(TITLE)
    pdf.set_creation_date(datetime(2026, 1, 5, tzinfo=UTC))
    for number, body in enumerate((INTRO, f"{CARE} The keeper signs for", "every barrel that is landed."), start=1):
        pdf.add_page()
        pdf.set_font("helvetica", size=9)
        pdf.cell(text="Northern Lights Service", new_x="LMARGIN", new_y="NEXT")
        if number < 3:
            pdf.set_font("helvetica", style="B", size=18)
            pdf.cell(h=14, text=TITLE if number == 1 else SECTION, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(w=110, h=6, text=body, new_x="LMARGIN", new_y="NEXT")
        if number == 3:
            for row in TABLE:
                for column, cell in enumerate(row):
                    pdf.text(12 + 38 * column, 50 + 7 * TABLE.index(row), cell)
        pdf.set_font("helvetica", size=9)
        pdf.text(95, 280, f"Page {number}")
    pdf.output(str(HERE / "guide.pdf"))


def make_docx() -> None:
    document = docx.Document()
    document.core_properties.title = TITLE
    document.add_heading(TITLE, level=1)
    document.add_paragraph(INTRO)
    document.add_heading(SECTION, level=2)
    document.add_paragraph(CARE)
    document.add_paragraph(CHINESE)
    for step in STEPS:
        document.add_paragraph(step, style="List Number")
    table = document.add_table(rows=0, cols=3)
    for row in TABLE:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(HERE / "guide.docx"))


def make_pptx() -> None:
    slides = pptx.Presentation()
    slides.core_properties.title = TITLE
    first = slides.slides.add_slide(slides.slide_layouts[0])
    first.shapes.title.text = TITLE
    first.placeholders[1].text = INTRO
    second = slides.slides.add_slide(slides.slide_layouts[1])
    second.shapes.title.text = SECTION
    second.placeholders[1].text = "\n".join(STEPS)
    second.notes_slide.notes_text_frame.text = CARE
    frame = second.shapes.add_table(3, 3, 0, 0, 4_000_000, 1_000_000)
    for row, texts in enumerate(TABLE):
        for column, text in enumerate(texts):
            frame.table.cell(row, column).text = text
    slides.save(str(HERE / "guide.pptx"))


def make_xlsx() -> None:
    book = openpyxl.Workbook()
    ships = book.active
    ships.title = "Ships"
    for row in TABLE:
        ships.append(row)
    oil = book.create_sheet("Oil")
    for cells in (("Month", "Litres", "Landed"), ("May", 120, True), ("June", 98.5, False)):
        oil.append(cells)
    book.create_sheet("Drafts").sheet_state = "hidden"
    book.save(HERE / "ships.xlsx")


def make_odt() -> None:
    content = (
        f'<text:h text:outline-level="1">{TITLE}</text:h><text:p>{INTRO}</text:p>'
        f'<text:h text:outline-level="2">{SECTION}</text:h><text:p>{CARE}</text:p><text:p>{CHINESE}</text:p>'
        f"{_ODF_STEPS}{_ODF_TABLE}"
    )
    _pack(
        "guide.odt",
        "application/vnd.oasis.opendocument.text",
        {
            "content.xml": f"<office:document-content {_ODF}><office:body><office:text>{content}</office:text>"
            "</office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {_ODF}><office:meta><dc:title>{TITLE}</dc:title></office:meta>"
            "</office:document-meta>",
        },
    )


def make_odp() -> None:
    def frame(role: str, content: str) -> str:
        return f'<draw:frame presentation:class="{role}"><draw:text-box>{content}</draw:text-box></draw:frame>'

    first = frame("title", f"<text:p>{TITLE}</text:p>") + frame("subtitle", f"<text:p>{INTRO}</text:p>")
    second = (
        f"{frame('title', f'<text:p>{SECTION}</text:p>')}{frame('outline', _ODF_STEPS)}"
        f"<draw:frame>{_ODF_TABLE}</draw:frame>"
        f"<presentation:notes>{frame('notes', f'<text:p>{CARE}</text:p>')}</presentation:notes>"
    )
    names = (
        f'{_ODF} xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
    )
    _pack(
        "guide.odp",
        "application/vnd.oasis.opendocument.presentation",
        {
            "content.xml": f"<office:document-content {names}><office:body><office:presentation><draw:page>{first}"
            f"</draw:page><draw:page>{second}</draw:page></office:presentation></office:body></office:document-content>"
        },
    )


def make_ods() -> None:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in TABLE
    )
    _pack(
        "ships.ods",
        "application/vnd.oasis.opendocument.spreadsheet",
        {
            "content.xml": f"<office:document-content {_ODF}><office:body><office:spreadsheet>"
            f'<table:table table:name="Ships">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
            'manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.'
            'opendocument.spreadsheet"/></manifest:manifest>',
        },
    )


def make_epub() -> None:
    chapter = HTML.replace("<!doctype html>", "").replace(
        '<html lang="en">', '<html xmlns="http://www.w3.org/1999/xhtml">'
    )
    _pack(
        "guide.epub",
        "application/epub+zip",
        {
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="book/package.opf"/></rootfiles></container>',
            "book/package.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>{TITLE}</dc:title></metadata>'
            '<manifest><item id="nav" href="nav.xhtml" properties="nav"/><item id="one" href="one.xhtml"/></manifest>'
            '<spine><itemref idref="nav"/><itemref idref="one"/></spine></package>',
            "book/nav.xhtml": "<html><body><ol><li>Contents</li></ol></body></html>",
            "book/one.xhtml": chapter,
        },
    )


def make_eml() -> None:
    message = EmailMessage()
    message["Subject"] = f"{TITLE} 灯塔"
    message["From"] = "Ada Wick <ada@example.org>"
    message["To"] = "keepers@example.org"
    message["Date"] = "Mon, 05 Jan 2026 08:00:00 +0000"
    message.set_content(f"{INTRO}\n\n{CHINESE}\n")
    message.add_alternative(HTML, subtype="html")
    message.add_attachment("\n".join(",".join(row) for row in TABLE), subtype="csv", filename="../ships.csv")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    message.set_boundary("outer")
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"boundary-{number}")
    (HERE / "guide.eml").write_bytes(message.as_bytes())


def make_old_office() -> None:
    """DOC, PPT and MSG, without what a library would be needed for: styles, lists and tables."""
    (HERE / "guide.doc").write_bytes(doc_file(TITLE, INTRO, SECTION, CARE, CHINESE, *STEPS))
    (HERE / "guide.ppt").write_bytes(ppt_file((TITLE, [INTRO]), (SECTION, [CARE, CHINESE])))
    sent = msg_time(datetime(2026, 1, 5, 8, tzinfo=UTC))
    said = {0x0037: f"{TITLE} 灯塔", 0x0C1A: "Ada Wick", 0x5D01: "ada@example.org", 0x0E04: "Keepers"}
    message = {
        "__properties_version1.0": msg_properties((0x0039, 0x0040, sent)),
        **msg_texts({**said, 0x1000: f"{INTRO}\r\n\r\n{CHINESE}"}),
        "__attach_version1.0_#00000000": msg_attachment("steps.txt", "\n".join(STEPS).encode()),
    }
    (HERE / "guide.msg").write_bytes(ole_file(message))


def make_rtf() -> None:
    chinese = "".join(char if ord(char) < 128 else rf"\u{ord(char)}?" for char in CHINESE)
    head = rf"{{\rtf1\ansi\ansicpg1252 {{\info{{\title {TITLE}}}}}"
    rows = "".join(r"\trowd " + "".join(rf"{cell}\cell " for cell in row) + r"\row " for row in TABLE)
    (HERE / "guide.rtf").write_text(
        rf"{head}{TITLE}\par {INTRO}\par {CARE}\par {chinese}\par {rows}}}", encoding="ascii"
    )


def make_xml() -> None:
    (HERE / "guide.xml").write_text(
        f"<article><front><article-title>{TITLE}</article-title></front><body><sec><title>{SECTION}</title>"
        f"<p>{CARE}</p><p>{CHINESE}</p></sec></body></article>",
        encoding="utf-8",
    )


def _pack(name: str, media_type: str, parts: dict[str, str]) -> None:
    """A zip container that declares its type first; the same bytes every time."""
    with zipfile.ZipFile(HERE / name, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), media_type)
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part), content)


if __name__ == "__main__":
    main()
