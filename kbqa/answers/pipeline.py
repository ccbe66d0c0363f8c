"""The whole of flow 2: question → cache → retrieve → read → cite → keep. There is no second path.

A generator of typed events: JSON collects it, SSE forwards it, pages render it. The
turn is written before the first event; a reader who goes away closes the generator,
which aborts the engine's work.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from inference.deadline import Deadline
from kbqa.engine import get_engine

from . import cache
from .cite import answer_text, cite
from .events import Abstained, Cited, Event, Sources, Token
from .read import read, suffices
from .retrieve import retrieve
from .scope import Scope
from .services import failed, turn_abort, turn_begin, turn_fail, turn_finish
from .trace import Trace

if TYPE_CHECKING:
    from kbqa.accounts.models import User

    from .models import Answer, Conversation

NUM_NEAREST = 3


def answer(
    question: str, *, asker: "User", scope: Scope, deadline: Deadline, conversation: "Conversation | None" = None
) -> Iterator[Event]:
    """Answer one question; events come in the order a reader should see them."""
    turn, trace = turn_begin(question, asker=asker, scope=scope, conversation=conversation), Trace()
    events: list[Event] = []
    try:
        with trace.stage("total"):
            key = cache.key_for(question, scope)
            kept = cache.look(key)
            for event in kept or find_answer(turn, scope=scope, deadline=deadline, trace=trace):
                events.append(event)
                yield event
        if not kept and not trace.degraded:
            cache.keep(key, events)
        yield turn_finish(turn, events, trace, cached=kept is not None)
    except GeneratorExit:
        get_engine().abort(str(turn.pk))
        turn_abort(turn)
        raise
    except Exception as error:  # the stream's last frame: whatever broke must be said
        yield turn_fail(turn, failed(error), trace)


def find_answer(turn: "Answer", *, scope: Scope, deadline: Deadline, trace: Trace) -> Iterator[Event]:
    """Retrieve, read, and either cite or abstain."""
    passages = retrieve(turn.question, scope=scope, deadline=deadline, trace=trace)
    yield Sources(tuple(found.view() for found in passages))

    reading, given = read(turn.question, passages, deadline=deadline, trace=trace, request_id=str(turn.pk))
    citations = cite(reading, given) if suffices(reading) else ()
    if not citations:
        yield Abstained(reading.confidence, tuple(found.view() for found in passages[:NUM_NEAREST]))
        return

    for piece in re.findall(r"\S+\s*|\s+", answer_text(citations)):
        yield Token(piece)
    yield Cited(citations, reading.confidence)
