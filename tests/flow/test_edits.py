"""Passages edited and switched off: found by their new words at once, cited as what they are, and never lost unsaid."""

import pytest

from inference.deadline import Deadline
from kbqa.answers.models import Citation
from kbqa.answers.pipeline import answer
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.trace import Trace
from kbqa.answers.wire import citation_url, collect
from kbqa.documents.deleting import document_delete
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Passage
from kbqa.documents.passages import passage_edit, passage_enable
from kbqa.documents.publishing import manifest_of, segments_merge
from kbqa.documents.rebuilding import collection_rebuild, collection_verify
from kbqa.documents.services import version_retry
from kbqa.errors import Conflict, Invalid, NotFound

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak in Harrow Wood planted?"
BOTH = f"# Wood\n\n{FOREST}\n\n# Water\n\n{RIVER}\n"
MENDED = "The oldest oak in Harrow Wood was planted in 1614. Foresters count its rings every spring."


def found(question: str, user) -> list[str]:
    passages = retrieve(question, scope=scope_of(user), deadline=Deadline.after(10), trace=Trace())
    return [passage.text for passage in passages]


def asked(question: str, user) -> dict:
    return collect(answer(question, asker=user, scope=scope_of(user), deadline=Deadline.after(30)))


def verified(collection) -> list[str]:
    collection.refresh_from_db()
    return collection_verify(collection=collection).problems


def oak() -> Passage:
    return Passage.objects.select_related("version__document").filter(text__contains="1641").latest("pk")


def test_an_edited_passage_is_found_and_answers_by_its_new_words_at_once(put, owner, collection):
    put("both.md", BOTH)
    assert "1641" in asked(QUESTION, owner)["answer"]

    passage_edit(passage=oak(), text=MENDED.replace("oak", "oak, a sessile one,"), by=owner)

    told = asked(QUESTION, owner)
    assert "1614" in told["answer"]
    assert len(found("sessile", owner)) == 2  # each passage once: what was said before is dead
    assert not any("1641" in text for text in found(QUESTION, owner))
    assert verified(collection) == []


def test_a_quote_that_an_editor_wrote_is_cited_as_theirs_at_the_passage_it_stands_for(put, owner):
    put("both.md", BOTH)
    passage_edit(passage=oak(), text=MENDED, by=owner)

    told = asked(QUESTION, owner)

    cited, row = told["citations"][0], oak()
    assert cited["edited"]
    assert "1614" in cited["quote"]
    assert (cited["start"], cited["end"]) == (row.start, row.end)
    answered = slice(cited["answer_start"] - cited["start"], cited["answer_end"] - cited["start"])
    assert cited["quote"][answered] == told["answer"]
    assert "answer_start" not in cited["url"]
    assert told["passages"][0]["edited"]
    assert told["trace"]["candidates"][0]["edited"]
    kept = Citation.objects.get(answer=told["id"], number=1)
    assert (kept.edited, citation_url(kept)) == (True, cited["url"])


def test_a_sentence_that_the_source_holds_is_cited_there_although_its_passage_was_edited(put, owner):
    put("both.md", BOTH)
    passage_edit(passage=oak(), text=f"Surveyed anew. {FOREST}", by=owner)

    cited = asked(QUESTION, owner)["citations"][0]

    text = oak().version.canonical.text
    assert not cited["edited"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]


def test_an_edit_can_be_undone(put, owner, collection):
    put("both.md", BOTH)
    passage_edit(passage=oak(), text=MENDED, by=owner)

    passage_edit(passage=oak(), text=oak().text, by=owner)

    told = asked(QUESTION, owner)
    assert ("1641" in told["answer"], told["citations"][0]["edited"]) == (True, False)
    assert not oak().is_edited
    assert verified(collection) == []


def test_a_passage_switched_off_answers_nothing_and_comes_back(put, owner, collection):
    put("both.md", BOTH)

    passage_enable(passage=oak(), enabled=False, by=owner)
    off = asked(QUESTION, owner)
    assert verified(collection) == []
    passage_enable(passage=oak(), enabled=True, by=owner)

    assert "1641" not in off["answer"] + str(off["passages"])
    assert "1641" in asked(QUESTION, owner)["answer"]
    assert verified(collection) == []


