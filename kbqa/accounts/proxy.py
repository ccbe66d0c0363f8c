"""Single sign-on: a proxy in front has signed the person in, and names them in a header.

Off unless ``KBQA_SIGN_IN_HEADER`` names that header; then who it names is signed in, with an
account made at the first visit. A program's key goes before it. Whoever reaches this site past
the proxy could name anybody, so the proxy must be the only way to it, and must drop the
header of what comes in (docs/deploy.md).
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.backends import RemoteUserBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import RemoteUserMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

MAX_NAME_CHARS = 150  # of Django's user


class ProxySignIn(RemoteUserMiddleware):
    """A session for whom the proxy names; it ends when the proxy names another, or nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.SIGN_IN_HEADER:
            raise MiddlewareNotUsed
        self.header = "HTTP_" + settings.SIGN_IN_HEADER.upper().replace("-", "_")  # type: ignore[misc]  # meant to be set
        super().__init__(get_response)

    def process_request(self, request: HttpRequest) -> None:
        if not request.META.get("HTTP_AUTHORIZATION", "").startswith("Bearer kb_"):  # by which a program says who it is
            super().process_request(request)
            request.signed_in_by_proxy = self.header in request.META  # type: ignore[attr-defined]  # for the pages


class ProxyBackend(RemoteUserBackend):
    """An account by the name that the proxy gives; one that is suspended stays out, and a name too long to be kept."""

    def authenticate(self, request: HttpRequest | None, remote_user: str | None) -> AbstractBaseUser | None:  # type: ignore[override]  # the stubs' user is narrower
        name = (remote_user or "").strip()
        if len(name) > MAX_NAME_CHARS:
            return None
        return super().authenticate(request, name)

    def configure_user(self, request: HttpRequest, user: AbstractBaseUser, created: bool = True) -> AbstractBaseUser:  # type: ignore[override]  # as above
        """A new account has no password: its owner comes by the proxy."""
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user
