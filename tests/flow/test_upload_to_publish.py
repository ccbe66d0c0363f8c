"""Flow 1 through its real doors: what goes in is found, once, and what is replaced or deleted is not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection

from inference.deadline import Deadline
from ingest import pipeline
from ingest.errors import IngestError
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.trace import Trace
from kbqa.documents import jobs
from kbqa.documents.deleting import document_delete
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import CanonicalText, Collection, Document, IngestJob, Snapshot, Version
from kbqa.documents.publishing import manifest_of, segments_merge, segments_sweep, snapshots_expire
from kbqa.documents.rebuilding import collection_rebuild, collection_verify
from kbqa.documents.services import collection_reread, version_cancel, version_retry
from kbqa.documents.tasks import ingest_version, mend_index
from kbqa.errors import Conflict, EmptyFile, Invalid, UnsupportedFile

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)


def found(question: str, user) -> list[str]:
    passages = retrieve(question, scope=scope_of(user), deadline=Deadline.after(10), trace=Trace())
    return [passage.row.text for passage in passages]


def verified(collection) -> list[str]:
    collection.refresh_from_db()
    return collection_verify(collection=collection).problems


def test_an_uploaded_document_is_found(put, owner, collection):
    upload = put("forest.txt", FOREST)

    assert upload.version.state == Version.State.READY
    assert "1641" in found("When was the oldest oak planted?", owner)[0]
    assert verified(collection) == []


def test_every_passage_is_the_text_at_its_offsets(put):
    upload = put("both.md", f"# Wood\n\n{FOREST}\n\n# Water\n\n{RIVER}\n")

    text = CanonicalText.objects.get(version=upload.version).text
    for passage in upload.version.passages.all():
        assert text[passage.start : passage.end] == passage.text


def test_progress_ends_at_done_with_everything_said(put):
    upload = put("forest.txt", FOREST)

    job = IngestJob.objects.get(version=upload.version)
    assert (job.state, job.stage, job.percent) == (IngestJob.State.SUCCEEDED, IngestJob.Stage.DONE, 100)
    assert job.message == "1 passage"


def test_the_same_bytes_again_are_the_same_document(put):
    first = put("forest.txt", FOREST)

    again = put("another name.txt", FOREST)

    assert again.duplicate
    assert again.document == first.document
    assert Version.objects.count() == 1


def test_new_bytes_under_a_name_replace_the_old_ones_in_one_step(put, owner, collection):
    put("notes.txt", FOREST)
    before = put("notes.txt", RIVER, ingest=False)
    assert "1641" in found("oldest oak", owner)[0]

    version_ingest(before.version.pk)

    texts = found("oldest oak river floods", owner)
    assert len(texts) == 1
    assert "Wendle" in texts[0]
    assert Document.objects.get().current.number == 2
    assert verified(collection) == []


def test_a_deleted_document_is_found_no_more(put, owner, collection):
    upload = put("forest.txt", FOREST)
    put("river.txt", RIVER)

    document_delete(document=upload.document)

    assert not any("1641" in text for text in found("When was the oldest oak planted?", owner))
    assert verified(collection) == []


def test_a_message_delivered_twice_publishes_once(put, collection):
    upload = put("forest.txt", FOREST)

    version_ingest(upload.version.pk)

    collection.refresh_from_db()
    assert collection.snapshot.number == 1


def test_a_message_delivered_twice_at_the_same_moment_is_worked_on_once(put, collection, monkeypatch):
    upload, together, worked = put("forest.txt", FOREST, ingest=False), threading.Barrier(2), []
    from kbqa.documents import ingestion

    run = ingestion._run
    monkeypatch.setattr(ingestion, "_run", lambda job, lost: (worked.append(job.attempt), run(job, lost)))

    def deliver(_number: int) -> None:
        together.wait()
        version_ingest(upload.version.pk)
        connection.close()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(deliver, range(2)))

    collection.refresh_from_db()
    assert (worked, collection.snapshot.number) == ([1], 1)


def test_a_cancelled_version_is_never_published(put, owner):
    upload = put("forest.txt", FOREST, ingest=False)

    version_cancel(version=upload.version)
    version_ingest(upload.version.pk)

    assert found("oak", owner) == []
    with pytest.raises(Conflict):
        version_cancel(version=upload.version)


def test_a_cancelled_version_can_be_tried_again(put, owner):
    upload = put("forest.txt", FOREST, ingest=False)
    version_cancel(version=upload.version)
    upload.version.refresh_from_db()

    version_ingest(version_retry(version=upload.version).pk)

    assert "1641" in found("oak", owner)[0]


def test_a_ready_document_answers_while_it_is_read_again(put, owner):
    upload = put("forest.txt", FOREST)

    following = version_retry(version=upload.version)
    assert "1641" in found("oak", owner)[0]
    version_ingest(following.pk)

    assert len(found("oak", owner)) == 1
    assert following.number == 2


def test_uploads_under_one_name_at_the_same_moment_are_versions_of_one_document(put):
    together = threading.Barrier(4)

    def upload(number: int) -> int:
        together.wait()
        try:
            return put("notes.txt", f"Locker {number} is blue.", ingest=False).version.number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(upload, range(4)))

    assert sorted(numbers) == [1, 2, 3, 4]
    assert Document.objects.count() == 1
    assert IngestJob.objects.filter(state=IngestJob.State.QUEUED).count() == 1


@pytest.mark.parametrize("act", ["upload", "cancel"])
def test_whoever_acts_on_a_document_while_it_is_published_waits_for_that(put, act, monkeypatch):
    upload, succeed = put("notes.txt", FOREST, ingest=False), jobs.job_succeed
    acting: list[threading.Thread] = []

    def interfere() -> None:
        with suppress(Conflict):
            if act == "upload":
                put("notes.txt", RIVER, ingest=False)
            else:
                version_cancel(version=upload.version)
        connection.close()

    def succeed_late(job: IngestJob, *, message: str) -> None:
        acting.append(threading.Thread(target=interfere))
        acting[0].start()
        acting[0].join(0.5)  # by then it waits
        succeed(job, message=message)

    monkeypatch.setattr(jobs, "job_succeed", succeed_late)
    version_ingest(upload.version.pk)
    acting[0].join()

    states = list(Version.objects.order_by("number").values_list("state", flat=True))
    assert states == ["ready", "pending"][: len(states)]
    assert len(states) == (2 if act == "upload" else 1)


def test_what_failed_before_a_newer_version_came_is_no_step_back(put, owner, collection, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "split", _refuse)
        put("notes.txt", FOREST)
    put("notes.txt", RIVER)

    again = put("notes.txt", FOREST)

    assert (again.version.number, again.duplicate) == (3, False)
    assert len(found("oldest oak river floods", owner)) == 1
    assert collection_reread(collection=collection) == 1


def test_a_stale_worker_publishes_nothing(put, collection, monkeypatch):
    """Its lease is taken in the middle of embedding; the new owner's publication is the only one."""
    upload = put("forest.txt", FOREST, ingest=False)
    from kbqa.documents import ingestion

    embed = ingestion.pipeline.vectors

    def overtaken(*arguments, **keywords):
        vectors = embed(*arguments, **keywords)
        IngestJob.objects.filter(version=upload.version).update(lease_key="00000000-0000-4000-8000-000000000001")
        return vectors

    monkeypatch.setattr(ingestion.pipeline, "vectors", overtaken)
    version_ingest(upload.version.pk)

    collection.refresh_from_db()
    assert collection.snapshot is None
    assert Version.objects.get().state == Version.State.PENDING


