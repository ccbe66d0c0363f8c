"""What is deleted is as if it were gone, and comes back whole; once its days are over it is gone for good."""

import os
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from kbqa.answers.deleting import conversation_delete, conversation_restore
from kbqa.answers.models import Answer, Conversation
from kbqa.answers.scope import scope_of
from kbqa.answers.selectors import answer_get, conversation_get, conversation_list, turn_list
from kbqa.answers.services import conversation_begin, feedback_give
from kbqa.answers.usage import usage_of
from kbqa.answers.wire import kept_answer
from kbqa.bin import services
from kbqa.bin.selectors import deleted_list
from kbqa.bin.services import bin_empty, bin_expire, deleted_erase, deleted_restore
from kbqa.documents import deleting, jobs
from kbqa.documents.deleting import collection_delete, document_delete, document_restore
from kbqa.documents.history import event_list
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Document, IngestJob, Passage, Role, Segment, Snapshot, Version
from kbqa.documents.originals import original_path, originals_sweep
from kbqa.documents.passages import passage_edit
from kbqa.documents.permissions import collection_get, document_get, role_of
from kbqa.documents.publishing import segments_merge, segments_sweep, snapshots_expire
from kbqa.documents.rebuilding import collection_rebuild
from kbqa.documents.selectors import collection_list, document_list
from kbqa.documents.services import document_enable, grant_give
from kbqa.errors import Conflict, NotFound
from kbqa.imports.aside import Outcome, foresee, put_aside
from tests import factories

from .conftest import FOREST, RIVER
from .test_switching import QUESTION, asked, found, verified

pytestmark = pytest.mark.django_db(transaction=True)


def in_bin(user) -> list[str]:
    return [row.name for row in deleted_list(user=user)[:100]]


def long_ago(settings: Settings, model=Document) -> None:
    """As if all that is deleted had been so for longer than it is kept."""
    over = timezone.now() - timedelta(days=settings.BIN_DAYS, minutes=1)
    model.with_deleted.filter(deleted_at__isnull=False).update(deleted_at=over)


def test_a_deleted_document_is_found_nowhere_at_once_and_comes_back_unread(put, owner, collection, segments):
    oaks = put("forest.txt", FOREST)
    put("river.txt", RIVER)
    assert "1641" in asked(QUESTION, owner)["answer"]  # kept from here on, under this snapshot
    before = (segments(), list(Passage.objects.order_by("pk").values_list("pk", flat=True)))

    document_delete(document=oaks.document, by=owner)
    gone = asked(QUESTION, owner)
    assert "1641" not in gone["answer"]
    assert not any("1641" in passage["text"] for passage in gone["passages"])
    assert [row.name for row in document_list(collection=collection)] == ["river.txt"]
    assert collection_list(user=owner).get().num_documents == 1
    with pytest.raises(NotFound):
        document_get(oaks.document.pk, user=owner)
    assert verified(collection) == []

    deleted_restore(oaks.document.pk, user=owner)

    assert "1641" in asked(QUESTION, owner)["answer"]
    assert (segments(), list(Passage.objects.order_by("pk").values_list("pk", flat=True))) == before
    assert verified(collection) == []
    history = [event.kind for event in event_list(document=oaks.document)]
    assert history[:2] == ["restored", "deleted"]


def test_it_comes_back_as_it_was_switched_off_and_edited(put, owner, collection):
    oaks, river = put("forest.txt", FOREST), put("river.txt", RIVER)
    passage_edit(passage=oaks.version.passages.get(), text="The oldest oak was planted in 1642.", by=owner)
    document_enable(document=river.document, enabled=False)
    for document in (oaks.document, river.document):
        document_delete(document=document, by=owner)

    for document in (oaks.document, river.document):
        document_restore(document=document)

    assert [passage["text"] for passage in asked(QUESTION, owner)["passages"]] == [
        "The oldest oak was planted in 1642."
    ]
    assert not Document.objects.get(pk=river.document.pk).enabled
    assert verified(collection) == []


def test_what_lies_in_the_bin_outlives_merging_rebuilding_and_every_sweep(put, owner, collection, settings):
    oaks = put("forest.txt", FOREST)
    for number in range(8):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    document_delete(document=oaks.document, by=owner)

    for rebuild in (segments_merge, lambda row: collection_rebuild(collection=row)):
        collection.refresh_from_db()
        rebuild(collection)
        assert len(found("oldest oak locker", owner)) == 8
        assert verified(collection) == []
    _untouched_for_hours(oaks.version)
    assert (originals_sweep(), bin_expire()) == (0, 0)

    document_restore(document=oaks.document)
    assert "1641" in found(QUESTION, owner)[0]


def test_old_answers_keep_their_quotes_and_lose_the_way_to_them_until_it_is_back(put, owner):
    oaks = put("forest.txt", FOREST)
    answer_id = asked(QUESTION, owner)["id"]

    document_delete(document=oaks.document, by=owner)
    (without,) = kept_answer(answer_get(answer_id, user=owner))["citations"]
    document_restore(document=oaks.document)
    (again,) = kept_answer(answer_get(answer_id, user=owner))["citations"]

    assert (without["document"], without["url"]) == (None, "")
    assert "1641" in without["quote"]
    assert (again["document"], bool(again["url"])) == (str(oaks.document.pk), True)


