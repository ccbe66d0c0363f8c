"""Finished answers: a foreign, torn or foreign-keyed value is a miss; only what is complete is kept."""

import json
from uuid import uuid4

import pytest
from django.core.cache import cache as shared

from kbqa.answers import cache
from kbqa.answers.cache import Level
from kbqa.answers.events import Abstained, Cited, PassageView, Sources, Token, Waiting

PASSAGE = PassageView(document="d", version=1, title="t", page=None, start=0, end=4, text="text", url="/d")
EVENTS = (Sources((PASSAGE,)), Token("yes"), Cited((), 0.9))


@pytest.fixture(autouse=True)
def _no_conversation_remembered():
    cache.conversations.clear()


def test_what_was_kept_is_found_as_it_was():
    cache.keep("answer:k", EVENTS)

    assert cache.look("answer:k") == cache.Kept(EVENTS, Level.SHARED)


def test_what_was_computed_ahead_is_counted_as_such():
    cache.keep("answer:k", EVENTS, warmed=True)

    assert cache.look("answer:k").level is Level.WARMED


def test_a_conversation_hears_its_answer_again_without_the_shared_cache():
    conversation = uuid4()
    cache.keep("answer:k", EVENTS)
    cache.look("answer:k", conversation=conversation)
    shared.clear()

    assert cache.look("answer:k", conversation=conversation) == cache.Kept(EVENTS, Level.CONVERSATION)
    assert cache.look("answer:k", conversation=uuid4()) is None


def test_a_conversation_forgets_what_it_used_least_recently():
    conversation = uuid4()
    for number in range(17):
        cache.conversations.keep(conversation, f"answer:{number}", EVENTS)

    assert cache.conversations.look(conversation, "answer:0") is None
    assert cache.conversations.look(conversation, "answer:16") == EVENTS


@pytest.mark.parametrize(
    "value",
    [
        "not json",
        "{}",
        "[]",
        "null",
        json.dumps({"key": "answer:other", "warmed": False, "events": []}),
        json.dumps({"key": "answer:k", "warmed": False, "events": []}),
        json.dumps({"key": "answer:k", "warmed": False, "events": [["token", {"text": "half"}]]}),
        json.dumps({"key": "answer:k", "warmed": False, "events": [["sources", {"passages": [{"evil": 1}]}]]}),
        json.dumps({"key": "answer:k", "warmed": False, "events": [["done", {}]]}),
        ["a", "list"],
        {"key": "answer:k"},
        7,
        b"\x80\x04.".hex(),
    ],
)
def test_a_foreign_value_is_a_miss(value):
    shared.set("answer:k", value)

    assert cache.look("answer:k") is None


def test_every_torn_value_is_a_miss():
    cache.keep("answer:k", EVENTS)
    whole = shared.get("answer:k")

    for length in range(0, len(whole), 7):
        shared.set("answer:k", whole[:length])
        assert cache.look("answer:k") is None


@pytest.mark.parametrize("events", [(), (Sources(()),), (Sources(()), Token("half"))])
def test_less_than_a_whole_answer_is_not_kept(events):
    cache.keep("answer:k", events)

    assert cache.look("answer:k") is None


def test_beats_are_not_part_of_an_answer():
    cache.keep("answer:k", (Waiting(), Sources(()), Waiting(), Abstained(0.1, ())))

    assert cache.look("answer:k").events == (Sources(()), Abstained(0.1, ()))


def test_without_a_lifetime_nothing_is_kept_or_found(settings):
    cache.keep("answer:k", EVENTS)
    settings.ANSWER_CACHE_TTL_S = 0

    assert cache.look("answer:k") is None


@pytest.mark.parametrize("variant", ["When was it?", "  when  WAS it? ", "Ｗｈｅｎ was it?"])
def test_case_width_and_white_space_make_no_other_question(variant):
    assert cache.normalized(variant) == "when was it?"


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What does error E2 mean?", "what does error E2  mean"),
        ("What does error E2 mean?", "What does error E2 mean ?!"),
        ("错误E2是什么意思？", "错误E2是什么意思。"),
    ],
)
def test_what_stands_after_its_last_word_makes_no_other_question(question, other):
    assert cache.question_key(question) == cache.question_key(other)


@pytest.mark.parametrize(
    ("question", "other"), [("Is it 2.5?", "Is it 25?"), ("What is C?", "What is C++?"), ("?", "!")]
)
def test_what_stands_inside_a_question_does(question, other):
    assert cache.question_key(question) != cache.question_key(other)
