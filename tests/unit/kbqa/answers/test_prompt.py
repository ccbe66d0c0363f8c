"""The prompt fits, keeps the best passages, and begins the same for the same passages in whatever order they come."""

from collections.abc import Callable

import pytest

from ingest.index.types import Hit
from kbqa.answers.passages import Found
from kbqa.answers.prompt import num_tokens, prompt_for
from kbqa.documents.models import Passage
from tests import factories

pytestmark = pytest.mark.django_db

Make = Callable[..., list[Found]]


@pytest.fixture
def found() -> Make:
    """Passages of one document, best first."""

    def _found(*texts: str) -> list[Found]:
        version = factories.version()
        version.document.name = "guide.txt"
        version.document.save()
        for position, text in enumerate(texts):
            row = factories.passage(of=version, text=text, position=position)
            Passage.objects.filter(pk=row.pk).update(
                start=1000 * position, end=1000 * position + len(text), heading_path=["Keeping", "At night"]
            )
        rows = Passage.objects.filter(version=version).select_related("version__document").order_by("position")
        return [Found(row, Hit(passage_id=row.pk, version_id=version.pk, score=1.0)) for row in rows]

    return _found


def test_the_same_passages_make_the_same_beginning_in_any_order(found: Make):
    passages = found("The lamp is lit at dusk.", "It burns until sunrise.")

    one = prompt_for("When is it lit?", passages, max_tokens=2000)
    other = prompt_for("How long does it burn?", passages[::-1], max_tokens=2000)

    assert one.passages == other.passages
    assert one.messages[0] == other.messages[0]
    assert one.messages[1].content.split("Question:")[0] == other.messages[1].content.split("Question:")[0]


def test_passages_are_numbered_and_stand_under_their_headings(found: Make):
    prompt = prompt_for("When?", found("The lamp is lit at dusk."), max_tokens=2000)

    assert "[1] guide.txt › Keeping › At night\nThe lamp is lit at dusk." in prompt.messages[1].content


def test_the_last_passages_are_left_out_where_they_do_not_fit(found: Make):
    passages = found(*[f"Passage {number}. " + "The lamp is lit at dusk. " * 20 for number in range(6)])

    prompt = prompt_for("When?", passages, max_tokens=900)

    assert prompt.passages == tuple(passages[: len(prompt.passages)])
    assert 0 < len(prompt.passages) < 6
    assert sum(num_tokens(message.content) for message in prompt.messages) <= 900


def test_where_no_passage_fits_there_is_none(found: Make):
    assert prompt_for("When?", found("The lamp is lit at dusk. " * 500), max_tokens=500).passages == ()


@pytest.mark.parametrize(("text", "at_least"), [("", 0), ("four", 2), ("绿茶用水冲泡", 6), ("a" * 300, 100)])
def test_tokens_are_counted_on_the_safe_side(text: str, at_least: int):
    assert num_tokens(text) >= at_least
