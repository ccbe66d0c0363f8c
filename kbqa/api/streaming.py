"""Events → server-sent events (WHATWG HTML, 9.2): `event:` its type, `data:` its JSON, `id:` its number."""

import json
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from kbqa.answers.events import Event
from kbqa.answers.wire import event_name, to_json


def event_stream(events: Iterator[Event]) -> StreamingHttpResponse:
    """Frames as they come; closing the response closes the pipeline."""
    response = StreamingHttpResponse(_frames(events), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _frames(events: Iterator[Event]) -> Iterator[str]:
    try:
        for number, event in enumerate(events, start=1):
            yield f"id: {number}\nevent: {event_name(event)}\ndata: {json.dumps(to_json(event))}\n\n"
    finally:
        events.close()  # type: ignore[attr-defined]  # the pipeline is a generator
