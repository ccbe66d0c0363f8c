"""Numbers are compared by value, in whatever way they are written, and with what they count."""

import pytest

from kbqa.answers.figures import figures_of, without_figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("25 days", ["25"]),
        ("1,641 and 1641", ["1641", "1641"]),
        ("2.50 or 2.5", ["2.5", "2.5"]),
        ("at 14:30", ["14:30"]),
        ("twenty-five and Nineteen", ["25", "19"]),
        ("八十度", ["80"]),
        ("一百二十三人", ["123"]),
        ("二〇二六年", ["2026"]),
        ("三万五千元", ["35000"]),
        ("十二天", ["12"]),
        ("一般来说", []),
        ("no number, often", []),
    ],
)
def test_a_number_has_one_value_however_it_is_written(text: str, values: list[str]):
    assert [figure.value for figure in figures_of(text)] == values


@pytest.mark.parametrize(
    ("claimed", "said", "is_said"),
    [
        ("25 days", "25 paid working days", True),
        ("25 weeks", "25 paid working days", False),
        ("in 1641", "1641 trees", True),
        ("25天", "二十五天年假", True),
        ("25周", "25天年假", False),
        ("25%", "25 %", True),
        ("25%", "25 days", False),
    ],
)
def test_a_number_counts_the_same_or_is_not_the_same(claimed: str, said: str, is_said: bool):
    assert figures_of(claimed)[0].is_said_by(figures_of(said)[0]) is is_said


def test_a_text_without_its_figures_keeps_the_rest():
    assert without_figures("八十度 and 25 days, 一般").split() == ["度", "and", "days,", "一般"]
