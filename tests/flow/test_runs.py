"""A run asks its cases through the real pipeline, slice by slice; whatever happens to a worker, none is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kbqa.answers.models import Answer
from kbqa.errors import Busy, Conflict, Invalid
from kbqa.quality import running
from kbqa.quality.comparing import runs_compare
from kbqa.quality.models import Run
from kbqa.quality.running import run_continue, runs_to_wake
from kbqa.quality.runs import run_cancel, run_delete, run_start
from kbqa.quality.sets import case_keep, passage_get, set_of
from tests import factories

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cases(collection, owner, put, settings):
    """A right answer, one that nobody can give, a passage to be found, and silence."""
    settings.ANSWER_DEADLINE_S = 120.0  # on a busy machine no answer is to be cut short
    put("forest.txt", FOREST)
    river = put("river.txt", RIVER)
    passage = passage_get(str(river.version.passages.first().pk), collection=collection)
    made = set_of(collection, by=owner)
    wanted = {
        "When was the oldest oak in Harrow Wood planted?": {"answers": ["1641", "in 1641"]},
        "When does the River Wendle flood most often?": {"answers": ["October"]},
        "When is the lock at Aston closed?": {"passage": passage},
        "Who invented the telephone of Mars?": {},
    }
    for question, expected in wanted.items():
        case_keep(test_set=made, question=question, by=owner, **expected)
    return made


def test_a_run_judges_every_case_and_leaves_nothing_in_the_history(cases, owner):
    run = run_start(test_set=cases, by=owner)

    assert run_continue(str(run.pk), budget_s=60) is False

    run.refresh_from_db()
    judged = list(run.cases.order_by("position"))
    assert (run.state, run.lease_key, run.attempt) == (Run.State.DONE, None, 0)
    assert [case.verdict for case in judged] == ["right", "wrong", "right", "right"]
    assert [case.rank for case in judged[:3]] == [1, None, 1]
    assert judged[2].in_passage is True
    assert (run.figures["questions"], run.figures["right"], run.figures["answerable"]) == (4, 0.75, 3)
    assert judged[0].trace["reading"]["best"]["answer"]
    assert not Answer.objects.exists()


def test_a_run_goes_on_where_its_slice_ended(cases, owner):
    run = run_start(test_set=cases, by=owner)

    slices = 0
    while run_continue(str(run.pk), budget_s=1e-3):
        slices += 1

    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert slices >= 3
    assert run.cases.exclude(verdict="").count() == 4


def test_a_worker_that_fell_silent_loses_the_run_and_keeps_what_it_asked(cases, owner):
    run = run_start(test_set=cases, by=owner)
    run_continue(str(run.pk), budget_s=1e-3)
    silent = running._claim(str(run.pk))
    asked = run.cases.exclude(verdict="").count()
    early = run_continue(str(run.pk), budget_s=60)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now(), hinted_at=run.created_at.replace(year=2000))

    woken = runs_to_wake()
    run_continue(str(run.pk), budget_s=60)

    run.refresh_from_db()
    assert (early, asked, woken) == (False, 1, [str(run.pk)])
    assert (run.state, run.cases.exclude(verdict="").count()) == (Run.State.DONE, 4)
    with pytest.raises(running.LeaseLost):
        running._release(silent)


def test_a_case_that_kills_its_worker_again_and_again_ends_the_run(cases, owner, settings):
    run = run_start(test_set=cases, by=owner)
    for _ in range(settings.MAX_ATTEMPTS):
        assert running._claim(str(run.pk))
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    assert running._claim(str(run.pk)) is None
    runs_to_wake()

    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, f"Given up after {settings.MAX_ATTEMPTS} tries at question 1.")


def test_an_engine_that_stays_away_ends_the_run_after_so_many_tries_and_holds_up_no_other(
    cases, owner, settings, monkeypatch
):
    run = run_start(test_set=cases, by=owner)
    with monkeypatch.context() as away:
        away.setattr(running, "get_engine", _away)
        for _ in range(settings.MAX_ATTEMPTS):
            assert run_continue(str(run.pk), budget_s=60) is False
            run.refresh_from_db()
            assert (run.state, run.error) == (Run.State.QUEUED, "The engine does not answer yet.")

    runs_to_wake()

    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, f"Given up after {settings.MAX_ATTEMPTS} tries at question 1.")
    assert runs_to_wake() == []


def test_a_cancelled_run_is_written_to_no_more(cases, owner):
    run = run_start(test_set=cases, by=owner)
    working = running._claim(str(run.pk))

    run_cancel(run=run)

    with pytest.raises(running.LeaseLost):
        running._finish(working)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert run_continue(str(run.pk), budget_s=1) is False
    with pytest.raises(Conflict):
        run_cancel(run=run)


def test_one_run_of_a_set_at_a_time_and_none_of_an_empty_one(cases, owner):
    run = run_start(test_set=cases, by=owner)

    with pytest.raises(Conflict):
        run_start(test_set=cases, by=owner)
    with pytest.raises(Conflict):
        run_delete(run=run)
    with pytest.raises(Invalid):
        run_start(test_set=set_of(factories.collection(owner=owner), by=owner), by=owner)


def test_who_may_no_longer_ask_ends_the_run(cases, owner):
    run = run_start(test_set=cases, by=owner)
    cases.collection.grants.all().delete()

    run_continue(str(run.pk), budget_s=1)

    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, "There is no such collection.")


def test_two_runs_are_compared_with_what_became_worse_first(cases, owner):
    before, after = (finished(cases, owner) for _ in range(2))
    worse, better = after.cases.get(position=1), after.cases.get(position=2)
    after.cases.filter(pk=worse.pk).update(answer="1912", verdict="wrong", quote="In 1912.")
    after.cases.filter(pk=better.pk).update(answer="October", verdict="right")

    compared = runs_compare(before, after)

    assert [pair.after.pk for pair in compared.changed] == [worse.pk, better.pk]
    assert (compared.summary["worse"], compared.summary["better"], compared.num_same) == (1, 1, 2)


def _away() -> None:
    raise Busy("The engine does not answer yet.", retry_after_s=2)


def finished(cases, owner) -> Run:
    run = run_start(test_set=cases, by=owner)
    run_continue(str(run.pk), budget_s=60)
    run.refresh_from_db()
    return run
