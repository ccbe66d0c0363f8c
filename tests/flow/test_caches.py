"""The answer caches through the real pipeline: one lookup, one computation, the same events, never another's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache as shared
from django.db import connection

from inference.deadline import Deadline
from kbqa.answers import cache
from kbqa.answers.events import Abstained, Cited, Done, Sources, Waiting
from kbqa.answers.models import Answer, Conversation
from kbqa.answers.pipeline import answer, flights
from kbqa.answers.scope import scope_of
from kbqa.answers.warm import answers_warm
from kbqa.engine import get_engine
from tests import factories

from .conftest import FOREST

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak in Harrow Wood planted?"


def ask(question, user, *, conversation=None):
    events = answer(question, asker=user, scope=scope_of(user), deadline=Deadline.after(30), conversation=conversation)
    return [event for event in events if not isinstance(event, Waiting)]


def key_of(user):
    return cache.key_for(QUESTION, scope_of(user))


def level(events):
    return events[-1].trace["cache"]


def batches():
    return get_engine().metrics()["batches_total"]


def test_a_crowd_with_one_cold_question_is_read_to_once(put, owner, settings):
    settings.RETRIEVAL_DEADLINE_S = 10  # a degraded answer is not kept, and this machine may be busy
    put("forest.txt", FOREST)
    ask("What do foresters count?", owner)  # loads what is loaded once
    lookups = cache.ANSWER_CACHE.labels("none")._value.get()

    def one(_):
        try:
            return ask(QUESTION, owner)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as crowd:
        heard = list(crowd.map(one, range(24)))

    assert len({repr(events[:-1]) for events in heard}) == 1
    assert any(isinstance(event, Cited) for event in heard[0])
    assert cache.ANSWER_CACHE.labels("none")._value.get() == lookups + 1
    assert Answer.objects.filter(question=QUESTION, state=Answer.State.DONE).count() == 24
    assert len(flights) == 0


def test_a_conversation_hears_its_own_answer_from_memory(put, owner):
    put("forest.txt", FOREST)
    conversation = Conversation.objects.create(owner=owner, title="oaks")
    levels = [level(ask(QUESTION, owner, conversation=conversation)) for _ in range(3)]

    assert levels == ["none", "shared", "conversation"]


def test_a_repeated_answer_embeds_and_reads_nothing(put, owner):
    put("forest.txt", FOREST)
    ask(QUESTION, owner)
    before = batches()

    ask(QUESTION, owner)

    assert batches() == before


def test_a_cached_turn_is_kept_like_any_other(put, owner):
    put("forest.txt", FOREST)
    ask(QUESTION, owner)

    done = ask(QUESTION, owner)[-1]

    turn = Answer.objects.get(pk=done.answer_id)
    assert (turn.state, turn.cached) == (Answer.State.DONE, True)
    assert turn.citations.get().quote in FOREST
    assert turn.passages


def test_a_corrupted_value_is_computed_anew(put, owner):
    put("forest.txt", FOREST)
    first = ask(QUESTION, owner)
    shared.set(key_of(owner), shared.get(key_of(owner))[:-40])

    again = ask(QUESTION, owner)

    assert level(again) == "none"
    assert again[:-1] == first[:-1]
    assert level(ask(QUESTION, owner)) == "shared"


def test_a_value_under_anothers_key_is_never_told(put, owner):
    put("forest.txt", FOREST)
    ask(QUESTION, owner)
    stranger = factories.user()
    shared.set(key_of(stranger), shared.get(key_of(owner)))

    events = ask(QUESTION, stranger)

    assert events[0] == Sources(())
    assert isinstance(events[1], Abstained)


def test_who_loses_a_grant_loses_the_kept_answer_with_it(put, owner, collection):
    put("forest.txt", FOREST)
    member = factories.member(collection)
    assert any(isinstance(event, Cited) for event in ask(QUESTION, member))

    collection.grants.filter(user=member).delete()

    assert isinstance(ask(QUESTION, member)[-2], Abstained)


def test_a_cached_answer_asks_the_database_little(put, owner, django_assert_max_num_queries):
    put("forest.txt", FOREST)
    ask(QUESTION, owner)

    with django_assert_max_num_queries(8):  # scope, pragma, begin, turn, versions, citations, commit, pragma
        assert isinstance(ask(QUESTION, owner)[-1], Done)


def test_an_uncached_answer_asks_the_database_as_often_for_many_passages_as_for_few(put, owner, settings):
    from django.test.utils import CaptureQueriesContext

    settings.ANSWER_CACHE_TTL_S = 0
    counts = []
    for number in range(12):
        put(f"forest-{number}.txt", FOREST.replace("1641", str(1641 + number)))
        if number in (3, 11):
            ask(QUESTION, owner)
            with CaptureQueriesContext(connection) as queries:
                ask(QUESTION, owner)
            counts.append(len([q for q in queries if "SELECT" in q["sql"] and "canonical" not in q["sql"]]))

    assert counts[0] == counts[1]


def test_after_a_publication_frequent_questions_are_answered_ahead(put, owner):
    put("forest.txt", FOREST)
    for _ in range(2):
        ask(QUESTION, owner)
    ask("What do foresters count?", owner)  # once is not frequent
    put("more.txt", "Something else was published since.")

    assert answers_warm(budget_s=30) == 1

    assert level(ask(QUESTION, owner)) == "warmed"
    assert answers_warm(budget_s=30) == 0


def test_nothing_is_answered_ahead_for_whoever_may_no_longer_ask(put, owner, collection):
    put("forest.txt", FOREST)
    member = factories.member(collection)
    for _ in range(2):
        ask(QUESTION, member)
    collection.grants.filter(user=member).delete()
    put("more.txt", "Something else was published since.")

    assert answers_warm(budget_s=30) == 0


def test_warming_without_time_does_nothing(put, owner):
    put("forest.txt", FOREST)
    for _ in range(2):
        ask(QUESTION, owner)
    shared.clear()

    assert answers_warm(budget_s=0) == 0
