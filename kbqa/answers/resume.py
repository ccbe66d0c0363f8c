"""The rest of an answer whose reader lost the connection, told exactly once.

A place in an answer is a number that only grows and does not depend on how the text was
cut into tokens: 1 once the sources are told, then the characters told, then 1 for each
event after them. So the rest is the same whether it comes from the row of an answer that
ended, or from the same turn carried out once more because its reader's loss ended it.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone

from inference.deadline import Deadline
from inference.errors import Overloaded
from inference.request import Priority
from kbqa.errors import ApplicationError, Conflict, error_named
from kbqa.generator import get_generator
from kbqa.limits.gate import get_gate

from . import cache
from .condense import standalone
from .events import Done, Event, Failed, Sources, Token, Waiting, tokens_of
from .flight import BEAT_S
from .models import Answer
from .pipeline import NUM_NEAREST, compute, flights, told
from .scope import Scope
from .services import failed, turn_abort, turn_take_over
from .trace import Trace
from .wire import from_json, kept_answer

State = Answer.State

_LOST_AFTER_S = 2.0  # beyond its deadline a running turn has lost its process


def place_after(place: int, event: Event) -> int:
    """Where a reader stands who stood at ``place`` and has had ``event``."""
    match event:
        case Waiting():
            return place
        case Sources():
            return 1
        case Token():
            return max(place, 1) + len(event.text)
    return max(place, 1) + 1


def rest_of(events: Iterator[Event], place: int) -> Iterator[Event]:
    """What a reader who stands at ``place`` has not had; a token half told is told from there."""
    at = 0
    for event in events:
        begins, at = max(at, 1), place_after(at, event)
        if isinstance(event, Waiting):
            yield event
        elif isinstance(event, Token) and begins < place < at:
            yield Token(event.text[place - begins :])
        elif at > place or isinstance(event, Done | Failed):
            yield event


def is_told(turn: Answer, place: int) -> bool:
    """Whether a reader who stands at ``place`` has had everything."""
    return turn.state == State.DONE and place >= 1 + len(turn.text) + 2


def resumed(turn: Answer, place: int, *, scope: Scope, deadline: Deadline) -> Iterator[Event]:
    """The rest, whoever works on it: waited for while it runs elsewhere, told once it has ended."""
    while True:
        match turn.state:
            case State.DONE:
                yield from rest_of(_kept(turn), place)
                return
            case State.FAILED:
                yield _end(turn, error_named(turn.error_code, "The answer failed; ask again."))
                return
            case State.RUNNING if not _is_lost(turn):
                yield Waiting()
                time.sleep(BEAT_S)
                turn.refresh_from_db()
            case _ if place > 1 and _may_differ(turn, scope):
                yield _end(turn, Conflict("The answer may differ now from what was told of it; ask again."))
                return
            case _ if turn_take_over(turn, deadline=deadline):
                try:
                    yield from rest_of(_again(turn, scope=scope, deadline=deadline), place)
                except ApplicationError as error:
                    turn_abort(turn)
                    yield _end(turn, error)
                return
            case _:
                turn.refresh_from_db()


def _kept(turn: Answer) -> Iterator[Event]:
    """The events of a turn that ended, from its rows."""
    kept = kept_answer(turn)
    if not kept["curated"]:
        yield from_json("sources", {"passages": kept["passages"]})
    if turn.abstained:
        yield from_json("abstained", {**kept, "nearest": kept["passages"][:NUM_NEAREST]})
    else:
        yield from tokens_of(turn.text)
        yield from_json("cited", kept)
    yield Done(
        answer_id=kept["id"],
        conversation=kept["conversation"],
        degraded=turn.degraded,
        cached=turn.cached,
        timings_ms=turn.timings_ms,
        trace=turn.trace,
    )


def _may_differ(turn: Answer, scope: Scope) -> bool:
    """Whether carrying it out once more may give other words: documents have changed, or a generator writes."""
    return get_generator() is not None or any(snapshot.created_at > turn.created_at for snapshot in scope.snapshots)


def _again(turn: Answer, *, scope: Scope, deadline: Deadline) -> Iterator[Event]:
    """The same turn once more."""
    understood = standalone(turn.question, turn.conversation, before=turn)
    asked, trace = understood.text, Trace(facts=dict(understood.facts))
    key = cache.key_for(asked, scope)
    start = partial(
        compute, turn.question, asked=asked, key=key, scope=scope, deadline=deadline, priority=Priority.INTERACTIVE
    )
    try:
        with get_gate().seat(deadline):
            yield from told(turn, flights.share(key, deadline=deadline, trace=trace, start=start), trace)
    except Overloaded as error:
        raise failed(error) from error


def _end(turn: Answer, error: ApplicationError) -> Failed:
    return Failed(str(turn.pk), error.code, error.message, error.retryable)


def _is_lost(turn: Answer) -> bool:
    due_at = turn.due_at or turn.created_at + timedelta(seconds=settings.ANSWER_DEADLINE_S)
    return timezone.now() > due_at + timedelta(seconds=_LOST_AFTER_S)
