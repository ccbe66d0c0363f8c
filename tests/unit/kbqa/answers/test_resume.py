"""Places in an answer: wherever a reader was cut off, what was told and what is told then are the whole, once."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.answers.events import Abstained, Cited, Done, Event, Failed, Sources, Token, Waiting, tokens_of
from kbqa.answers.resume import place_after, rest_of

DONE = Done(answer_id="a", conversation=None, degraded=False, cached=False, timings_ms={}, trace={})
TEXTS = st.text(alphabet="ab 灯", max_size=30)


def whole(text: str, *, sources: bool = True) -> list[Event]:
    found: list[Event] = [Sources(())] if sources else []
    return [*found, *tokens_of(text), Cited((), 0.9), DONE]


def places(events: list[Event]) -> list[int]:
    return list(accumulate(events, place_after, initial=0))


@given(TEXTS, st.data(), st.booleans())
def test_what_was_told_and_the_rest_are_the_whole(text: str, data: st.DataObject, sources: bool):
    events = whole(text, sources=sources)
    told = data.draw(st.integers(0, len(events) - 1))

    rest = list(rest_of(iter(events), places(events)[told]))

    assert rest == events[told:]


@given(st.lists(st.text(alphabet="ab ", min_size=1, max_size=5), max_size=8), st.data())
def test_the_rest_is_the_same_however_the_text_was_cut(pieces: list[str], data: st.DataObject):
    first: list[Event] = [Sources(()), *map(Token, pieces), Cited((), 0.9), DONE]
    told = data.draw(st.integers(1, len(pieces) + 1))

    rest = list(rest_of(iter(whole("".join(pieces))), places(first)[told]))

    heard = "".join(event.text for event in [*first[:told], *rest] if isinstance(event, Token))
    assert heard == "".join(pieces)
    assert [type(event) for event in rest if not isinstance(event, Token)] == [Cited, Done]


@pytest.mark.parametrize("place", [0, 1, 5, 10**11])
def test_there_is_always_an_end(place: int):
    assert list(rest_of(iter(whole("at dusk")), place))[-1] == DONE
    failed = Failed("a", "busy", "Busy.", True)
    assert list(rest_of(iter([Waiting(), failed]), place)) == [Waiting(), failed]


def test_what_was_abstained_is_told_once():
    events: list[Event] = [Sources(()), Abstained(0.1, ()), DONE]

    assert [list(rest_of(iter(events), place)) for place in (0, 1, 2)] == [events, events[1:], [DONE]]
