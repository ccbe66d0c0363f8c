"""PDF: the page of every passage, paragraphs over lines and pages, headings, tables, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import pytest
from fpdf import FPDF
from fpdf.enums import AccessPermission
from PIL import Image

from ingest.errors import CorruptSource, EncryptedSource, NoText
from ingest.types import ParsedDocument, RecognizedLine
from tests.unit.ingest.parsers.conftest import Parse

LINE = "The keeper of the light writes each night in the log what has passed"


class Paper(FPDF):
    """A page with a few ways to set lines on it."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_font("helvetica", size=11)

    def lines(self, *texts: str, x: float = 20, y: float = 40, step: float = 5.5) -> None:
        for text in texts:
            self.text(x, y, text)
            y += step

    def bytes(self) -> bytes:
        return bytes(cast("bytearray", self.output()))


@pytest.fixture
def paper() -> Paper:
    made = Paper()
    made.add_page()
    return made


def page_text(document: ParsedDocument, number: int) -> str:
    page = next(page for page in document.pages if page.number == number)
    return document.text[page.start : page.end].strip()


def test_each_page_holds_its_own_text(parse: Parse) -> None:
    paper = Paper()
    for number in range(1, 6):
        paper.add_page()
        paper.lines(f"Canary number {number} sings on this page.")

    document = parse(paper.bytes(), "a.pdf")

    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5]
    assert all(page_text(document, n) == f"Canary number {n} sings on this page." for n in range(1, 6))


def test_lines_are_joined_and_hyphens_mended(parse: Parse, paper: Paper) -> None:
    paper.lines(f"{LINE}, and what is to be expec-", "ted before the next one comes to the coast of the far north.")

    assert parse(paper.bytes(), "a.pdf").text == (
        f"{LINE}, and what is to be expected before the next one comes to the coast of the far north."
    )


def test_a_gap_parts_paragraphs(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, LINE + ".")
    paper.lines(LINE, LINE + ".", y=62)

    assert parse(paper.bytes(), "a.pdf").text.count("\n\n") == 1


def test_short_lines_keep_their_breaks(parse: Parse, paper: Paper) -> None:
    paper.lines("Lighthouse Service", "12 Harbour Road", "Bergen", LINE)

    assert parse(paper.bytes(), "a.pdf").text.startswith("Lighthouse Service\n12 Harbour Road\nBergen\n")


def test_a_larger_line_is_a_heading(parse: Parse, paper: Paper) -> None:
    paper.set_font("helvetica", size=20)
    paper.lines("Of oil and wicks", y=25)
    paper.set_font("helvetica", size=11)
    paper.lines(LINE, LINE)

    document = parse(paper.bytes(), "a.pdf")

    assert [section.path for section in document.sections] == [("Of oil and wicks",)]
    assert document.title == "Of oil and wicks"


def test_running_heads_and_page_numbers_are_left_out(parse: Parse) -> None:
    paper = Paper()
    for number in range(1, 6):
        paper.add_page()
        paper.lines("Annual report 2026", y=10)
        paper.lines(f"Story {number} is told here.")
        paper.lines(str(number), x=100, y=285)

    text = parse(paper.bytes(), "a.pdf").text

    assert "Annual report" not in text
    assert text == "\n\n".join(f"Story {number} is told here." for number in range(1, 6))


def test_a_sentence_goes_on_over_the_page(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, "and in the morning he", y=270)
    paper.add_page()
    paper.lines("puts it out again.")

    document = parse(paper.bytes(), "a.pdf")

    assert document.text == f"{LINE} and in the morning he puts it out again."
    assert page_text(document, 2) == "puts it out again."


def test_columns_are_read_one_after_the_other(parse: Parse, paper: Paper) -> None:
    for row in range(8):
        paper.text(20, 40 + 6 * row, f"Left column line {row} of the first story")
        paper.text(115, 40 + 6 * row, f"Right column line {row} of the other story")

    text = parse(paper.bytes(), "a.pdf").text

    assert text.index("Left column line 7") < text.index("Right column line 0")


