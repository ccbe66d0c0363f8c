"""Prose through the real pipeline, written by a server on loopback: told sentence by sentence, each one checked."""

import pytest

from inference.completion import FinishReason
from inference.deadline import Deadline
from kbqa.answers import cache
from kbqa.answers.events import Abstained, Cited, Done, Sources, Token, Waiting
from kbqa.answers.models import Answer
from kbqa.answers.pipeline import answer, flights
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect, kept_answer
from kbqa.engine import close_engine, get_engine
from tests.openai_server import Script, openai_server
from tests.tiny_decoders import write_generator

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak in Harrow Wood planted?"
TRUE = "The oldest oak in Harrow Wood was planted in 1641 [1]."
ALSO_TRUE = " Its rings are counted by foresters every spring. [1]"
FALSE = " It is 380 years old [1]. The lock at Barton is closed [2]."


@pytest.fixture
def written(settings):
    """A script by which the site's generator writes from now on."""
    with openai_server(Script()) as script:
        settings.GENERATOR_URL, settings.GENERATOR_MODEL, settings.GENERATOR_KEY = script.url, "small", "secret"
        yield script


@pytest.fixture(autouse=True)
def documents(put):
    put("forest.txt", FOREST)
    put("river.txt", RIVER)


def stream(user, question=QUESTION, *, seconds=20.0):
    return answer(question, asker=user, scope=scope_of(user), deadline=Deadline.after(seconds))


def ask(user, question=QUESTION, *, seconds=20.0):
    return [event for event in stream(user, question, seconds=seconds) if not isinstance(event, Waiting)]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, Token))


def one(events, kind):
    return next(event for event in events if isinstance(event, kind))


def pieces(text):
    """As a generator sends them: a few letters at a time."""
    return [text[start : start + 5] for start in range(0, len(text), 5)]


def test_what_is_written_is_the_answer_and_cites_the_sentences_that_bear_it(written, owner):
    written.pieces = pieces(TRUE + ALSO_TRUE)

    events = ask(owner)

    assert text_of(events) == (
        "The oldest oak in Harrow Wood was planted in 1641. [1] Its rings are counted by foresters every spring. [2]"
    )
    cited = one(events, Cited)
    assert cited.written
    assert [(citation.number, citation.quote) for citation in cited.citations] == [
        (1, "The oldest oak in Harrow Wood was planted in 1641."),
        (2, "Foresters count its rings every spring."),
    ]


def test_events_come_in_the_same_order_as_without_a_generator(written, owner):
    written.pieces = pieces(TRUE)

    kinds = [type(event) for event in ask(owner)]

    assert (kinds[0], kinds[-2:], set(kinds[1:-2])) == (Sources, [Cited, Done], {Token})


def test_a_sentence_is_told_before_the_generator_is_done(written, owner):
    written.pieces = [f"{TRUE} {ALSO_TRUE}", " And so on."]
    written.gate.clear()
    events = stream(owner)

    first = next(event for event in events if isinstance(event, Token))

    assert first.text == "The "
    events.close()


def test_a_sentence_that_nothing_bears_is_dropped_and_named_in_the_trace(written, owner):
    written.pieces = pieces(TRUE + FALSE)

    events = ask(owner)

    assert text_of(events) == "The oldest oak in Harrow Wood was planted in 1641. [1]"
    writing = one(events, Done).trace["writing"]
    assert (writing["kept"], [dropped["fault"] for dropped in writing["dropped"]]) == (1, ["figure", "name"])
    assert writing["dropped"][0]["text"] == "It is 380 years old."


def test_the_trace_says_what_the_prompt_took(written, owner):
    written.pieces = pieces(TRUE)

    done = one(ask(owner), Done)

    writing = done.trace["writing"]
    assert (writing["prompt_tokens"], writing["cached_tokens"], writing["tokens"]) == (700, 512, 30)
    assert writing["finish"] == FinishReason.FINISHED
    assert done.timings_ms["write"] > 0


@pytest.mark.parametrize("said", [FALSE, "", "I cannot say.", "<think>1641 it is.</think>", "\ufffd" * 50])
def test_where_nothing_written_is_borne_out_the_readers_words_answer(written, owner, said):
    written.pieces = pieces(said)

    events = ask(owner)

    assert "1641" in text_of(events)
    assert not one(events, Cited).written
    assert not one(events, Done).degraded


def test_a_question_the_documents_do_not_answer_never_reaches_the_generator(written, owner):
    written.pieces = pieces("Tungsten boils at 5,555 degrees.")

    events = ask(owner, "What is the boiling point of tungsten?")

    assert one(events, Abstained)
    assert written.asked == []


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_generator_that_refuses_leaves_the_readers_words_marked_and_not_kept(written, owner, status):
    written.status = status

    events, again = ask(owner), ask(owner)

    assert "1641" in text_of(events)
    done = one(events, Done)
    assert done.degraded
    assert done.trace["writing"]["error"] in ("EngineFailed", "Overloaded")
    assert not one(again, Done).cached


