"""One version's way from bytes to published: claim → parse → chunk → embed → seal → publish.

Every stage may be repeated: passages are replaced whole, a segment is sealed or
absent, and publishing asks once more whether the lease still stands.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone

from inference.base import AnyEngine
from ingest import pipeline
from ingest.confined import Cancelled
from ingest.embed import EmbeddingCancelled
from ingest.errors import IngestError
from ingest.sniff import HOLD_PICTURES
from ingest.types import Chunk, ParsedDocument, Source
from kbqa.engine import get_engine
from kbqa.errors import NotFound

from . import jobs
from .chunking import ingest_config
from .counting import counted
from .history import Kind, event_note
from .indexing import record_of, segment_writer
from .jobs import LeaseLost, Stage
from .models import CanonicalText, Document, IngestJob, Passage, Version
from .originals import original_path
from .passages import edits_carry
from .publishing import segment_add
from .recognized import Lines, recognized_page_keep, recognized_pages
from .services import document_lock

log = structlog.get_logger(__name__)

_RETRY_S = (5, 20, 60, 180)


def version_ingest(version_id: int) -> None:
    """Ingest if the job is to be had; a message for a job that is not changes nothing."""
    job = jobs.job_claim(version_id)
    if job is None:
        return
    log.info("ingestion_started", version=version_id, attempt=job.attempt)
    try:
        with _lease_kept(job) as lost:
            _run(job, lost)
    except (LeaseLost, NotFound, Cancelled, EmbeddingCancelled):
        log.info("ingestion_stopped", version=version_id, reason="cancelled, deleted, or another worker's now")
    except IngestError as error:
        _fail(job, code=error.code, message=str(error))
    except Exception as error:  # the worker's border: whatever broke must end as a row that says so
        log.exception("ingestion_broke", version=version_id, attempt=job.attempt)
        _postpone_or_fail(job, error)


def version_give_up(job: IngestJob) -> None:
    """The end of a job whose workers died once too often; one that was heard from meanwhile goes on."""
    message = f"The worker stopped {job.attempt} times while reading this file; it was given up."
    with suppress(LeaseLost, NotFound), transaction.atomic():
        document_lock(job.version.document)  # before its versions, as whoever publishes does
        jobs.job_give_up(job, message=message)
        _record_failure(job, code="worker_died", message=message)


def _run(job: IngestJob, lost: threading.Event) -> None:
    version, engine = job.version, get_engine()
    config = ingest_config(version.document.collection)
    source = Source(path=original_path(version.digest), name=version.document.name, media_type=version.media_type)

    jobs.job_progress(job, stage=Stage.PARSE, percent=5, message="Reading the file")
    parsed = pipeline.parse(
        source, config=config, recognized=recognized_pages(version), keep=_keeper(job), cancelled=lost.is_set
    )
    jobs.job_progress(job, stage=Stage.CHUNK, percent=30, message=_measure(parsed))
    chunks = pipeline.split(parsed, encoder=engine, config=config)
    passages = _replace_passages(job, parsed, chunks)
    _embed_and_publish(job, engine, parsed, chunks, passages, lost)


def _keeper(job: IngestJob) -> Callable[[int, Lines, int, int], None]:
    """Each page or picture that was recognised is said and kept; LeaseLost where the job is another's."""
    noun = "picture" if job.version.media_type in HOLD_PICTURES else "pictured page"

    def keep(page: int, lines: Lines, done: int, total: int) -> None:
        message = f"{done} of {counted(total, noun)} recognised"
        jobs.job_progress(job, stage=Stage.PARSE, percent=5 + 25 * done // total, message=message)
        recognized_page_keep(job.version, page, lines)

    return keep


def _embed_and_publish(
    job: IngestJob,
    engine: AnyEngine,
    parsed: ParsedDocument,
    chunks: list[Chunk],
    passages: list[Passage],
    lost: threading.Event,
) -> None:
    def progress(done: int, total: int) -> None:
        message = f"{done} of {counted(total, 'passage')} embedded"
        jobs.job_progress(job, stage=Stage.EMBED, percent=35 + 55 * done // max(total, 1), message=message)

    worded = [replace(chunk, text=passage.wording) for chunk, passage in zip(chunks, passages, strict=True)]
    vectors = pipeline.vectors(worded, encoder=engine, progress=progress, cancelled=lost.is_set)
    jobs.job_progress(job, stage=Stage.SEAL, percent=92, message="Sealing the index segment")
    with segment_writer() as writer:
        writer.add([record_of(passage) for passage in passages], vectors)
        info = writer.seal()
    jobs.job_progress(job, stage=Stage.PUBLISH, percent=97, message="Publishing")

    with transaction.atomic():
        document = document_lock(job.version.document)
        replaced = document.versions.filter(state=Version.State.READY)
        segment_add(document.collection, info, retiring=frozenset(replaced.values_list("pk", flat=True)))
        replaced.update(state=Version.State.SUPERSEDED)
        Version.objects.filter(pk=job.version_id).update(
            state=Version.State.READY, ready_at=timezone.now(), error="", error_code=""
        )
        title = document.title if document.title_is_given else (parsed.title or "")[:500]
        Document.objects.filter(pk=document.pk).update(current=job.version_id, title=title)
        event_note(Kind.PUBLISHED, document.pk, version=job.version.number)
        jobs.job_succeed(job, message=counted(len(chunks), "passage"))  # LeaseLost here undoes all of the above
    log.info("version_published", version=job.version_id, passages=len(chunks), segment=info.name)


@transaction.atomic
def _replace_passages(job: IngestJob, parsed: ParsedDocument, chunks: list[Chunk]) -> list[Passage]:
    """The version's text and passages, as rows, with what editors did before; what an earlier try left is gone."""
    version = job.version
    document_lock(version.document)  # from here on nobody edits the version before
    jobs.job_renew(job)
    pages = [[page.number, page.start, page.end] for page in parsed.pages]
    CanonicalText.objects.update_or_create(version=version, defaults={"text": parsed.text, "pages": pages})
    version.passages.all().delete()
    rows = [
        Passage(
            version=version,
            position=position,
            text=chunk.text,
            context=chunk.context,
            start=chunk.start,
            end=chunk.end,
            page=chunk.page,
            heading_path=list(chunk.heading_path),
        )
        for position, chunk in enumerate(chunks)
    ]
    left_behind = edits_carry(version, rows)
    rows = Passage.objects.bulk_create(rows, batch_size=500)
    Version.objects.filter(pk=version.pk).update(
        num_pages=len(parsed.pages),
        num_passages=len(rows),
        num_tables=len(parsed.tables),
        language=parsed.language,
        warnings=[*parsed.warnings, *left_behind],
    )
    return rows


@contextmanager
def _lease_kept(job: IngestJob) -> Iterator[threading.Event]:
    """Renew the lease from a thread of its own; the event is set once the lease is no longer ours."""
    lost, stop = threading.Event(), threading.Event()

    def renew() -> None:
        while not stop.wait(settings.LEASE_S / 3):
            try:
                jobs.job_renew(job)
            except LeaseLost:
                lost.set()
                break
            except Error:  # locked or away: the next turn tries again, within the same lease and by a new connection
                log.warning("lease_not_renewed", version=job.version_id)
                connection.close()
        connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def _fail(job: IngestJob, *, code: str, message: str) -> None:
    try:
        with transaction.atomic():
            jobs.job_fail(job, message=message)
            _record_failure(job, code=code, message=message)
    except LeaseLost:
        return
    log.info("ingestion_failed", version=job.version_id, code=code)


def _postpone_or_fail(job: IngestJob, error: Exception) -> None:
    if job.attempt >= settings.MAX_ATTEMPTS:
        _fail(
            job,
            code="gave_up",
            message=f"Given up after {job.attempt} tries; the last one broke on {type(error).__name__}.",
        )
        return
    try:
        pause = _RETRY_S[min(job.attempt, len(_RETRY_S)) - 1]
        jobs.job_postpone(job, seconds=pause, message=f"Try {job.attempt} broke; trying again in {pause} s.")
    except LeaseLost:
        return


def _record_failure(job: IngestJob, *, code: str, message: str) -> None:
    """Only a version still pending can fail; the one published before it stays ready."""
    failed = Version.objects.filter(pk=job.version_id, state=Version.State.PENDING).update(
        state=Version.State.FAILED, error_code=code, error=message
    )
    if failed:
        event_note(Kind.FAILED, job.version.document_id, version=job.version.number, note=message)


def _measure(parsed: ParsedDocument) -> str:
    pages = f"{counted(len(parsed.pages), 'page')}, " if parsed.pages else ""
    return f"{pages}{counted(len(parsed.text), 'character')} read"