def test_cells_that_stand_above_each_other_are_a_table(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE)
    rows = (("Ship", "Port", "Tons"), ("Aurora", "Bergen", "120"), ("Perla", "Lisboa", "98"))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            paper.text(20 + 45 * column, 60 + 6 * row, cell)

    document = parse(paper.bytes(), "a.pdf")

    assert document.text.endswith("Ship: Aurora | Port: Bergen | Tons: 120\nShip: Perla | Port: Lisboa | Tons: 98")
    assert len(document.tables) == 1


def test_text_set_sideways_comes_after_the_text_of_its_page(parse: Parse, paper: Paper) -> None:
    with paper.rotation(90, x=10, y=200):
        paper.lines("Stamped in the margin", x=10, y=200)
    paper.lines(LINE, LINE)

    assert parse(paper.bytes(), "a.pdf").text.endswith("\n\nStamped in the margin")


def test_dots_of_a_table_of_contents_are_shortened(parse: Parse, paper: Paper) -> None:
    paper.lines("Oil " + ". " * 40 + "7", "Wicks " + ". " * 39 + "12")

    assert parse(paper.bytes(), "a.pdf").text == "Oil … 7\nWicks … 12"


def test_a_page_without_text_is_named(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE)
    paper.add_page()

    assert any("page 2" in warning for warning in parse(paper.bytes(), "a.pdf").warnings)


def test_lines_that_only_look_alike_are_kept(parse: Parse) -> None:
    paper = Paper()
    for number in range(1, 9):
        paper.add_page()
        paper.lines(f"Certificate number {number}", f"It is granted to keeper {number} of the northern light.", y=60)

    text = parse(paper.bytes(), "a.pdf").text

    assert all(f"Certificate number {number}" in text for number in range(1, 9))


def pictured(paper: Paper) -> None:
    paper.image(Image.new("L", (40, 40), 128), x=10, y=10, w=100)


def test_a_page_that_shows_something_and_holds_no_text_is_a_picture(parse: Parse, paper: Paper) -> None:
    pictured(paper)
    paper.add_page()
    paper.lines(LINE)
    paper.add_page()

    assert parse(paper.bytes(), "a.pdf").pictures == (1,)


def test_a_scan_with_a_stamp_on_it_is_a_picture_still(parse: Parse, paper: Paper) -> None:
    paper.image(Image.new("L", (40, 56), 128), x=0, y=0, w=210, h=297)
    paper.lines("Scanned with the camera of a telephone")

    assert parse(paper.bytes(), "a.pdf").pictures == (1,)


def test_nothing_at_all_is_said_truly(parse: Parse, paper: Paper) -> None:
    with pytest.raises(NoText, match="holds no text"):
        parse(paper.bytes(), "a.pdf")


def test_what_was_recognised_stands_beside_a_page_s_own_text(parse: Parse, paper: Paper) -> None:
    paper.image(Image.new("L", (40, 56), 128), x=0, y=0, w=210, h=297)
    paper.lines("Stamped by the harbour office", y=20)
    found = {1: [line_at("Stamped hy the harhour offce", 785), line_at(LINE, 700)]}

    document = parse(paper.bytes(), "a.pdf", recognized=found)

    assert document.text == f"Stamped by the harbour office\n\n{LINE}"
    assert document.warnings == ("The text of page 1 was recognised in a picture; letters may be wrong.",)


def line_at(text: str, y: float) -> RecognizedLine:
    return RecognizedLine(text=text, corners=(57, y + 6, 400, y + 6, 400, y - 6, 57, y - 6))


def test_a_password_is_asked_for(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE)
    paper.set_encryption(owner_password="owner", user_password="user")

    with pytest.raises(EncryptedSource, match="password"):
        parse(paper.bytes(), "a.pdf")


def test_a_file_anyone_may_open_is_read_though_it_may_not_be_changed(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE)
    paper.set_encryption(owner_password="owner", permissions=AccessPermission.none())

    assert parse(paper.bytes(), "a.pdf").text == LINE


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"])
def test_a_broken_file_is_corrupt(parse: Parse, content: bytes) -> None:
    with pytest.raises(CorruptSource, match="damaged"):
        parse(content, "a.pdf")


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("Of light", "Of light"),
        ("Microsoft Word - light.doc", "Big words"),
        ("light.pdf", "Big words"),
        ("A", "Big words"),  # the name of the file
        ("", "Big words"),
    ],
)
def test_a_title_left_by_a_program_is_no_title(parse: Parse, paper: Paper, declared: str, title: str) -> None:
    paper.set_title(declared)
    paper.lines(LINE, LINE)
    paper.set_font("helvetica", size=20)
    paper.lines("Big words", y=25)

    assert parse(paper.bytes(), "a.pdf").title == title


