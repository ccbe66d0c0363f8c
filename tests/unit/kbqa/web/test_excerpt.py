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
