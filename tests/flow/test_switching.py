"""Switched off, a document stays and answers nothing; switched on, it is back without being read anew."""

import pytest

from inference.deadline import Deadline
from kbqa.answers.pipeline import answer
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.trace import Trace
from kbqa.answers.wire import collect
from kbqa.documents.history import event_list
from kbqa.documents.models import Passage
from kbqa.documents.publishing import manifest_of, segments_merge
from kbqa.documents.rebuilding import collection_rebuild, collection_verify
from kbqa.documents.services import document_enable, document_rename, version_retry

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak in Harrow Wood planted?"


def found(question: str, user) -> list[str]:
    passages = retrieve(question, scope=scope_of(user), deadline=Deadline.after(10), trace=Trace())
    return [passage.row.text for passage in passages]


def asked(question: str, user) -> dict[str, object]:
    return collect(answer(question, asker=user, scope=scope_of(user), deadline=Deadline.after(30)))


def verified(collection) -> list[str]:
    collection.refresh_from_db()
    return collection_verify(collection=collection).problems


def test_a_document_switched_off_answers_nothing_at_once_and_comes_back_unread(put, owner, collection, segments):
    oaks = put("forest.txt", FOREST)
    put("river.txt", RIVER)
    assert "1641" in asked(QUESTION, owner)["answer"]  # kept from here on, under this snapshot
    before = (segments(), list(Passage.objects.values_list("pk", flat=True)))

    document_enable(document=oaks.document, enabled=False, by=owner)
    off = asked(QUESTION, owner)
    document_enable(document=oaks.document, enabled=True, by=owner)
    on = asked(QUESTION, owner)

    assert "1641" not in off["answer"]
    assert not any("1641" in passage["text"] for passage in off["passages"])
    assert "1641" in on["answer"]
    assert (segments(), list(Passage.objects.values_list("pk", flat=True))) == before
    assert verified(collection) == []


def test_what_is_switched_off_outlives_merging_and_rebuilding(put, owner, collection):
    oaks = put("forest.txt", FOREST)
    for number in range(8):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    document_enable(document=oaks.document, enabled=False)

    for rebuild in (segments_merge, lambda row: collection_rebuild(collection=row)):
        collection.refresh_from_db()
        rebuild(collection)
        assert len(found("oldest oak locker", owner)) == 8
        assert verified(collection) == []

    document_enable(document=oaks.document, enabled=True)
    assert "1641" in found(QUESTION, owner)[0]


def test_a_new_version_of_a_document_that_is_off_stays_off(put, owner, collection):
    oaks = put("forest.txt", FOREST)
    document_enable(document=oaks.document, enabled=False)

    put("forest.txt", FOREST + " The wood has nine ponds.")
    assert found("oldest oak ponds", owner) == []
    assert verified(collection) == []
    oaks.document.refresh_from_db()
    document_enable(document=oaks.document, enabled=True)

    assert "nine ponds" in found("ponds", owner)[0]
    assert verified(collection) == []


def test_an_index_that_forgot_what_is_off_is_told_of(put, collection):
    oaks = put("forest.txt", FOREST)
    document_enable(document=oaks.document, enabled=False)
    collection.refresh_from_db()
    snapshot = collection.snapshot
    snapshot.manifest = manifest_of(collection).hiding(versions=frozenset(), passages=frozenset()).to_json()
    snapshot.save()

    assert any("switched off" in problem for problem in verified(collection))
    collection_rebuild(collection=collection)
    assert verified(collection) == []


def test_a_title_given_by_a_person_is_cited_at_once_and_stays_when_the_document_is_read_again(put, owner):
    oaks = put("forest.txt", FOREST)
    asked(QUESTION, owner)

    document_rename(document=oaks.document, title="Oaks of Harrow", by=owner)
    cited = asked(QUESTION, owner)["citations"][0]["title"]
    from kbqa.documents.ingestion import version_ingest

    version_ingest(version_retry(version=oaks.version, by=owner).pk)

    oaks.document.refresh_from_db()
    assert (cited, oaks.document.title) == ("Oaks of Harrow", "Oaks of Harrow")


def test_the_history_tells_what_happened_and_who_did_it(put, owner):
    oaks = put("forest.txt", FOREST)
    document_enable(document=oaks.document, enabled=False, by=owner)
    document_enable(document=oaks.document, enabled=False, by=owner)  # nothing to do, nothing to tell
    broken = put("broken.pdf", b"%PDF-1.7\nthis is no pdf at all\n")

    assert [(event.kind, event.by) for event in event_list(document=oaks.document)] == [
        ("disabled", owner),
        ("published", None),
        ("uploaded", owner),
    ]
    assert event_list(document=broken.document)[0].note == broken.version.error