def test_a_break_is_tried_again_and_in_the_end_given_up_with_its_reason(put, settings, monkeypatch):
    from kbqa.documents import ingestion

    settings.MAX_ATTEMPTS = 2
    upload = put("forest.txt", FOREST, ingest=False)
    monkeypatch.setattr(ingestion.pipeline, "split", lambda *a, **k: 1 / 0)

    version_ingest(upload.version.pk)
    waiting = IngestJob.objects.get()
    IngestJob.objects.update(not_before=None)
    version_ingest(upload.version.pk)

    assert waiting.state == IngestJob.State.QUEUED
    version = Version.objects.get()
    assert (version.state, version.error_code) == (Version.State.FAILED, "gave_up")
    assert "ZeroDivisionError" in version.error


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("empty.txt", b"", EmptyFile),
        ("song.ogg", b"OggS" + b"\0" * 64, UnsupportedFile),
        ("program.exe", b"MZ" + b"\0" * 64, UnsupportedFile),
        ("..", b"text", Invalid),
    ],
)
def test_a_bad_upload_is_refused_and_leaves_no_row(put, name, content, error):
    with pytest.raises(error):
        put(name, content)

    assert not Document.objects.exists()


def test_a_broken_file_fails_with_a_sentence_and_harms_nothing_else(put, owner):
    put("forest.txt", FOREST)

    broken = put("broken.pdf", b"%PDF-1.7\nthis is no pdf at all\n")

    assert broken.version.state == Version.State.FAILED
    assert broken.version.error.endswith(".")
    assert "1641" in found("oak", owner)[0]


