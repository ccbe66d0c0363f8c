"""What counts as the expected passage, however passages were cut since."""

from kbqa.quality.expected import Expected

PASSAGE = "The lamp is lit at dusk. It burns until sunrise. The keeper signs the log."


def test_a_passage_with_a_right_answer_is_the_one_whatever_its_case():
    expected = Expected(answers=("At Dusk",))

    assert expected.is_found_in("d", PASSAGE)
    assert not expected.is_found_in("d", "The lamp is lit at dawn.")


def test_the_answer_counts_only_beside_the_words_it_was_expected_in():
    expected = Expected(answers=("dusk",), passage=PASSAGE)

    assert expected.is_found_in("d", "Before. The lamp is lit at dusk.")
    assert not expected.is_found_in("d", "Gulls return at dusk.")


def test_a_passage_cut_anew_is_known_by_half_of_its_sentences():
    expected = Expected(passage=PASSAGE)

    assert expected.is_found_in("d", "The lamp is lit at dusk. It burns until sunrise. Then it is put out.")
    assert not expected.is_found_in(
        "d", "The keeper signs the log. Nobody else may, and the log is kept for ten years."
    )
    assert expected.is_found_in("d", "It burns until sunrise.")  # all of a smaller piece


def test_another_document_is_never_the_one():
    expected = Expected(document="d", passage=PASSAGE)

    assert expected.is_found_in("d", PASSAGE)
    assert not expected.is_found_in("e", PASSAGE)
    assert Expected(document="d").is_found_in("d", "Anything.")
    assert not Expected().is_found_in("d", "Anything.")


def test_the_rank_is_the_place_of_the_first():
    found = [{"document": "e", "text": PASSAGE}, {"document": "d", "text": "No."}, {"document": "d", "text": PASSAGE}]

    assert Expected(document="d", passage=PASSAGE).rank(found) == 3
    assert Expected(document="f", passage=PASSAGE).rank(found) is None


def test_a_quote_stands_in_the_passage_or_does_not():
    expected = Expected(document="d", passage=PASSAGE)

    assert expected.is_quoted("it burns until  sunrise.", document="d")
    assert not expected.is_quoted("It burns until sunrise.", document="e")
    assert not expected.is_quoted("", document="d")