def test_a_generator_that_falls_silent_leaves_what_was_told_within_the_deadline(written, owner):
    written.pieces = [f"{TRUE} The next sentence has begun and", " never ends."]
    written.gate.clear()
    get_engine().read(QUESTION, [FOREST])  # loads what is loaded once

    events = ask(owner, seconds=4)

    assert text_of(events) == "The oldest oak in Harrow Wood was planted in 1641. [1]"
    done = one(events, Done)
    assert done.degraded
    assert done.timings_ms["total"] < 6_000


def test_a_reader_who_goes_away_ends_the_writing(written, owner):
    written.pieces = [f"{TRUE} The next sentence has begun and", *["on and "] * 500]
    written.gate.clear()
    events = stream(owner)
    next(event for event in events if isinstance(event, Token))

    events.close()

    assert Answer.objects.get().state == Answer.State.ABORTED
    assert len(flights) == 0


def test_a_written_answer_is_kept_replayed_and_looked_up_as_it_was_told(written, owner):
    written.pieces = pieces(TRUE + ALSO_TRUE)
    first = ask(owner)

    second = ask(owner)

    assert (len(written.asked), second[:-1]) == (1, first[:-1])
    assert one(second, Done).cached
    for events in (first, second):
        row = Answer.objects.get(pk=one(events, Done).answer_id)
        told, kept = collect(events), kept_answer(row)
        assert kept["written"]
        assert {name: kept[name] for name in ("answer", "confidence", "written")} == {
            name: told[name] for name in ("answer", "confidence", "written")
        }


def test_another_generator_is_asked_anew(written, owner, settings):
    written.pieces = pieces(TRUE)
    ask(owner)
    before = cache.key_for(QUESTION, scope_of(owner))

    settings.GENERATOR_MODEL = "large"

    assert cache.key_for(QUESTION, scope_of(owner)) != before
    ask(owner)
    assert [asked["model"] for asked in written.asked] == ["small", "large"]


def test_the_prompt_begins_with_what_stays_and_ends_with_the_question(written, owner):
    written.pieces = pieces(TRUE)
    ask(owner)
    ask(owner, "What do foresters count in Harrow Wood every spring?")

    first, second = ([message["content"] for message in asked["messages"]] for asked in written.asked)

    assert first[0] == second[0]
    assert first[1].rpartition("\n\n")[0] == second[1].rpartition("\n\n")[0]
    assert first[1].endswith(f"Question: {QUESTION}")
    assert "[1] forest.txt\nThe oldest oak" in first[1] or "[2] forest.txt\nThe oldest oak" in first[1]


def test_a_chinese_question_is_written_in_chinese(written, owner, put):
    put("茶.txt", "绿茶应当用八十度左右的水冲泡。红茶可以用沸水冲泡。茶叶要放在阴凉干燥的地方。")
    written.pieces = pieces("绿茶用80度左右的水冲泡。[1]绿茶用沸水冲泡。[1]")

    events = ask(owner, "绿茶用多少度的水冲泡？")

    assert text_of(events) == "绿茶用80度左右的水冲泡。[1]"
    assert one(events, Cited).citations[0].quote == "绿茶应当用八十度左右的水冲泡。"
    assert written.asked[0]["messages"][1]["content"].endswith("问题：绿茶用多少度的水冲泡？")


def test_the_engines_own_generator_writes_and_its_rubbish_is_dropped(owner, settings, tmp_path):
    """A tiny network of random weights, through the engine: nothing of what it says may reach anybody."""
    folder = write_generator(tmp_path / "generator", max_position_embeddings=8192)
    settings.ENGINE = {**settings.ENGINE, "generator": str(folder)}
    settings.GENERATOR_CONTEXT, settings.GENERATOR_TOKENS = 4096, 64
    close_engine()
    try:
        events = ask(owner, seconds=60)
        counted = get_engine().metrics()
    finally:
        close_engine()

    assert "1641" in text_of(events)
    assert not one(events, Cited).written
    writing = one(events, Done).trace["writing"]
    assert writing["kept"] == 0
    assert counted["generator_tokens_total"] > 0
    assert counted["generator_running"] == 0


def test_programs_get_the_prose_with_its_citations_and_what_it_took(written, owner, client):
    written.pieces = pieces(TRUE + FALSE)
    client.force_login(owner)

    body = client.post("/api/v1/answers", {"question": QUESTION}, content_type="application/json").json()
    chat = client.post(
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": "When was the oldest oak planted?"}]},
        content_type="application/json",
    ).json()

    assert body["answer"] == "The oldest oak in Harrow Wood was planted in 1641. [1]"
    assert body["written"]
    assert body["citations"][0]["quote"] in FOREST
    assert chat["choices"][0]["message"]["content"].startswith(f"{body['answer']}\n\n[1] forest.txt: “")
    assert chat["usage"] == {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730}
