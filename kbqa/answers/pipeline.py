"""The whole of flow 2: question → curated → cache → retrieve → read → write → cite → keep. There is no second path.

A generator of typed events: JSON collects it, SSE forwards it, pages render it. The
turn is written before the first event; a reader who goes away closes the generator,
which aborts the engine's work unless others wait for the same answer. What cannot be
served in time is refused before anything is written.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from inference.deadline import Deadline
from inference.errors import Overloaded
from inference.request import Priority
from kbqa.limits.gate import get_gate
from kbqa.metrics import REFUSED

from . import cache
from .cache import Kept, Level
from .cite import answer_text, cite, tentative
from .condense import standalone, words_to_read
from .curated import curated_look
from .events import Abstained, Cited, Event, Sources, Waiting, tokens_of
from .flight import BEAT_S, Flights, Source
from .patience import patiently
from .pleasantry import pleasantry
from .read import read, suffices
from .retrieve import retrieve
from .scope import Scope
from .services import failed, turn_abort, turn_begin, turn_fail, turn_finish, turn_keep
from .trace import Trace
from .write import write

if TYPE_CHECKING:
    from kbqa.accounts.models import User

    from .models import Answer, Conversation

NUM_NEAREST = 3

flights = Flights()


def answer(
    question: str,
    *,
    asker: "User",
    scope: Scope,
    deadline: Deadline,
    conversation: "Conversation | None" = None,
    priority: Priority = Priority.INTERACTIVE,
    turn_id: UUID | None = None,
) -> Iterator[Event]:
    """Answer one question; events come in the order a reader should see them. Raises Busy when there is no room.

    ``turn_id`` is the answer's, for who must know it before the answer is there.
    """
    turn_id = turn_id or uuid4()
    trace = Trace()
    with trace.stage("look"):
        understood = standalone(question, conversation)
        asked = understood.text
        trace.facts |= understood.facts
        key = cache.key_for(asked, scope)
        kept = curated_look(asked, scope) or pleasantry(question)
        kept = kept or cache.look(key, conversation=conversation.pk if conversation else None)
    if kept:
        yield from _replay(question, kept, turn_id, asker=asker, scope=scope, conversation=conversation, trace=trace)
        return
    try:
        with get_gate().seat(deadline):
            turn = turn_begin(question, turn_id, asker=asker, scope=scope, conversation=conversation, deadline=deadline)
            start = partial(compute, question, asked=asked, key=key, scope=scope, deadline=deadline, priority=priority)
            yield from told(turn, flights.share(key, deadline=deadline, trace=trace, start=start), trace)
    except Overloaded as error:
        REFUSED.labels("overload").inc()
        raise failed(error) from error


def compute(
    question: str,
    trace: Trace,
    *,
    asked: str,
    key: str,
    scope: Scope,
    deadline: Deadline,
    priority: Priority,
    warmed: bool = False,
) -> Source:
    """The answer anew, kept as soon as it is complete; unless one was kept since we looked.

    ``asked`` is the question made to stand alone: it decides what is found; what is read of it, `words_to_read` says.
    """
    if kept := cache.look(key):
        trace.facts["cache"] = kept.level.value
        yield from kept.events
        return
    trace.facts["cache"] = Level.NONE.value
    events: list[Event] = []
    for event in find_answer(question, trace, asked=asked, scope=scope, deadline=deadline, priority=priority):
        events.append(event)
        yield event
    if not trace.degraded:
        cache.keep(key, events, warmed=warmed)


def find_answer(
    question: str, trace: Trace, *, asked: str, scope: Scope, deadline: Deadline, priority: Priority
) -> Source:
    """Wait for a turn at the engine, retrieve, read, and either abstain, or write where something writes, and cite."""
    request_id = uuid4().hex
    with get_gate().slot(deadline, priority) as slot:
        with trace.stage("queue"):
            while not slot.wait(BEAT_S):
                yield Waiting()
        passages = retrieve(asked, scope=scope, deadline=deadline, trace=trace)
        yield Sources(tuple(found.view() for found in passages))

        reading, given = yield from patiently(
            partial(
                read,
                words_to_read(question, asked),
                passages,
                scope=scope,
                deadline=deadline,
                trace=trace,
                request_id=request_id,
            ),
            request_id=request_id,
        )
        citations = cite(reading, given) if suffices(reading) else ()
        written = (yield from write(asked, given, deadline=deadline, trace=trace)) if citations else ()
    if not citations:
        nearest = tuple(found.view() for found in passages[:NUM_NEAREST])
        yield Abstained(reading.confidence, nearest, tentative(reading, given))
        return

    if not written:
        yield from tokens_of(answer_text(citations))
    yield Cited(written or citations, reading.confidence, written=bool(written))


def told(turn: "Answer", shared: Source, trace: Trace) -> Iterator[Event]:
    """The events as they come, then the end of the turn, however it ends."""
    events: list[Event] = []
    try:
        with trace.stage("total"), closing(shared):
            for event in shared:
                events.append(event)
                yield event
        cache.count(Level(trace.facts["cache"]))
        trace.timings_ms["total"] += trace.timings_ms.get("look", 0.0)  # which may have started the engine
        yield turn_finish(turn, events, trace)
    except GeneratorExit:
        turn_abort(turn)
        raise
    except Exception as error:  # the stream's last frame: whatever broke must be said
        yield turn_fail(turn, failed(error), trace)


def _replay(
    question: str,
    kept: Kept,
    turn_id: UUID,
    *,
    asker: "User",
    scope: Scope,
    conversation: "Conversation | None",
    trace: Trace,
) -> Iterator[Event]:
    """An answer that is there already: its turn is written whole, then told."""
    cache.count(kept.level)
    trace.facts["cache"], trace.timings_ms["total"] = kept.level.value, trace.timings_ms["look"]
    done = turn_keep(
        question, turn_id, asker=asker, scope=scope, conversation=conversation, events=kept.events, trace=trace
    )
    yield from kept.events
    yield done
