"""The queue's promises: one owner at a time, silent owners replaced, nothing published by a stale one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from kbqa.documents import jobs
from kbqa.documents.ingestion import _lease_kept, version_give_up
from kbqa.documents.jobs import LeaseLost, Stage, State
from kbqa.documents.models import IngestJob
from tests import factories

pytestmark = pytest.mark.django_db


def expire(job: IngestJob) -> None:
    IngestJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_queued_job_is_claimed_once():
    version = factories.version()

    first, second = jobs.job_claim(version.pk), jobs.job_claim(version.pk)

    assert first is not None
    assert second is None


@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_at_the_same_moment_one_owns_the_job():
    version, together = factories.version(), threading.Barrier(2)

    def claim(_number: int) -> IngestJob | None:
        together.wait()
        try:
            return jobs.job_claim(version.pk)
        finally:
            connection.close()

    for _ in range(5):
        IngestJob.objects.update(state=State.QUEUED, attempt=0, lease_key=None, lease_until=None)
        with ThreadPoolExecutor(2) as threads:
            claimed = [job for job in threads.map(claim, range(2)) if job]
        assert [job.attempt for job in claimed] == [1]


def test_a_job_whose_lease_ran_out_is_claimed_by_the_next():
    first = jobs.job_claim(factories.version().pk)
    expire(first)

    second = jobs.job_claim(first.version_id)

    assert second.lease_key != first.lease_key
    assert second.attempt == 2


def test_a_stale_owner_can_neither_renew_nor_finish():
    first = jobs.job_claim(factories.version().pk)
    expire(first)
    jobs.job_claim(first.version_id)

    for act in (
        lambda: jobs.job_renew(first),
        lambda: jobs.job_progress(first, stage=Stage.EMBED, percent=50),
        lambda: jobs.job_succeed(first, message=""),
        lambda: jobs.job_fail(first, message=""),
        lambda: jobs.job_postpone(first, seconds=1, message=""),
    ):
        with pytest.raises(LeaseLost):
            act()


def test_a_cancelled_job_stops_its_owner_and_stays_cancelled():
    job = jobs.job_claim(factories.version().pk)

    assert jobs.job_cancel(job.version)

    with pytest.raises(LeaseLost):
        jobs.job_progress(job, stage=Stage.EMBED, percent=50)
    assert jobs.job_claim(job.version_id) is None


def test_a_postponed_job_waits_for_its_time():
    job = jobs.job_claim(factories.version().pk)

    jobs.job_postpone(job, seconds=60, message="later")

    assert jobs.job_claim(job.version_id) is None


def test_reaping_requeues_the_silent_and_reports_those_without_tries(settings: Settings):
    settings.MAX_ATTEMPTS = 2
    silent = jobs.job_claim(factories.version().pk)
    spent = jobs.job_claim(factories.version().pk)
    IngestJob.objects.filter(pk=spent.pk).update(attempt=2)
    expire(silent)
    expire(spent)

    given_up = jobs.jobs_reap()

    assert [job.pk for job in given_up] == [spent.pk]
    silent.refresh_from_db()
    assert silent.state == State.QUEUED


def test_one_heard_from_between_reaping_and_giving_up_goes_on(settings: Settings):
    settings.MAX_ATTEMPTS = 1
    job = jobs.job_claim(factories.version().pk)
    expire(job)
    (given_up,) = jobs.jobs_reap()

    jobs.job_renew(job)
    version_give_up(given_up)

    job.refresh_from_db()
    assert job.state == State.RUNNING


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_by_a_new_connection_where_the_old_one_broke(settings: Settings, monkeypatch):
    settings.LEASE_S = 0.3
    job, renew, renewed = jobs.job_claim(factories.version().pk), jobs.job_renew, threading.Event()
    breaks = iter([True])

    def renew_over_a_line_that_breaks(job: IngestJob) -> None:
        if next(breaks, False):
            connection.ensure_connection()
            connection.connection.close()  # as when the database is started anew
        renew(job)
        renewed.set()

    monkeypatch.setattr(jobs, "job_renew", renew_over_a_line_that_breaks)
    with _lease_kept(job) as lost:
        assert renewed.wait(5)

    assert not lost.is_set()


def test_reaping_leaves_a_living_owner_alone():
    job = jobs.job_claim(factories.version().pk)

    jobs.jobs_reap()

    job.refresh_from_db()
    assert job.state == State.RUNNING


def test_waiting_jobs_are_woken_only_while_nobody_works():
    waiting, other = factories.version(), factories.version()
    IngestJob.objects.update(queued_at=timezone.now() - timedelta(minutes=1))

    woken_when_idle = jobs.jobs_to_wake()
    jobs.job_claim(other.pk)
    woken_when_busy = jobs.jobs_to_wake()

    assert woken_when_idle == [waiting.pk, other.pk]
    assert woken_when_busy == []


def test_a_waiting_job_is_woken_once_a_leases_time():
    waiting = factories.version()
    IngestJob.objects.update(queued_at=timezone.now() - timedelta(minutes=1))

    assert jobs.jobs_to_wake() == [waiting.pk]
    assert jobs.jobs_to_wake() == []


def test_a_retry_counts_its_tries_afresh():
    job = jobs.job_claim(factories.version().pk)
    jobs.job_fail(job, message="broken")

    assert jobs.job_requeue(job.version)

    assert jobs.job_claim(job.version_id).attempt == 1