def test_a_heading_beside_the_body_is_no_title(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, LINE, LINE + ".", y=25)
    paper.set_font("helvetica", size=14)
    paper.lines("Examining the docket", y=60)
    paper.set_font("helvetica", size=11)
    paper.lines(LINE, y=70)

    document = parse(paper.bytes(), "a.pdf")

    assert document.title == ""
    assert [section.path for section in document.sections] == [("Examining the docket",)]


def test_a_heading_of_a_later_page_is_no_title(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, LINE)
    paper.add_page()
    paper.set_font("helvetica", size=20)
    paper.lines("Of oil and wicks", y=25)

    assert parse(paper.bytes(), "a.pdf").title == ""


def raise_mark(paper: Paper, mark: str, *, behind: str, x: float = 20, y: float = 40) -> float:
    """``behind`` with a mark set above it; where the line goes on."""
    paper.text(x, y, behind)
    x += paper.get_string_width(behind)
    paper.set_font("helvetica", size=7)
    paper.text(x, y - 1.6, mark)
    x += paper.get_string_width(mark)
    paper.set_font("helvetica", size=11)
    return x


@pytest.mark.parametrize(
    ("behind", "mark", "text"),
    [
        ("Germany has 83,190,556", "2", "Germany has 83,190,556[2] of them."),
        ("The coast was lit.", "12", "The coast was lit.[12] of them."),
        ("As the keepers", "1,2", "As the keepers[1][2] of them."),
        ("A billion is 10", "9", "A billion is 10^9 of them."),
        ("It covers 12 km", "2", "It covers 12 km² of them."),
    ],
)
def test_a_raised_mark_is_set_apart(parse: Parse, paper: Paper, behind: str, mark: str, text: str) -> None:
    x = raise_mark(paper, mark, behind=behind)
    paper.text(x, 40, " of them.")

    assert parse(paper.bytes(), "a.pdf").text == text


def test_the_mark_of_a_note_stands_before_it_too(parse: Parse, paper: Paper) -> None:
    paper.text(raise_mark(paper, "3", behind=""), 40, "The keeper of the light wrote it.")

    assert parse(paper.bytes(), "a.pdf").text == "[3] The keeper of the light wrote it."


def test_numbers_in_brackets_and_numbers_beside_larger_words_are_what_they_are(parse: Parse, paper: Paper) -> None:
    paper.lines("See [12] for page 7 of 1,200.")
    paper.set_font("helvetica", size=16)
    paper.text(20, 60, "Chapter")
    paper.set_font("helvetica", size=10)
    paper.text(44, 60, "4")

    assert parse(paper.bytes(), "a.pdf").text == "See [12] for page 7 of 1,200.\n\nChapter 4"


def test_a_hyphen_at_a_line_s_end_stays_where_the_document_s_words_have_it(parse: Parse, paper: Paper) -> None:
    paper.lines("A cross-attention over lamps is what the keepers of the north are known for, a cross-")
    paper.lines("attention that every ship is grateful for.", y=45.5)

    assert "for, a cross-attention that" in parse(paper.bytes(), "a.pdf").text


def test_the_numbers_of_a_page_s_lines_are_left_out(parse: Parse, paper: Paper) -> None:
    paper.lines(*map(str, range(1, 26)), x=12, y=40, step=9)
    for row in range(25):
        paper.text(30, 40 + 9 * row, LINE)

    assert parse(paper.bytes(), "a.pdf").text.startswith(LINE)


def test_integers_that_are_a_table_s_rows_stay(parse: Parse, paper: Paper) -> None:
    for row in range(1, 26):
        paper.lines(str(row), x=20, y=40 + 9 * row)
        paper.lines(f"Ship of the {row} fleet", x=60, y=40 + 9 * row)

    assert "25 | Ship of the 25 fleet" in parse(paper.bytes(), "a.pdf").text


SHIPS = (("Aurora", "Bergen", "120"), ("Perla", "Lisboa", "98"), ("Maria", "Porto", "77"))


def set_rows(paper: Paper, rows: Iterable[Sequence[str]], *, y: float) -> None:
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            paper.text(20 + 45 * column, y + 6 * row, cell)


