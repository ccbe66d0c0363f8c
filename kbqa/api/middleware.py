"""The door, around every request: who is let in, and how the others are told."""

from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from inference.errors import Overloaded
from kbqa.errors import Busy
from kbqa.limits.door import get_door
from kbqa.metrics import REFUSED

from .problems import busy_response

_LET_IN = ("/health/", "/static/")  # what costs little, and a page that was let in needs


class AtTheDoor:
    """503 with Retry-After for whom there is no place, before anything else is done; health is always told."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.door = get_door()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_LET_IN):
            return self.get_response(request)
        with ExitStack() as held:
            try:
                held.enter_context(self.door.place())
            except Overloaded as error:
                REFUSED.labels("door").inc()
                busy = Busy(_("Too many requests at once; try again in a moment."), retry_after_s=error.retry_after_s)
                return busy_response(request, busy)
            return self.get_response(request)
