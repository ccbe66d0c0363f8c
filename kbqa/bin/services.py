"""Out of the bin: back to where it was, or gone for good, one thing at a time and whole or not at all.

The mark on a row decides. A sweep that is killed leaves the rest to the next one, and of
a restoring and an erasing at the same moment the second finds nothing to do.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from kbqa.answers.deleting import conversation_erase, conversation_restore
from kbqa.answers.models import Conversation
from kbqa.documents.deletable import Deletable
from kbqa.documents.deleting import collection_erase, collection_restore, document_erase, document_restore
from kbqa.documents.models import Collection, Document
from kbqa.errors import NotFound

from .selectors import Kind, deleted_get, deleted_list, kept_since

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_A_ROUND = 200  # an ingestion that waits behind a sweep is not kept long


def deleted_restore(pk: UUID | str, *, user: "User", kinds: Iterable[Kind] = tuple(Kind)) -> Deletable:
    """In use again, with all it held; returns it."""
    row = deleted_get(pk, user=user, kinds=kinds)
    match row:
        case Document():
            document_restore(document=row, by=user)
        case Collection():
            collection_restore(collection=row)
        case Conversation():
            conversation_restore(conversation=row)
    return row


def deleted_erase(pk: UUID | str, *, user: "User", kinds: Iterable[Kind] = tuple(Kind)) -> Deletable:
    """Gone for good; returns what it was."""
    row = deleted_get(pk, user=user, kinds=kinds)
    _erase(row)
    return row


def bin_empty(*, user: "User") -> int:
    """Everything that ``user`` sees there is out of reach at once, and erased by the next sweeps; returns how much."""
    return sum(rows.update(deleted_at=_LONG_AGO) for rows in deleted_list(user=user).parts.values())


def bin_expire() -> int:
    """Erase what has lain there longer than KBQA_BIN_DAYS, some of it at a time; returns how much."""
    erased = 0
    for model in (Conversation, Document, Collection):
        over = model.with_deleted.filter(deleted_at__lte=kept_since()).order_by("deleted_at", "pk")
        for row in over[: _A_ROUND - erased]:
            try:
                _erase(row)
                erased += 1
            except NotFound:  # restored, or erased by somebody else
                continue
    if erased:
        log.info("bin_expired", erased=erased)
    return erased


def _erase(row: Deletable) -> None:
    match row:
        case Document():
            document_erase(document=row)
        case Collection():
            collection_erase(collection=row)
        case Conversation():
            conversation_erase(conversation=row)
