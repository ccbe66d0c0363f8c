"""Make the sample documents that are not text files: `python docs/make_samples.py` (needs the `test` extra).

The words of the PDFs and the Word file are in docs/samples-source/, in the little Markdown
this reads: headings, paragraphs, tables. Fernhill Instruments does not exist, and what is
written about it is under CC0 (docs/samples/README.md).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
from docx import Document
from fpdf import FPDF
from openpyxl import Workbook
from openpyxl.styles import Font
from PIL import Image

HERE = Path(__file__).parent
WRITTEN = datetime(2026, 1, 12, tzinfo=UTC)

PRODUCTS = [
    ("Product", "Name", "Price (GBP)", "Warranty", "Delivery time"),
    ("FI-100", "Rain gauge", 149, "2 years", "3 days"),
    ("FI-200", "Weather station", 680, "3 years", "5 days"),
    ("FI-250", "Weather station with lightning detector", 940, "3 years", "2 weeks"),
    ("FI-400", "Air quality monitor", 1250, "2 years", "10 days"),
    ("FI-900", "Reference barometer", 3100, "5 years", "6 weeks"),
]
PARTS = [
    ("Part number", "Part", "Fits", "Price (GBP)"),
    ("P-11", "Tipping bucket", "FI-100", 24),
    ("P-21", "Anemometer cups", "FI-200, FI-250", 38),
    ("P-22", "Lithium battery pack", "FI-200, FI-250", 52),
    ("P-41", "Particle filter", "FI-400", 19),
    ("P-42", "Laser module", "FI-400", 310),
]


class Handbook(FPDF):
    """Pages with a running head and a number, as a printed handbook has them."""

    def header(self) -> None:
        self.set_font("Helvetica", "I", 9)
        self.line_of("Fernhill Instruments - Staff handbook, January 2026", height=12)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=9)
        self.cell(0, 8, f"Page {self.page_no()}", align="C")

    def line_of(self, text: str, *, height: float) -> None:
        self.multi_cell(0, height, text, new_x="LMARGIN", new_y="NEXT")


def blocks(name: str) -> Iterator[tuple[int, str | list[list[str]]]]:
    """(heading level or 0, text or table rows) of a Markdown file, in order."""
    for block in (HERE / "samples-source" / name).read_text().strip().split("\n\n"):
        if block.startswith("|"):
            rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in block.splitlines()]
            yield 0, [rows[0], *rows[2:]]
        else:
            marks, _, rest = block.partition(" ")
            level = len(marks) if set(marks) == {"#"} else 0
            yield level, (rest if level else block).replace("\n", " ")


def make_handbook(path: Path) -> None:
    pdf = Handbook()
    pdf.set_title("Staff handbook")
    pdf.set_creation_date(WRITTEN)
    pdf.set_margins(25, 18)
    pdf.add_page()
    for level, content in blocks("staff-handbook.md"):
        if isinstance(content, list):
            with pdf.table(col_widths=(20, 30, 50)) as table:
                for row in content:
                    table.row(row)
        elif level:
            if level == 2 and pdf.get_y() > 120:
                pdf.add_page()
            pdf.set_font("Helvetica", "B", (22, 16, 13)[level - 1])
            pdf.ln(3)
            pdf.line_of(content, height=10)
        else:
            pdf.set_font("Helvetica", size=11)
            pdf.line_of(content, height=6)
            pdf.ln(2)
    pdf.output(str(path))


def make_scan(path: Path) -> None:
    """A page as a scanner gives it: a picture a little askew, with a grain, and no text layer."""
    pdf = FPDF()
    pdf.set_margins(25, 30)
    pdf.add_page()
    for level, content in blocks("calibration-certificate.md"):
        if isinstance(content, list):
            pdf.set_font("Times", size=12)
            with pdf.table(col_widths=(40, 40, 40), borders_layout="HORIZONTAL_LINES") as table:
                for row in content:
                    table.row(row)
            pdf.ln(6)
        else:
            pdf.set_font("Times", "B" if level else "", 20 if level else 12)
            pdf.multi_cell(0, 12 if level else 7, content, new_x="LMARGIN", new_y="NEXT")
            pdf.ln(4)
    page = pypdfium2.PdfDocument(bytes(pdf.output()))[0].render(scale=130 / 72).to_pil().convert("L")
    askew = page.rotate(-0.7, resample=Image.Resampling.BICUBIC, fillcolor=255)
    random = np.random.default_rng(417)
    grained = np.clip(np.asarray(askew, dtype=np.float32) * 0.94 + random.normal(6, 5, askew.size[::-1]), 0, 255)
    Image.fromarray(grained.astype(np.uint8)).save(
        path, "PDF", resolution=130, quality=40, creationDate=WRITTEN.timetuple(), modDate=WRITTEN.timetuple()
    )


def make_travel_policy(path: Path) -> None:
    document = Document()
    document.core_properties.title = "Travel policy"
    document.core_properties.author = "Fernhill Instruments"
    document.core_properties.created = document.core_properties.modified = WRITTEN.replace(tzinfo=None)
    for level, content in blocks("travel-policy.md"):
        if isinstance(content, list):
            table = document.add_table(rows=0, cols=len(content[0]), style="Light Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif level:
            document.add_heading(content, level=level - 1)
        else:
            document.add_paragraph(content)
    document.save(str(path))


def make_price_list(path: Path) -> None:
    book = Workbook()
    book.properties.title = "Price list 2026"
    book.properties.created = book.properties.modified = WRITTEN.replace(tzinfo=None)
    for sheet, title, rows in ((book.active, "Products", PRODUCTS), (book.create_sheet(), "Spare parts", PARTS)):
        sheet.title = title
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
    book.save(path)


if __name__ == "__main__":
    make_handbook(HERE / "samples" / "staff-handbook.pdf")
    make_travel_policy(HERE / "samples" / "travel-policy.docx")
    make_scan(HERE / "samples" / "calibration-certificate-scan.pdf")
    make_price_list(HERE / "samples" / "price-list-2026.xlsx")
