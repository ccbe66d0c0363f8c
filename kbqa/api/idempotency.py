"""`Idempotency-Key`: a request sent again, because its answer was lost, is answered as it was the first time.

A key is its sender's own and is kept for a day; using it for another file is refused
rather than answered with the wrong document.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import cache
from rest_framework.request import Request

from kbqa.errors import Invalid

KEEP_S = 24 * 3600
MAX_KEY_CHARS = 255


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the outcome of one keyed request is kept, and what was asked."""

    name: str
    asked: str

    def look(self) -> str | None:
        """The id of what the first request made; Invalid if that was another request."""
        match cache.get(self.name):
            case {"asked": self.asked, "made": str(made)}:
                return made
            case {"asked": str(), "made": str()}:
                raise Invalid("This Idempotency-Key was used for another request.", field="Idempotency-Key")
        return None  # nothing, or nothing of ours

    def keep(self, made: str) -> None:
        cache.set(self.name, {"asked": self.asked, "made": made}, KEEP_S)


def slot_of(request: Request, *asked: str, content: Iterable[bytes]) -> Slot | None:
    """The slot that the request's key names, or None when it carries no key; ``content`` is read only with one."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    if len(key) > MAX_KEY_CHARS:
        raise Invalid(f"An Idempotency-Key has at most {MAX_KEY_CHARS} characters.", field="Idempotency-Key")
    name = hashlib.sha256(f"{request.user.pk}:{key}".encode()).hexdigest()
    digest = hashlib.sha256("\0".join((*asked, "")).encode())
    for piece in content:
        digest.update(piece)
    return Slot(f"idempotency:{name}", digest.hexdigest())
