"""One deadline through every stage: what is late never runs, what is cut short says so and is not kept."""

import time

import pytest

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded
from inference.request import Priority
from kbqa.answers.events import Done, Failed, Waiting
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.engine import get_engine
from kbqa.limits.gate import get_gate

from .conftest import FOREST

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak in Harrow Wood planted?"


def ask(user, *, seconds):
    events = answer(QUESTION, asker=user, scope=scope_of(user), deadline=Deadline.after(seconds))
    return [event for event in events if not isinstance(event, Waiting)]


def batches():
    return get_engine().metrics()["batches_total"]


def test_a_question_that_comes_too_late_never_reaches_the_engine(put, owner):
    put("forest.txt", FOREST)
    before = batches()

    last = ask(owner, seconds=0)[-1]

    assert isinstance(last, Failed)
    assert (last.code, last.retryable) == ("deadline_exceeded", True)
    assert batches() == before


def test_expired_work_never_runs(owner):
    before = batches()

    with pytest.raises(DeadlineExceeded):
        get_engine().embed(["never"], deadline=Deadline.after(0))

    assert batches() == before


def test_retrieval_that_runs_out_of_its_budget_leaves_the_rest_its_time(put, owner, settings):
    put("forest.txt", FOREST)
    settings.RETRIEVAL_DEADLINE_S = 0.0

    events = ask(owner, seconds=20)

    done = events[-1]
    assert isinstance(done, Done)
    assert done.degraded
    assert done.trace["candidates"][0]["dense_rank"] is None


def test_what_was_cut_short_is_not_kept(put, owner, settings):
    put("forest.txt", FOREST)
    settings.RETRIEVAL_DEADLINE_S = 0.0
    ask(owner, seconds=20)
    settings.RETRIEVAL_DEADLINE_S = 10.0

    again = ask(owner, seconds=20)[-1]

    assert not again.cached
    assert not again.degraded


def test_a_question_whose_time_runs_out_in_the_queue_ends_on_time_and_never_runs(put, owner):
    put("forest.txt", FOREST)
    gate = get_gate()
    holding = [gate.slot(Deadline.after(60), Priority.BULK).__enter__() for _ in range(int(gate.limit))]
    before, started = batches(), time.perf_counter()
    try:
        last = ask(owner, seconds=0.6)[-1]
    finally:
        for slot in holding:
            slot.__exit__(None, None, None)

    assert isinstance(last, Failed)
    assert 0.5 < time.perf_counter() - started < 1.6  # the deadline, and a busy machine's slack
    assert batches() == before
