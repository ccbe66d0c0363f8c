"""How a request to the API says who it is: a key, or the pages' session."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from .models import ApiKey, User
from .selectors import key_found


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer kb_…`; a key in a query string is never looked at."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = key_found(key.strip())
        if found is None:
            raise AuthenticationFailed("This key is wrong, expired or revoked.")
        return found.owner, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def still_let_in(request: HttpRequest | Request) -> Callable[[], bool]:
    """Whether what the request came in by would be let in now: its key, or its session, as they stand at each call."""
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        return lambda: ApiKey.objects.usable().filter(pk=key.pk).exists()
    page = request._request if isinstance(request, Request) else request
    session = page.session
    return lambda: session.exists(session.session_key or "") and get_user(page).is_authenticated


class PageSession(SessionAuthentication):
    """The session of someone signed in to the pages, with CSRF protection."""

    def authenticate_header(self, request: Request) -> Any:  # Any: DRF's own annotation
        return "Session"