def test_the_same_file_once_more_is_a_new_document_and_stands_in_the_way_of_the_old_one(put, owner, collection):
    first = put("forest.txt", FOREST)
    document_delete(document=first.document, by=owner)
    with put_aside([FOREST.encode()]) as aside:
        assert foresee(collection=collection, name="forest.txt", aside=aside).outcome == Outcome.NEW

    second = put("forest.txt", FOREST)

    assert (second.duplicate, second.document.pk == first.document.pk) == (False, False)
    assert in_bin(owner) == ["forest.txt"]
    with pytest.raises(Conflict, match=r"here again as forest\.txt"):
        document_restore(document=first.document)
    document_delete(document=second.document, by=owner)
    document_restore(document=first.document)
    assert len(found(QUESTION, owner)) == 1


def test_another_file_of_its_name_stands_in_the_way_too(put, owner, collection):
    first = put("notes.txt", FOREST)
    document_delete(document=first.document, by=owner)
    put("notes.txt", RIVER)

    with pytest.raises(Conflict, match=r"named notes\.txt is here again"):
        document_restore(document=first.document)

    assert in_bin(owner) == ["notes.txt"]
    assert verified(collection) == []


def test_what_waited_to_be_read_waits_in_the_bin_and_is_read_once_it_is_back(
    put, owner, request: pytest.FixtureRequest
):
    upload = put("forest.txt", FOREST, ingest=False)
    document_delete(document=upload.document, by=owner)

    version_ingest(upload.version.pk)
    assert Version.with_deleted.get(pk=upload.version.pk).state == Version.State.PENDING
    assert jobs.jobs_to_wake() == []

    sent = request.getfixturevalue("_no_broker")
    sent.clear()
    document_restore(document=upload.document)
    assert sent == [upload.version.pk]
    version_ingest(upload.version.pk)
    assert "1641" in asked(QUESTION, owner)["answer"]


def test_a_worker_in_the_middle_of_it_stops_and_starts_anew_once_it_is_back(put, owner):
    upload = put("forest.txt", FOREST, ingest=False)
    job = jobs.job_claim(upload.version.pk)

    document_delete(document=upload.document, by=owner)
    with pytest.raises(jobs.LeaseLost):
        jobs.job_renew(job)
    document_restore(document=upload.document)
    with pytest.raises(jobs.LeaseLost):
        jobs.job_renew(job)  # whoever held it then does not hold it now

    version_ingest(upload.version.pk)
    assert IngestJob.objects.get().attempt == 1
    assert "1641" in asked(QUESTION, owner)["answer"]


def test_a_deleted_collection_comes_back_with_members_and_documents_but_not_with_what_was_deleted_before(
    put, owner, collection
):
    reader = factories.member(collection)
    kept, before = put("forest.txt", FOREST), put("river.txt", RIVER)
    document_delete(document=before.document, by=owner)

    collection_delete(collection=collection, by=owner)
    for user in (owner, reader):
        assert scope_of(user).collections == ()
        with pytest.raises(NotFound):
            scope_of(user, collections=[collection.pk])
        with pytest.raises(NotFound):
            collection_get(collection.pk, user=user)
        with pytest.raises(NotFound):
            document_get(kept.document.pk, user=user)
    assert in_bin(owner) == [collection.name]  # and the document in it only with it
    assert in_bin(reader) == []
    assert not Passage.objects.exists()

    deleted_restore(collection.pk, user=owner)

    assert role_of(reader, collection) == Role.VIEWER
    assert "1641" in asked(QUESTION, reader)["answer"]
    assert [row.name for row in document_list(collection=collection)] == ["forest.txt"]
    assert in_bin(owner) == ["river.txt"]
    assert verified(collection) == []


def test_what_is_erased_in_a_deleted_collection_leaves_the_rest_of_it_to_be_restored(put, owner, collection, settings):
    put("forest.txt", FOREST)
    before = put("river.txt", RIVER)
    document_delete(document=before.document, by=owner)
    long_ago(settings)
    collection_delete(collection=collection, by=owner)

    assert bin_expire() == 1
    Snapshot.objects.exclude(replaced_at=None).update(replaced_at=F("replaced_at") - timedelta(hours=1))
    snapshots_expire()
    segments_sweep()
    deleted_restore(collection.pk, user=owner)

    assert "1641" in found(QUESTION, owner)[0]
    assert verified(collection) == []


def test_a_deleted_conversation_is_out_of_history_figures_and_complaints_until_it_is_back(put, owner):
    put("forest.txt", FOREST)
    conversation = conversation_begin(owner=owner, title=QUESTION)
    turn = Answer.objects.create(asker=owner, conversation=conversation, question=QUESTION, state=Answer.State.DONE)
    feedback_give(answer=turn, user=owner, rating=-1)

    conversation_delete(conversation=conversation, by=owner)
    assert not conversation_list(user=owner).exists()
    assert usage_of(user=owner, num_days=7).asked == 0
    for get, pk in ((conversation_get, conversation.pk), (answer_get, turn.pk)):
        with pytest.raises(NotFound):
            get(pk, user=owner)

    conversation_restore(conversation=conversation)
    assert list(turn_list(conversation=conversation_get(conversation.pk, user=owner))) == [turn]
    assert usage_of(user=owner, num_days=7).asked == 1


