"""Reads about answers: only the asker's own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from kbqa.documents.models import Version
from kbqa.errors import NotFound

from .models import Answer, Conversation

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def answer_get(pk: UUID | str, *, user: "User") -> Answer:
    try:
        found = Answer.objects.filter(pk=pk, asker=user).prefetch_related(*cited()).first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such answer.") from error
    if found is None or not _within(user, [found.collections]):
        raise NotFound("There is no such answer.")
    return found


def conversation_get(pk: UUID | str, *, user: "User") -> Conversation:
    try:
        found = Conversation.objects.filter(pk=pk, owner=user).first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such conversation.") from error
    if found is None or not _within(user, found.answers.values_list("collections", flat=True)):
        raise NotFound("There is no such conversation.")
    return found


def _within(user: "User", asked: Iterable[list[str]]) -> bool:
    """Whether a key that is for some collections alone may know of what was asked in these."""
    return user.only_in is None or all(user.only_in.issuperset(collections) for collections in asked)


def conversation_list(*, user: "User", text: str = "") -> QuerySet[Conversation]:
    """Newest first, with the number of questions; narrowed to those with ``text`` in a question or an answer."""
    rows = Conversation.objects.filter(owner=user).annotate(num_turns=Count("answers", distinct=True))
    if text:
        said = Answer.objects.filter(Q(question__icontains=text) | Q(text__icontains=text), conversation=OuterRef("pk"))
        rows = rows.filter(Exists(said) | Q(title__icontains=text))
    return rows.order_by("-created_at", "pk")


def turn_list(*, conversation: Conversation) -> QuerySet[Answer]:
    return conversation.answers.order_by("created_at").prefetch_related(*cited(), "feedback")


def deleted_conversations(user: "User") -> QuerySet[Conversation]:
    """Those that ``user`` may restore: all one's own, and none for a key that is for some collections alone."""
    rows = Conversation.with_deleted.filter(deleted_at__isnull=False, owner=user)
    return rows if user.only_in is None else rows.none()


def cited() -> tuple[str | Prefetch[str], ...]:
    """To be prefetched with answers: their citations, each with its version unless that is gone or deleted."""
    return "citations", Prefetch("citations__version", Version.objects.all())
