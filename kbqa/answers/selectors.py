"""Reads about answers: only the asker's own."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from kbqa.errors import NotFound

from .models import Answer, Conversation

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def answer_get(pk: UUID | str, *, user: "User") -> Answer:
    try:
        found = Answer.objects.filter(pk=pk, asker=user).prefetch_related("citations__version").first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such answer.") from error
    if found is None:
        raise NotFound("There is no such answer.")
    return found


def conversation_get(pk: UUID | str, *, user: "User") -> Conversation:
    try:
        found = Conversation.objects.filter(pk=pk, owner=user).first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such conversation.") from error
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def conversation_list(*, user: "User") -> QuerySet[Conversation]:
    return Conversation.objects.filter(owner=user).order_by("-created_at")


def turn_list(*, conversation: Conversation) -> QuerySet[Answer]:
    return conversation.answers.order_by("created_at").prefetch_related("citations__version", "feedback")
