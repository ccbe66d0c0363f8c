"""Events → server-sent events (WHATWG HTML, 9.2): `event:` a type, `data:` its JSON, `id:` the answer and its place.

A client that lost the connection sends the last `id:` back as `Last-Event-ID` and gets the rest.
"""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kbqa.answers.events import Event, Failed, Waiting
from kbqa.answers.models import Answer
from kbqa.answers.resume import is_told, place_after, resumed
from kbqa.answers.scope import Scope, scope_of
from kbqa.answers.watch import watched
from kbqa.answers.wire import event_name, to_json
from kbqa.engine import deadline_after
from kbqa.errors import Invalid, error_named

if TYPE_CHECKING:
    from kbqa.accounts.models import User

BEAT = ": still at it\n\n"  # a comment; writing it is how a vanished reader is noticed


def event_stream(events: Iterator[Event], answer_id: UUID, *, place: int = 0) -> StreamingHttpResponse:
    """Frames as they come, from a place in the answer on; closing the response closes the pipeline."""
    response = sse_response(_frames(begun(events), events, answer_id, place))
    response["X-Answer"] = str(answer_id)  # by which an answer is found again before its first event
    return response


def rest_stream(
    turn: Answer, last_event_id: str, *, user: "User", still_let_in: Callable[[], bool]
) -> HttpResponseBase:
    """The rest of an answer after the event of this id; 204 when there is none, which ends an EventSource's tries."""
    place = _place(turn, last_event_id)
    if is_told(turn, place):
        return HttpResponse(status=204)
    scope = scope_of(user, collections=turn.collections) if turn.collections else Scope((), ())
    deadline = deadline_after(settings.ANSWER_DEADLINE_S)
    rest = resumed(turn, place, scope=scope, deadline=deadline)
    events = watched(rest, answer_id=turn.pk, user=user, scope=scope, still_let_in=still_let_in)
    return event_stream(events, turn.pk, place=place)


def sse_response(frames: Iterator[str]) -> StreamingHttpResponse:
    """Frames that nobody on the way may keep or hold back."""
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def begun(events: Iterator[Event]) -> Iterator[Event]:
    """The same events with the first one there already: what is refused is a status, not a broken stream."""
    first = next(events)
    if isinstance(first, Failed):
        events.close()  # type: ignore[attr-defined]  # the pipeline is a generator
        raise error_named(first.code, first.message)
    return chain([first], events)


def _frames(events: Iterator[Event], pipeline: Iterator[Event], answer_id: UUID, place: int) -> Iterator[str]:
    try:
        for event in events:
            if isinstance(event, Waiting):
                yield BEAT
                continue
            place = place_after(place, event)
            yield f"id: {answer_id}:{place}\nevent: {event_name(event)}\ndata: {json.dumps(to_json(event))}\n\n"
    finally:
        pipeline.close()  # type: ignore[attr-defined]  # as above


def _place(turn: Answer, last_event_id: str) -> int:
    """Where the reader stands: at the beginning without an id; Invalid for one that is not of this answer."""
    if not last_event_id:
        return 0
    answer_id, _, place = last_event_id.partition(":")
    if answer_id != str(turn.pk) or not (place.isascii() and place.isdigit() and len(place) < 12):
        raise Invalid("This Last-Event-ID is not of this answer.", field="Last-Event-ID")
    return int(place)
