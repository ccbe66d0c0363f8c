"""What answers kept of documents that are no longer there: named, but not linked."""

from collections.abc import Iterable

from kbqa.answers.models import Answer
from kbqa.documents.models import Document

from .pages import is_uuid


def documents_gone(turns: Iterable[Answer]) -> set[str]:
    """Of the documents whose passages came near, those deleted since."""
    named = {pk for turn in turns for pk in _named(turn) if is_uuid(pk)}
    left = Document.objects.filter(pk__in=named).values_list("pk", flat=True) if named else ()
    return named - {str(pk) for pk in left}


def _named(turn: Answer) -> Iterable[str]:
    for passage in (*turn.passages, turn.trace.get("tentative") or {}):
        yield str(passage.get("document", ""))
