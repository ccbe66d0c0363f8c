"""Events to JSON and back: nothing is lost, and the fast way says what the thorough one says."""

import dataclasses
import json

import pytest

from kbqa.answers.events import Abstained, CitationView, Cited, Curation, Done, Failed, PassageView, Sources, Token
from kbqa.answers.wire import collect, event_name, from_json, to_json

PASSAGE = PassageView(
    document="d", version=1, title="t", page=2, start=0, end=4, text="text", url="/d",
    heading_path=("One", "Two"), scores={"fused": 0.5, "dense": None},
)  # fmt: skip
CITATION = CitationView(number=1, document="d", version=1, title="t", page=None, start=0, end=4, quote="text", url="/d")
EVENTS = [
    Sources((PASSAGE, PASSAGE)),
    Token("yes "),
    Cited((CITATION,), 0.9),
    Cited((), None, Curation(id="i", collection="c", by="Ada", at="2026-11-24T12:00:00+00:00")),
    Abstained(0.1, (PASSAGE,)),
    Abstained(0.3, (PASSAGE,), CITATION),
    Done(answer_id="a", conversation=None, degraded=False, cached=True, timings_ms={"total": 1.0}, trace={"x": [1]}),
    Failed("a", "busy", "later", True),
]


@pytest.mark.parametrize("event", EVENTS, ids=event_name)
def test_every_field_is_on_the_wire(event):
    assert json.dumps(to_json(event)) == json.dumps(dataclasses.asdict(event))


@pytest.mark.parametrize("event", EVENTS[:6], ids=event_name)
def test_what_a_cache_keeps_comes_back_equal(event):
    assert from_json(event_name(event), json.loads(json.dumps(to_json(event)))) == event


def test_an_abstention_kept_before_there_was_anything_tentative_still_reads():
    assert from_json("abstained", {"confidence": 0.1, "nearest": []}) == Abstained(0.1, ())


def test_what_is_tentative_is_beside_the_answer_and_never_in_it():
    body = collect([Sources((PASSAGE,)), Abstained(0.3, (PASSAGE,), CITATION)])

    assert (body["answer"], body["abstained"], body["citations"]) == ("", True, [])
    assert body["tentative"] == dataclasses.asdict(CITATION)
