"""The thumbs: the reasons offered are of the answer that was given, and the API takes each of them."""

import re

import pytest

from kbqa.answers.models import Answer, Feedback

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("abstained", [False, True])
def test_the_reasons_offered_fit_the_answer_and_may_be_sent(page, answered, abstained):
    answer = answered(num_citations=0 if abstained else 1)
    Answer.objects.filter(pk=answer.pk).update(abstained=abstained)

    shown = page.post(
        f"/answers/{answer.pk}/feedback", {"rating": "-1"}, headers={"HX-Request": "true"}
    ).content.decode()

    offered = set(re.findall(r'name="reason" value="(\w+)"', shown))
    assert offered < set(Feedback.Reason.values)
    assert ("not_found" in offered, "The documents do hold the answer" in shown) == (abstained, abstained)


def test_words_alone_are_a_reason_too(page, answered):
    answer, said = answered(), {"rating": "-1", "comment": "It is lit at noon."}

    shown = page.post(f"/answers/{answer.pk}/feedback", said, headers={"HX-Request": "true"}).content.decode()

    assert "Thank you." in shown
