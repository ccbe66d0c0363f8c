"""The door, around all of Django: who is let in, and how the others are told.

A refusal has to cost next to nothing, or it takes the time of those who are served: it is made of what the server
hands over, without a request of Django's, a log line or a session, and counted.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from inference.errors import Overloaded
from kbqa.errors import Busy
from kbqa.limits.door import get_door
from kbqa.metrics import REFUSED

from .problems import OPENAI, PROBLEM, PROGRAMS, problem, worded_for

_LET_IN = ("/health/", "/metrics", "/static/")  # what tells of a rush, and what a page that was let in needs
_LANGUAGES = [code for code, _ in settings.LANGUAGES]


class AtTheDoor:
    """WSGI middleware: 503 with Retry-After for whom there is no place, before anything else; health is always told."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.door = get_door()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(_LET_IN):
            return self.application(environ, start_response)
        with ExitStack() as held:
            try:
                held.enter_context(self.door.place())
            except Overloaded as error:
                REFUSED.labels("door").inc()
                return _refusal(path, environ.get("HTTP_ACCEPT_LANGUAGE", ""), error.retry_after_s, start_response)
            return self.application(environ, start_response)


def _refusal(path: str, languages: str, retry_after_s: float, start_response: StartResponse) -> list[bytes]:
    """A problem for programs, a page that needs nothing for people."""
    if path.startswith(PROGRAMS):
        content_type, body = PROBLEM, _busy_problem(path.startswith(OPENAI))
    else:
        content_type, body = "text/html; charset=utf-8", _busy_page(_language_of(languages))
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Retry-After", Busy("", retry_after_s=retry_after_s).retry_after()),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]


@cache
def _busy_problem(is_openai: bool) -> bytes:
    said = problem(Busy.status, Busy.code, "Too many requests at once; try again in a moment.")
    return json.dumps(worded_for(OPENAI if is_openai else "", said)).encode()


@cache
def _busy_page(language: str) -> bytes:
    with translation.override(language):
        return render_to_string("503.html").encode()


def _language_of(wanted: str) -> str:
    """The first of the caller's languages that the pages speak, else the site's."""
    for code, _weight in parse_accept_lang_header(wanted):
        for known in _LANGUAGES:
            if known.split("-")[0] == code.split("-")[0]:
                return known
    return settings.LANGUAGE_CODE