def test_a_head_in_lines_of_its_own_names_the_columns(parse: Parse, paper: Paper) -> None:
    """In larger letters, two lines high, over a group's title, and drawn after the rows it stands over."""
    paper.text(20, 54.5, "Of the north")
    set_rows(paper, SHIPS, y=60)
    paper.set_font("helvetica", size=13)
    paper.text(20, 43, "Ship")
    paper.text(64, 43, "Home")
    paper.text(64, 48.5, "port")
    paper.text(109, 48.5, "Tons")

    document = parse(paper.bytes(), "a.pdf")

    assert document.text == (
        "Of the north\n\nShip | Home port | Tons\n"
        "Ship: Aurora | Home port: Bergen | Tons: 120\nShip: Perla | Home port: Lisboa | Tons: 98\n"
        "Ship: Maria | Home port: Porto | Tons: 77"
    )
    assert document.tables[0].has_header


def test_rows_under_a_group_s_title_keep_the_names_above(parse: Parse, paper: Paper) -> None:
    set_rows(paper, (("Ship", "Port", "Tons"), *SHIPS), y=60)
    paper.text(20, 84, "Of the south")
    set_rows(paper, [("Stella", "Cadiz", "64")], y=90)

    assert parse(paper.bytes(), "a.pdf").text.endswith("\n\nOf the south\n\nShip: Stella | Port: Cadiz | Tons: 64")


def test_a_table_that_goes_on_over_the_page_keeps_its_head(parse: Parse, paper: Paper) -> None:
    set_rows(paper, (("Ship", "Port", "Tons"), *SHIPS), y=250)
    paper.add_page()
    set_rows(paper, (("Stella", "Cadiz", "64"), ("Vega", "Genoa", "51"), ("Lyra", "Brest", "40")), y=20)

    document = parse(paper.bytes(), "a.pdf")

    assert page_text(document, 2).startswith("Ship: Stella | Port: Cadiz | Tons: 64\nShip: Vega")
    assert [table.has_header for table in document.tables] == [True, False]


def test_another_table_on_the_next_page_has_no_head_of_the_one_before(parse: Parse, paper: Paper) -> None:
    set_rows(paper, (("Ship", "Port", "Tons"), *SHIPS), y=250)
    paper.add_page()
    for row in range(3):
        for column in range(4):
            paper.text(20 + 30 * column, 20 + 6 * row, f"{row}.{column}")

    assert page_text(parse(paper.bytes(), "a.pdf"), 2).startswith("0.0 | 0.1 | 0.2 | 0.3")


def test_prose_above_a_table_is_no_head(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, "and where it has been", y=49)
    set_rows(paper, SHIPS, y=60)

    assert parse(paper.bytes(), "a.pdf").text.endswith(
        "been\n\nAurora | Bergen | 120\nPerla | Lisboa | 98\nMaria | Porto | 77"
    )


def test_leaders_within_a_table_are_left_out(parse: Parse, paper: Paper) -> None:
    set_rows(paper, (("Ship", "Port", "Tons"), *((ship, f"{port} .......", tons) for ship, port, tons in SHIPS)), y=60)

    assert "Ship: Aurora | Port: Bergen | Tons: 120" in parse(paper.bytes(), "a.pdf").text


def test_entries_far_from_their_marks_are_no_table(parse: Parse, paper: Paper) -> None:
    for row, mark in enumerate(("(a)", "(b)", "(c)")):
        paper.text(20, 40 + 12 * row, mark)
        paper.text(32, 40 + 12 * row, "The keeper lights the lamp and puts it out again")

    document = parse(paper.bytes(), "a.pdf")

    assert not document.tables
    assert "(b) The keeper lights the lamp" in document.text


def test_what_heads_a_page_is_read_first_though_it_is_drawn_last(parse: Parse, paper: Paper) -> None:
    paper.lines(LINE, LINE + ".", y=60)
    paper.set_font("helvetica", size=20)
    paper.lines("Of oil and wicks", y=25)
    paper.set_font("helvetica", size=11)
    paper.lines("by Ada Berg", y=35)

    assert parse(paper.bytes(), "a.pdf").text == f"Of oil and wicks\n\nby Ada Berg\n\n{LINE} {LINE}."
