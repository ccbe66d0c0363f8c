"""Flow 2 through its real doors: cited answers, honest abstentions, one stream of events."""

import json
from dataclasses import asdict

import pytest

from inference.deadline import Deadline
from kbqa.answers.cite import TENTATIVE_FROM
from kbqa.answers.events import Abstained, Cited, Done, Failed, Sources, Token
from kbqa.answers.models import Answer
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect, kept_answer
from kbqa.documents.deleting import document_delete
from kbqa.documents.models import CanonicalText
from kbqa.errors import NotFound
from tests import factories

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)


def ask(question, user, *, seconds=10.0, collections=None):
    return list(
        answer(question, asker=user, scope=scope_of(user, collections=collections), deadline=Deadline.after(seconds))
    )


def one(events, kind):
    return next(event for event in events if isinstance(event, kind))


def test_an_answer_cites_the_exact_place(put, owner):
    put("forest.txt", FOREST)
    upload = put("river.txt", RIVER)

    events = ask("When is the lock at Aston closed?", owner)

    citation = one(events, Cited).citations[0]
    text = CanonicalText.objects.get(version=upload.version).text
    assert citation.document == str(upload.document.pk)
    assert text[citation.start : citation.end] == citation.quote
    assert "December to February" in citation.quote


def test_events_come_in_the_order_a_reader_should_see_them(put, owner):
    put("forest.txt", FOREST)

    events = ask("When was the oldest oak in Harrow Wood planted?", owner)

    kinds = [type(event) for event in events]
    assert kinds[0] is Sources
    assert kinds[-2:] == [Cited, Done]
    assert set(kinds[1:-2]) == {Token}


def test_what_the_documents_do_not_say_is_not_answered(put, owner):
    put("forest.txt", FOREST)
    put("river.txt", RIVER)

    events = ask("What is the boiling point of tungsten?", owner)

    abstained = one(events, Abstained)
    assert abstained.nearest
    assert not any(isinstance(event, Token | Cited) for event in events)


def test_what_is_too_unsure_to_be_an_answer_is_where_to_look_first(put, owner, settings):
    settings.ABSTAIN_BELOW = 1.0
    text = CanonicalText.objects.get(version=put("forest.txt", FOREST).version).text

    events = ask("When was the oldest oak in Harrow Wood planted?", owner)

    tentative = one(events, Abstained).tentative
    assert "1641" in tentative.quote
    assert text[tentative.start : tentative.end] == tentative.quote
    assert not any(isinstance(event, Token | Cited) for event in events)
    kept = kept_answer(Answer.objects.get(pk=one(events, Done).answer_id))
    assert kept == json.loads(json.dumps(collect(events)))
    assert kept["tentative"] == asdict(tentative)
    assert one(ask("When was the oldest oak in Harrow Wood planted?", owner), Abstained).tentative == tentative


def test_what_is_hardly_likely_is_not_even_where_to_look_first(put, owner):
    put("forest.txt", FOREST)

    abstained = one(ask("What is the boiling point of tungsten?", owner), Abstained)

    assert abstained.confidence < TENTATIVE_FROM
    assert abstained.tentative is None


def test_an_empty_knowledge_base_abstains(owner, collection):
    abstained = one(ask("Is anything here?", owner), Abstained)

    assert (abstained.nearest, abstained.tentative) == ((), None)


def test_a_chinese_question_gets_the_chinese_sentence(put, owner):
    put("茶.txt", "绿茶应当用八十度左右的水冲泡。红茶可以用沸水冲泡。茶叶要放在阴凉干燥的地方。")
    put("forest.txt", FOREST)

    citation = one(ask("绿茶用多少度的水冲泡？", owner), Cited).citations[0]

    assert "八十度" in citation.quote


def test_the_same_question_again_is_answered_from_the_cache(put, owner):
    put("forest.txt", FOREST)
    first = ask("When was the oldest oak planted?", owner)

    second = ask("when was the  OLDEST oak planted?", owner)

    assert not one(first, Done).cached
    assert one(second, Done).cached
    assert second[:-1] == first[:-1]


def test_publishing_makes_the_cached_answer_unreachable(put, owner):
    put("forest.txt", FOREST)
    ask("When was the oldest oak planted?", owner)

    put("forest.txt", FOREST.replace("1641", "1702"))
    events = ask("When was the oldest oak planted?", owner)

    assert not one(events, Done).cached
    assert "1702" in one(events, Cited).citations[0].quote


def test_a_deleted_document_is_never_quoted_again(put, owner):
    upload = put("forest.txt", FOREST)
    ask("When was the oldest oak planted?", owner)

    document_delete(document=upload.document)

    assert isinstance(ask("When was the oldest oak planted?", owner)[-2], Abstained)


def test_nobody_is_answered_from_a_collection_they_may_not_see(put, owner):
    put("forest.txt", FOREST)
    ask("When was the oldest oak planted?", owner)
    stranger = factories.user()

    events = ask("When was the oldest oak planted?", stranger)

    assert one(events, Sources).passages == ()
    assert not one(events, Done).cached


def test_a_collection_one_may_not_see_does_not_exist(put, collection):
    put("forest.txt", FOREST)

    with pytest.raises(NotFound):
        scope_of(factories.user(), collections=[collection.pk])


def test_the_turn_is_written_before_the_first_event(put, owner):
    put("forest.txt", FOREST)

    stream = answer("When?", asker=owner, scope=scope_of(owner), deadline=Deadline.after(5))
    next(stream)

    assert Answer.objects.get().state == Answer.State.RUNNING
    stream.close()
    assert Answer.objects.get().state == Answer.State.ABORTED


def test_the_trace_says_what_was_found_and_what_it_took(put, owner):
    put("forest.txt", FOREST)

    done = one(ask("When was the oldest oak planted?", owner), Done)

    assert {"embed", "search", "load", "rerank", "read", "total"} <= set(done.timings_ms)
    assert done.trace["candidates"][0]["lexical_rank"] is not None
    assert done.trace["candidates"][0]["rerank"] > 0
    assert 0 <= done.trace["reading"]["confidence"] <= 1
    assert Answer.objects.get(pk=done.answer_id).trace == done.trace


def test_without_time_the_answer_is_degraded_or_refused_but_ends(put, owner):
    put("forest.txt", FOREST)

    events = ask("When was the oldest oak planted?", owner, seconds=0.0)

    last = events[-1]
    assert isinstance(last, Failed) or (isinstance(last, Done) and last.degraded)


def test_a_damaged_index_is_said_to_be_so(put, owner, settings):
    put("forest.txt", FOREST)
    for path in settings.SEGMENTS_ROOT.rglob("*"):
        if path.is_file():
            path.write_bytes(b"not what it was")

    last = ask("When was the oldest oak planted?", owner)[-1]

    assert isinstance(last, Failed) or last.degraded
