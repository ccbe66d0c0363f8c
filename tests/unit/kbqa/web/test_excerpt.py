"""Pieces joined give the text back, whatever is marked; leaves cover the document once."""

from hypothesis import given
from hypothesis import strategies as st

from kbqa.web.excerpt import LEAF_CHARS, Leaf, Marks, blocks, leaf_at, leaves, pieces

TEXTS = st.text(alphabet="ab \n灯", min_size=1, max_size=60)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, Marks]:
    text = draw(TEXTS)
    places = sorted(draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    start, answer_start, answer_end, end = places
    return text, Marks(start, end, answer_start, answer_end)


@given(marked_texts())
def test_pieces_joined_are_the_text(marked: tuple[str, Marks]):
    text, marks = marked

    found = pieces(text, 0, len(text), marks)

    assert "".join(piece.text for piece in found) == text


@given(marked_texts())
def test_marked_pieces_are_the_quote_and_the_answer_within_it(marked: tuple[str, Marks]):
    text, marks = marked

    found = pieces(text, 0, len(text), marks)

    assert "".join(piece.text for piece in found if piece.mark) == text[marks.start : marks.end]
    assert "".join(p.text for p in found if p.mark == "answer") == text[marks.answer_start : marks.answer_end]


@given(st.text(alphabet="word \n", min_size=1, max_size=200), st.integers(1, 300))
def test_leaves_cover_a_text_without_pages_once(text: str, times: int):
    text *= times

    found = leaves(text, [])

    assert "".join(text[leaf.start : leaf.end] for leaf in found) == text
    assert max(leaf.end - leaf.start for leaf in found) <= 2 * LEAF_CHARS


def test_a_documents_own_pages_are_its_leaves():
    found = leaves("first second", [[1, 0, 5], [2, 6, 12]])

    assert [(leaf.page, leaf.start, leaf.end) for leaf in found] == [(1, 0, 5), (2, 6, 12)]
    assert leaf_at(found, 7).page == 2


def test_headings_rows_and_tight_lines_are_told_apart():
    text = "Title\n\nOne line.\nThe next.\n\nShip | Port"

    found = list(blocks(text, Leaf(0, 0, len(text), None), marks=None, headings={"Title": 1}))

    assert [(b.level, b.is_row, b.is_tight) for b in found] == [
        (1, False, False),
        (0, False, False),
        (0, False, True),
        (0, True, False),
    ]


TABLE = "Ship | Port | Cargo\nShip: Aurora | Port: Bergen\nShip: Perla | Port: Lisboa | old | Cargo: cork"


def shown(text: str, marks: Marks | None = None) -> list[list[str]]:
    """The only table's cells, marked words in brackets, the place to scroll to with a star."""
    (block,) = blocks(text, Leaf(0, 0, len(text), None), marks=marks, headings={})
    assert block.table is not None
    said = [
        ["".join(f"{'*' * p.first}[{p.text}]" if p.mark else p.text for p in cell) for cell in row]
        for row in (block.table.header, *block.table.rows)
        if row
    ]
    assert len({len(row) for row in said}) == 1
    return said


def test_the_lines_of_a_table_are_columns_again():
    assert shown(TABLE) == [
        ["Ship", "Port", "Cargo"],
        ["Aurora", "Bergen", ""],
        ["Perla", "Lisboa | old", "cork"],
    ]


def test_a_quoted_row_is_marked_from_its_first_value_on():
    start = TABLE.index("Ship: Perla")
    assert shown(TABLE, Marks(start, len(TABLE)))[2] == ["*[Perla]", "[Lisboa | old]", "[cork]"]
    assert shown(TABLE, Marks(start, len(TABLE)))[1] == ["Aurora", "Bergen", ""]


def test_lines_as_wide_as_each_other_are_columns_without_names():
    assert shown("Flyers | PHI | 2\nLeafs | TOR | 13") == [["Flyers", "PHI", "2"], ["Leafs", "TOR", "13"]]


def test_rows_below_an_empty_corner_begin_with_their_label():
    text = "Norway | France\nCapital | Norway: Oslo | France: Paris\nCoast | Norway: long"

    assert shown(text) == [["", "Norway", "France"], ["Capital", "Oslo", "Paris"], ["Coast", "long", ""]]
    assert shown(text, Marks(text.index("Paris"), text.index("Paris") + 5))[1] == ["Capital", "Oslo", "*[Paris]"]


def test_lines_that_are_no_columns_stay_lines():
    for text in (
        "Name | Ines\nPhone | 0142 | 0143",
        "Ship: Aurora | Port: Bergen | Cargo: salt\nShip: Perla | Port: Lisboa",
        "One | line",
    ):
        assert all(block.is_row for block in blocks(text, Leaf(0, 0, len(text), None), marks=None, headings={}))


def test_a_mark_upon_a_columns_name_is_seen():
    start = TABLE.index("Port: Bergen")

    found = list(blocks(TABLE, Leaf(0, 0, len(TABLE), None), marks=Marks(start, start + 4), headings={}))

    assert "".join(piece.text for block in found for piece in block.pieces if piece.mark) == "Port"


@given(st.lists(st.integers(0, len(TABLE)), min_size=2, max_size=2, unique=True))
def test_a_mark_in_a_table_has_one_place_to_scroll_to(places: list[int]):
    start, end = sorted(places)

    found = list(blocks(TABLE, Leaf(0, 0, len(TABLE), None), marks=Marks(start, end), headings={}))

    cells = [cell for b in found if b.table for row in (b.table.header, *b.table.rows) for cell in row]
    seen = [piece for part in (*(b.pieces for b in found), *cells) for piece in part if piece.mark and piece.text]
    assert [piece.first for piece in seen] == [n == 0 for n in range(len(seen))] or TABLE[start] == "\n"
    assert seen or TABLE[start:end] == "\n"
