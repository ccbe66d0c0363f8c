"""What happened to a document, as rows: noted by the services in the transaction of what they tell of."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from .models import Document, DocumentEvent

if TYPE_CHECKING:
    from kbqa.accounts.models import User

Kind = DocumentEvent.Kind


def event_note(
    kind: DocumentEvent.Kind,
    document_id: UUID,
    *,
    by: "User | None" = None,
    version: int | None = None,
    note: str = "",
) -> None:
    """One more line of the document's history; ``by`` is nobody where a worker did it."""
    DocumentEvent.objects.create(document_id=document_id, kind=kind, by=by, version=version, note=note[:500])


def event_list(*, document: Document) -> QuerySet[DocumentEvent]:
    """Newest first, each with who did it."""
    return document.events.select_related("by").order_by("-at", "-pk")