def test_merging_changes_no_answer(put, owner, collection, segments):
    for number in range(12):
        put(
            f"note-{number}.txt",
            f"Locker {number} belongs to the crew of boat {number * 7}. {FOREST if number == 5 else ''}",
        )
    document_delete(document=Document.objects.get(name="note-3.txt"))
    collection.refresh_from_db()
    before = found("Which crew does locker 8 belong to?", owner)

    merged = segments_merge(collection)

    collection.refresh_from_db()
    assert merged is not None
    assert len(manifest_of(collection).segments) < 12
    assert found("Which crew does locker 8 belong to?", owner) == before
    assert verified(collection) == []


def test_what_merging_replaced_is_swept_once_no_reader_can_hold_it(put, collection, segments):
    for number in range(12):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    collection.refresh_from_db()
    segments_merge(collection)
    assert len(segments()) >= 12

    from datetime import timedelta

    from django.db.models import F

    Snapshot.objects.exclude(replaced_at=None).update(replaced_at=F("replaced_at") - timedelta(hours=1))
    snapshots_expire()
    segments_sweep()

    collection.refresh_from_db()
    assert set(segments()) == {segment.name for segment in manifest_of(collection).segments}
    assert verified(collection) == []


def test_the_index_is_rebuilt_from_rows_alone(put, owner, collection, settings):
    import shutil

    put("forest.txt", FOREST)
    put("river.txt", RIVER)
    shutil.rmtree(settings.SEGMENTS_ROOT)
    settings.SEGMENTS_ROOT.mkdir()
    collection.refresh_from_db()
    assert verified(collection) != []

    collection_rebuild(collection=collection)

    assert verified(collection) == []
    assert "1641" in found("oldest oak", owner)[0]


def test_publishing_a_new_document_buries_nothing(put, collection):
    put("forest.txt", FOREST)
    put("river.txt", RIVER)

    collection.refresh_from_db()
    assert all(not segment.dead_versions for segment in manifest_of(collection).segments)


def test_a_merge_that_another_worker_made_first_leaves_nothing(put, collection, segments):
    for number in range(8):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    mine, theirs = (Collection.objects.select_related("snapshot").get() for _ in range(2))
    segments_merge(theirs)
    before = segments()

    assert segments_merge(mine) is None

    assert segments() == before
    assert verified(collection) == []


def test_a_damaged_segment_is_not_merged_and_is_built_anew(put, owner, collection, segments, settings):
    for number in range(8):
        put(f"note-{number}.txt", f"Locker {number} belongs to the crew of boat {number * 7}.")
    (settings.SEGMENTS_ROOT / segments()[0] / "vectors.faiss").write_bytes(b"damaged")
    collection.refresh_from_db()
    assert segments_merge(collection) is None

    mend_index()

    assert verified(collection) == []
    assert len(found("Which crew does locker 3 belong to?", owner)) == 8


def test_a_sound_index_is_not_built_anew(put, collection):
    put("forest.txt", FOREST)

    mend_index()

    collection.refresh_from_db()
    assert collection.snapshot.number == 1


def test_a_worker_merges_what_its_publications_have_made_due(put, collection):
    for number in range(9):
        ingest_version(put(f"note-{number}.txt", f"Locker {number} is blue.", ingest=False).version.pk)

    collection.refresh_from_db()
    assert len(manifest_of(collection).segments) == 2
    assert verified(collection) == []


def test_a_segment_not_yet_published_is_not_swept(put, collection, segments, settings):
    put("forest.txt", FOREST)
    (settings.SEGMENTS_ROOT / ("0" * 32)).mkdir()

    segments_sweep()

    assert "0" * 32 in segments()


def test_jobs_given_up_by_the_reaper_say_so(put, settings):
    from kbqa.documents.tasks import reap_jobs

    upload = put("forest.txt", FOREST, ingest=False)
    job = jobs.job_claim(upload.version.pk)
    IngestJob.objects.filter(pk=job.pk).update(attempt=settings.MAX_ATTEMPTS, lease_until="2020-01-01T00:00:00Z")

    reap_jobs()

    version = Version.objects.get()
    assert (version.state, version.error_code) == (Version.State.FAILED, "worker_died")


def _refuse(*_arguments: object, **_named: object) -> None:
    raise IngestError("There is no text in it.")
