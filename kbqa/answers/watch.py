"""Whoever may no longer ask is told no more: while events come, what let the asker in is looked at again.

Once a second at most, so that an answer that comes at once costs nothing more, and one
that is waited for ends within a second of a key revoked, a person suspended or a role lost.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from kbqa.errors import ApplicationError, NotAuthenticated

from .events import Event, Failed
from .scope import Scope, scope_of

if TYPE_CHECKING:
    from kbqa.accounts.models import User

RECHECK_S = 1.0


def watched(
    events: Iterator[Event],
    *,
    answer_id: UUID,
    user: "User",
    scope: Scope,
    still_let_in: Callable[[], bool],
) -> Iterator[Event]:
    """The same events, until one must be withheld: then `Failed`, and the work ends."""
    collections = [str(collection.pk) for collection in scope.collections]
    looked_at = time.monotonic()
    try:
        for event in events:
            if time.monotonic() - looked_at >= RECHECK_S:
                if refusal := _refusal(user, collections, still_let_in):
                    yield Failed(str(answer_id), refusal.code, refusal.message, refusal.retryable)
                    return
                looked_at = time.monotonic()
            yield event
    finally:
        events.close()  # type: ignore[attr-defined]  # the pipeline is a generator


def _refusal(user: "User", collections: Sequence[str], still_let_in: Callable[[], bool]) -> ApplicationError | None:
    if not still_let_in():
        return NotAuthenticated("You are signed out, or the key was revoked.")
    try:
        scope_of(user, collections=collections)
    except ApplicationError as error:
        return error
    return None
