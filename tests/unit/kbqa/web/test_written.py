"""How an answer looks that a generator wrote: its citations where they stand, and what was left out in its trace."""

import pytest

from kbqa.answers.condense import condensed
from kbqa.web.templatetags.citations import written_pieces

pytestmark = pytest.mark.django_db

TEXT = "The lamp is lit at dusk. [1][2] It burns until sunrise. [2] Room [7] is closed."
WRITING = {
    "generator": "http://127.0.0.1/v1#small",
    "kept": 2,
    "dropped": [{"text": "It was lit in 1912. <b>", "fault": "figure"}],
    "prompt_tokens": 700,
    "cached_tokens": 512,
    "tokens": 30,
}


@pytest.fixture
def written(answered):
    """An answered turn, as if a generator had written it."""

    def _written(**writing: object):
        turn = answered(num_citations=2)
        turn.text = TEXT
        turn.trace = {**turn.trace, "written": True, "writing": {**WRITING, **writing}}
        turn.save()
        return turn

    return _written


def test_each_number_that_names_a_citation_is_one_and_the_rest_is_text(written):
    pieces = [(piece.text, piece.citation and piece.citation.number) for piece in written_pieces(written())]

    assert pieces == [
        ("The lamp is lit at dusk.", 1),
        ("", 2),
        (" It burns until sunrise.", 2),
        (" Room [7] is closed.", None),
    ]


def test_the_card_shows_prose_with_its_citations_inside(written, page):
    card = page.get(f"/answers/{written().pk}/card").content.decode()

    lead = card[card.index('class="lead prose"') : card.index("Room [7]")]
    assert "[1]" not in lead
    assert lead.count('class="cite"') == 3


def test_the_trace_names_what_was_left_out_and_why(written, page):
    text = page.get(f"/answers/{written().pk}").content.decode()

    assert "2 sentences were written that a passage bears out." in text
    assert "700 tokens read, 512 of them known already; 30 written" in text
    assert "It was lit in 1912. &lt;b&gt; <small" in text
    assert "a number, or what it counts" in text


def test_the_trace_of_a_generator_that_did_not_answer_says_so(written, page):
    turn = written(error="EngineFailed", kept=0, dropped=[])

    assert "The generator did not answer" in page.get(f"/answers/{turn.pk}").content.decode()


def test_a_written_answer_gives_a_follow_up_its_name_without_the_number():
    assert condensed("Where is it?", before="What is lit?", answered="The lamp. [1]") == "Where is it? (The lamp; lit)"


def test_nothing_invisible_is_copied_with_the_words(page, written):
    card = page.get(f"/answers/{written().pk}/card").content.decode()

    assert not {"&#8288;", "\N{WORD JOINER}"} & {card, *card}
    assert "The lamp is lit at dusk.<span" in card
