"""Errors → problem+json (RFC 9457), in one place; the only writer of error bodies."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kbqa.errors import ApplicationError, Busy, ScopeMissing

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
PROGRAMS = ("/api/", "/v1/", "/mcp")  # addresses under which errors are for programs
OPENAI = "/v1/"  # whose clients look for the sentence in `error`
_MOST_SAID = 5  # complaints in the sentence; `errors` has them all
_NOTHING = "There is nothing here."
_CODES = {
    400: "malformed",
    401: "not_authenticated",
    403: "permission_refused",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "file_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}


def problem_response(error: Exception, context: dict[str, Any]) -> Response:  # Any: DRF's own annotation
    """DRF's exception handler: our errors, DRF's own and what broke, in the same form."""
    if isinstance(error, ApplicationError):
        response = Response(problem(error.status, error.code, error.message), status=error.status)
        if error.field:
            response.data["errors"] = {error.field: [error.message]}
        if isinstance(error, ScopeMissing):
            response.data["scope"] = error.scope
        if isinstance(error, Busy):
            response["Retry-After"] = error.retry_after()
    elif isinstance(error, exceptions.ValidationError):
        said = " ".join(islice(_complaints(error.detail), _MOST_SAID))
        response = Response(problem(422, "invalid", said), status=422)
        response.data["errors"] = error.detail
    else:
        handled = exception_handler(error, context)
        if handled is None:
            log.error("request_broke", exc_info=error)
            handled = Response({"detail": "Something broke on our side; it has been logged."}, status=500)
        detail = _sentence(error, handled.data, context)
        handled.data = problem(handled.status_code, _CODES.get(handled.status_code, "error"), detail)
        response = handled
    response.content_type = PROBLEM
    response.data = worded_for(context["request"].path, response.data)
    return response


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404 handler: a problem for programs, the page for people."""
    if request.path.startswith(PROGRAMS):
        hint = " The API's addresses end without a slash." if request.path.endswith("/") else ""
        body = problem(404, _CODES[404], _NOTHING + hint)
        return JsonResponse(worded_for(request.path, body), status=404, content_type=PROBLEM)
    return page_not_found(request, exception)


def problem(status: int, code: str, detail: str) -> dict[str, Any]:  # Any: JSON
    return {"type": f"urn:kbqa:problem:{code}", "title": code, "status": status, "code": code, "detail": detail}


def worded_for(path: str, body: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """The problem as clients of that address read it."""
    if path.startswith(OPENAI):
        code = body["code"]
        return {**body, "error": {"message": body["detail"], "type": code, "code": code, "param": None}}
    return body


def _sentence(error: Exception, body: object, context: dict[str, Any]) -> str:  # Any: DRF's own annotation
    """What to do, where DRF says only what is wrong."""
    match error:
        case Http404():
            return _NOTHING
        case exceptions.NotAuthenticated():
            return "Send a key: `Authorization: Bearer kb_…`."
        case exceptions.UnsupportedMediaType():
            taken = " or ".join(parser.media_type for parser in context["view"].parser_classes)
            return f"Send the body as {taken}, and say so in Content-Type."
    return str(body["detail"]) if isinstance(body, dict) and "detail" in body else str(body)


def _complaints(found: object, place: str = "") -> Iterator[str]:
    """Each complaint as a sentence that begins with its field."""
    if isinstance(found, dict):
        for name, inner in found.items():
            yield from _complaints(inner, place if name == "non_field_errors" else f"{place}.{name}".strip("."))
    elif isinstance(found, list):
        for inner in found:
            yield from _complaints(inner, place)
    else:
        yield f"{place}: {found}" if place else str(found)