def test_once_its_days_are_over_nothing_of_it_is_left(put, owner, collection, segments, settings):
    oaks, river = put("forest.txt", FOREST), put("river.txt", RIVER)
    document_delete(document=oaks.document, by=owner)
    long_ago(settings)
    document_delete(document=river.document, by=owner)

    assert in_bin(owner) == ["river.txt"]  # before any sweep
    with pytest.raises(NotFound):
        deleted_restore(oaks.document.pk, user=owner)
    assert (bin_expire(), bin_expire()) == (1, 0)

    assert list(Document.with_deleted.all()) == [river.document]
    assert not Passage.with_deleted.filter(version=oaks.version).exists()
    _untouched_for_hours(oaks.version)
    originals_sweep()
    assert not original_path(oaks.version.digest).exists()
    assert verified(collection) == []
    collection_delete(collection=collection, by=owner)
    long_ago(settings, Collection)
    assert bin_expire() == 1
    assert not Segment.objects.exists()


def test_a_sweep_that_dies_in_the_middle_leaves_a_whole_document_to_the_next(
    put, owner, collection, settings, monkeypatch
):
    oaks = put("forest.txt", FOREST)
    document_delete(document=oaks.document, by=owner)
    long_ago(settings)
    with monkeypatch.context() as dying:
        dying.setattr(deleting, "versions_retire", _retire_and_die(deleting.versions_retire))
        with pytest.raises(KeyboardInterrupt):
            bin_expire()

    assert Document.with_deleted.filter(pk=oaks.document.pk).exists()
    assert verified(collection) == []
    assert bin_expire() == 1
    assert verified(collection) == []


def test_what_was_restored_meanwhile_is_not_erased(put, owner, settings, monkeypatch):
    oaks = put("forest.txt", FOREST)
    document_delete(document=oaks.document, by=owner)
    long_ago(settings)
    erase = services.document_erase

    def restored_first(*, document: Document) -> None:
        document_restore(document=document)
        erase(document=document)

    monkeypatch.setattr(services, "document_erase", restored_first)

    assert bin_expire() == 0
    assert "1641" in asked(QUESTION, owner)["answer"]


def test_emptied_it_is_out_of_reach_at_once_and_only_ones_own_goes(put, owner, collection):
    editor = factories.member(collection, Role.EDITOR)
    oaks = put("forest.txt", FOREST)
    document_delete(document=oaks.document, by=owner)
    conversation_delete(conversation=Conversation.objects.create(owner=owner, title="Oaks"), by=owner)

    assert bin_empty(user=editor) == 1
    assert (in_bin(editor), in_bin(owner)) == ([], ["Oaks"])
    assert bin_expire() == 1


def test_erased_by_hand_it_is_gone_and_others_cannot(put, owner, collection):
    oaks = put("forest.txt", FOREST)
    document_delete(document=oaks.document, by=owner)

    for user in (factories.member(collection), factories.user()):
        with pytest.raises(NotFound):
            deleted_erase(oaks.document.pk, user=user)
    deleted_erase(oaks.document.pk, user=factories.member(collection, Role.EDITOR))

    assert not Document.with_deleted.exists()
    assert verified(collection) == []


def test_with_no_days_at_all_deleting_is_for_good(put, owner, collection, settings):
    settings.BIN_DAYS = 0
    oaks = put("forest.txt", FOREST)
    conversation = Conversation.objects.create(owner=owner, title="Oaks")

    document_delete(document=oaks.document, by=owner)
    conversation_delete(conversation=conversation, by=owner)
    assert verified(collection) == []
    collection_delete(collection=collection, by=owner)

    for model in (Document, Conversation, Collection):
        assert not model.with_deleted.exists()
    assert in_bin(owner) == []


def test_the_list_tells_what_where_by_whom_and_how_long(put, owner, collection, settings):
    other = factories.user(username="other")
    grant_give(collection=collection, to=other, role=Role.EDITOR)
    document_delete(document=put("forest.txt", FOREST).document, by=other)
    conversation_delete(conversation=Conversation.objects.create(owner=owner, title="Oaks"), by=owner)

    talk, oaks = deleted_list(user=owner)[:10]

    assert (talk.kind, talk.name, talk.place, talk.by) == ("conversation", "Oaks", "", "owner")
    assert (oaks.kind, oaks.name, oaks.place, oaks.by) == ("document", "forest.txt", collection.name, "other")
    assert oaks.days_left == settings.BIN_DAYS
    assert [row.name for row in deleted_list(user=other)[:10]] == ["forest.txt"]


def _retire_and_die(retire):
    def dying(*arguments: object) -> None:
        retire(*arguments)
        raise KeyboardInterrupt

    return dying


def _untouched_for_hours(version: Version) -> None:
    os.utime(original_path(version.digest), (0, 0))
