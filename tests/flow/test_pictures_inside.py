"""A picture of text inside a Word file through both flows: recognised where it stands, found and cited."""

import pytest

from inference.deadline import Deadline
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.documents import pictures
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import CanonicalText, RecognizedPage, Version
from tests.scans import in_docx, in_pptx, page_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LOG = page_of("This is the log of the northern light.", "The lamp was trimmed at 21:40 by keeper Aune.")
CERTIFICATE = page_of("Calibration certificate C-0417", "The next calibration is due on 17 September 2027.")
ABOUT = "The station keeps its papers in a tin box, dry and out of the keepers' way."


def asked(question, owner):
    return collect(answer(question, asker=owner, scope=scope_of(owner), deadline=Deadline.after(20)))


def test_a_question_is_answered_from_a_pasted_picture(put, owner):
    upload = put("station.docx", in_docx(ABOUT, LOG, "What follows was pasted last.", CERTIFICATE))

    assert upload.version.state == Version.State.READY
    assert upload.version.warnings == ["The text of pictures 1, 2 was recognised; letters may be wrong."]
    cited = asked("When is the next calibration due?", owner)["citations"][0]
    text = CanonicalText.objects.get(version=upload.version).text
    assert "17 September 2027" in cited["quote"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert text.index("tin box") < text.index("trimmed") < text.index("pasted last") < text.index("C-0417")
    assert not pictures.can_be_drawn(upload.version)


def test_a_picture_on_a_slide_is_cited_by_the_slide(put, owner):
    put("station.pptx", in_pptx(("The log", LOG), ("The certificate", CERTIFICATE)))

    cited = asked("When is the next calibration due?", owner)["citations"][0]

    assert (cited["page"], "17 September 2027" in cited["quote"]) == (2, True)


def test_how_far_it_is_is_told_in_pictures(put, monkeypatch):
    upload = put("station.docx", in_docx(LOG, CERTIFICATE), ingest=False)
    told = []
    monkeypatch.setattr("kbqa.documents.jobs.job_progress", lambda job, *, message, **_: told.append(message))

    version_ingest(upload.version.pk)

    assert told[1:3] == ["1 of 2 pictures recognised", "2 of 2 pictures recognised"]
    assert list(RecognizedPage.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_pictures_without_a_word_are_said_to_have_none(put):
    upload = put("blank.docx", in_docx(page_of("", "")))

    assert (upload.version.state, upload.version.error_code) == (Version.State.FAILED, "no_text")
    assert upload.version.error == "It holds pictures only, and no text was recognised in them."


def test_a_site_that_recognises_nothing_reads_the_text_and_warns_of_nothing(put, settings):
    settings.INGEST = settings.INGEST | {"ocr": False}

    assert put("a.docx", in_docx(ABOUT, LOG)).version.warnings == []
    assert put("b.docx", in_docx(LOG)).version.error == "The document holds no text."