def test_edits_outlive_merging_and_rebuilding(put, owner, collection):
    put("both.md", BOTH)
    for number in range(8):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    passage_edit(passage=oak(), text=MENDED)
    passage_enable(passage=Passage.objects.get(text__contains="Wendle"), enabled=False)

    for rebuild in (segments_merge, lambda row: collection_rebuild(collection=row)):
        collection.refresh_from_db()
        rebuild(collection)
        texts = found("oldest oak Wendle floods lockers", owner)
        assert sum("1614" in text for text in texts) == 1
        assert not any("1641" in text or "Wendle" in text for text in texts)
        assert verified(collection) == []


def test_an_edit_made_while_the_index_is_rebuilt_is_in_it_once(put, owner, collection, monkeypatch):
    put("both.md", BOTH)
    from kbqa.documents import rebuilding

    embed = rebuilding.embed_chunks

    def edited_meanwhile(*arguments, **keywords):
        vectors = embed(*arguments, **keywords)
        passage_edit(passage=oak(), text=MENDED)
        return vectors

    monkeypatch.setattr(rebuilding, "embed_chunks", edited_meanwhile)
    collection.refresh_from_db()
    collection_rebuild(collection=collection)

    texts = found(QUESTION, owner)
    assert (sum("1614" in text for text in texts), sum("1641" in text for text in texts)) == (1, 0)
    assert verified(collection) == []


def test_reading_a_document_again_takes_its_edits_along(put, owner, collection):
    upload = put("both.md", BOTH)
    passage_edit(passage=oak(), text=MENDED, by=owner)
    passage_enable(passage=Passage.objects.get(text__contains="Wendle"), enabled=False)

    following = version_retry(version=upload.version)
    version_ingest(following.pk)

    assert oak().version == following
    assert (oak().edited_text, oak().edited_by) == (MENDED, owner)
    assert "1614" in asked(QUESTION, owner)["answer"]
    assert not any("Wendle" in text for text in found("river floods", owner))
    following.refresh_from_db()
    assert following.warnings == []
    assert verified(collection) == []


def test_an_edit_whose_passage_is_gone_from_a_new_version_is_said_to_be_left_behind(put, owner, collection):
    put("notes.md", BOTH)
    passage_edit(passage=oak(), text=MENDED, by=owner)

    upload = put("notes.md", f"# Water\n\n{RIVER}\n")

    left = "Left behind: 1 edited or switched-off passage of the version before, whose text is not in this one."
    assert upload.version.warnings == [left]
    assert verified(collection) == []


def test_nothing_is_edited_while_a_newer_version_is_read_or_once_it_answers(put, owner, segments):
    upload = put("both.md", BOTH)
    before, passage = segments(), oak()

    following = version_retry(version=upload.version)
    with pytest.raises(Conflict, match="being read again"):
        passage_edit(passage=passage, text=MENDED)
    with pytest.raises(Conflict):
        passage_enable(passage=passage, enabled=False)
    version_ingest(following.pk)
    with pytest.raises(Conflict, match="no longer answers"):
        passage_edit(passage=passage, text=MENDED)
    document_delete(document=upload.document)
    with pytest.raises(NotFound):
        passage_edit(passage=passage, text=MENDED)

    assert len(segments()) == len(before) + 1  # the new version's: a refused edit leaves no segment


@pytest.mark.parametrize("text", ["", "  \n", "\x00", "word " * 300, "x" * 20_001])
def test_words_that_cannot_be_searched_whole_are_refused(put, text):
    put("both.md", BOTH)

    with pytest.raises(Invalid):
        passage_edit(passage=oak(), text=text)


def test_an_index_that_holds_other_words_than_the_row_is_told_of_and_mended(put, owner, collection):
    put("both.md", BOTH)
    passage_edit(passage=oak(), text=MENDED)
    Passage.objects.filter(pk=oak().pk).update(edited_text="Quite other words.")
    Passage.objects.filter(text__contains="Wendle").update(enabled=False)

    problems = verified(collection)
    assert len(problems) == 2
    assert "other words than its row" in problems[0]
    collection_rebuild(collection=collection)

    assert verified(collection) == []
    assert manifest_of(collection).hidden_passages
