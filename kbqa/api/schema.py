"""OpenAPI: what heads an operation, which problems it may answer with, and the streaming media type."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from .serializers import ProblemSerializer

_MEANING = {
    400: "Not JSON, or not what its content type says.",
    401: "No key, or a wrong one.",
    403: "Yours to see, not to change; or the key lacks the scope that `scope` names.",
    404: "Absent, or not yours: the same answer.",
    409: "The state moved on.",
    413: "Larger than the limit.",
    415: "Nothing here reads this kind of file.",
    422: "A field is not as it should be; `errors` says which.",
    429: "Your minute is used up; `Retry-After` and `RateLimit-Reset` say when it begins again.",
    503: "Busy; `Retry-After` says when to come back.",
    504: "Nothing could be answered before the deadline.",
}


def problems(*statuses: int) -> dict[Any, OpenApiResponse]:  # Any: (status, media type)
    """The responses of an operation that may fail in these ways."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, description=_MEANING[status])
        for status in sorted({401, 403, *statuses})
    }


def add_summaries(result: dict[str, Any], generator: object, **_: object) -> dict[str, Any]:  # Any: JSON
    """drf-spectacular's hook: an operation is headed by its first clause, not by its id."""
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        operation["summary"] = re.split(r"[.;:]\s|\.$|\n", operation["description"], maxsplit=1)[0]
    return result


PAGE = [
    OpenApiParameter("cursor", description="where a page begins; as `next` and `previous` have it"),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255},
    OpenApiParameter.HEADER,
    description="the sender's own; the same key within a day is answered as the first time",
)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    {"type": "string", "pattern": "^[0-9a-f-]{36}:[0-9]{1,11}$"},
    OpenApiParameter.HEADER,
    description="the `id:` of the last event received; the whole answer without it",
)
_FRAME = {
    "type": "object",
    "description": "one server-sent event; `data` is JSON",
    "properties": {"event": {"type": "string"}, "id": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
STREAM = {(200, "text/event-stream"): OpenApiResponse(_FRAME, description="with `stream`: typed events")}
