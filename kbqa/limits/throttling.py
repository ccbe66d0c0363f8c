"""Rate limits where DRF asks for them: by the person and, where a key is used, by the key."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .rates import request_spend


def question_spend(request: Request) -> None:
    """Count one question of whoever sends it; TooMany beyond the limit."""
    askers = [f"user:{request.user.pk}"]
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":  # it was found good before anybody asks
        askers.append(f"key:{key.strip().split('_')[1]}")
    request_spend(request._request, *askers)


class AskRate(BaseThrottle):
    """For views each of whose requests is a question."""

    def allow_request(self, request: Request, view: Any) -> bool:  # Any: DRF's own annotation
        """Always true: TooMany is raised instead, so that one place writes every refusal."""
        question_spend(request)
        return True
