"""Events → server-sent events (WHATWG HTML, 9.2): `event:` its type, `data:` its JSON, `id:` its number."""

import json
from collections.abc import Iterator
from itertools import chain

from django.http import StreamingHttpResponse

from kbqa.answers.events import Event, Failed, Waiting
from kbqa.answers.wire import event_name, to_json
from kbqa.errors import error_named

BEAT = ": still at it\n\n"  # a comment; writing it is how a vanished reader is noticed


def event_stream(events: Iterator[Event]) -> StreamingHttpResponse:
    """Frames as they come; closing the response closes the pipeline."""
    return sse_response(_frames(begun(events), events))


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


def _frames(events: Iterator[Event], pipeline: Iterator[Event]) -> Iterator[str]:
    number = 0
    try:
        for event in events:
            if isinstance(event, Waiting):
                yield BEAT
                continue
            number += 1
            yield f"id: {number}\nevent: {event_name(event)}\ndata: {json.dumps(to_json(event))}\n\n"
    finally:
        pipeline.close()  # type: ignore[attr-defined]  # as above
