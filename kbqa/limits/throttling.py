"""Rate limits where DRF asks for them: by the person and, where a key is used, by the key."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .rates import request_spend


class AskRate(BaseThrottle):
    """For views that ask."""

    def allow_request(self, request: Request, view: Any) -> bool:  # Any: DRF's own annotation
        """Always true: TooMany is raised instead, so that one place writes every refusal."""
        askers = [f"user:{request.user.pk}"]
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":  # it was found good before throttles are asked
            askers.append(f"key:{key.strip().split('_')[1]}")
        request_spend(request._request, *askers)
        return True
