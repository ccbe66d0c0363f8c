"""Conversations deleted, restored, and erased for good, with their turns. One row is marked; no index knows of them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from kbqa.documents.deletable import mark, unmark
from kbqa.errors import NotFound

from .models import Conversation

if TYPE_CHECKING:
    from kbqa.accounts.models import User


@transaction.atomic
def conversation_delete(*, conversation: Conversation, by: "User | None" = None) -> None:
    """Out of the history with its questions and answers; it can come back for as long as KBQA_BIN_DAYS says."""
    mark(conversation, by=by)
    if not settings.BIN_DAYS:
        conversation_erase(conversation=conversation)


def conversation_restore(*, conversation: Conversation) -> None:
    """With every turn as it was."""
    unmark(conversation)


@transaction.atomic
def conversation_erase(*, conversation: Conversation) -> None:
    """A deleted conversation for good."""
    rows = Conversation.with_deleted.select_for_update().filter(pk=conversation.pk, deleted_at__isnull=False)
    if (locked := rows.first()) is None:
        raise NotFound("This is not among what was deleted.")
    locked.delete()
