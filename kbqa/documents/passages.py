"""What an editor does to single passages: other words for one, and back; off, and on. No document is read for it.

The source's own text is never changed: other words stand beside it, are searched and
read in its place, and are told apart wherever they are shown. Only what answers now can
be edited, and not while a newer version is being read, which takes edits with it: every
edit is therefore either in the version that answers, or was asked for too late and refused.
"""

import shutil
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from inference.errors import Overloaded
from kbqa.engine import get_engine
from kbqa.errors import ApplicationError, Busy, Conflict, Invalid, NotFound

from .counting import counted
from .history import Kind, event_note
from .indexing import passages_seal
from .models import Document, Passage, Role, Version
from .permissions import collection_get, visible_collections
from .publishing import segment_add, snapshot_renew
from .services import document_lock

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

MAX_CHARS = 20_000


def passage_list(*, version: Version, text: str = "", state: str = "") -> QuerySet[Passage]:
    """In the order of the text; narrowed to those with ``text`` in their words, to those `edited`, or `disabled`."""
    rows = version.passages.select_related("edited_by").order_by("position")
    if text:
        rows = rows.filter(Q(text__icontains=text) | Q(edited_text__icontains=text))
    if state == "edited":
        rows = rows.exclude(edited_text="")
    if state == "disabled":
        rows = rows.filter(enabled=False)
    return rows


def edited_within(*, version: Version, start: int, end: int) -> QuerySet[Passage]:
    """The edited passages that touch a range of the text, each with who edited it."""
    touching = version.passages.filter(start__lt=end, end__gt=start).exclude(edited_text="")
    return touching.select_related("edited_by").order_by("position")


def passage_get(pk: int, *, user: "User", at_least: Role) -> Passage:
    """The passage, by the rule of its document's collection."""
    readable = Passage.objects.filter(pk=pk, version__document__collection__in=visible_collections(user))
    found = readable.select_related("version__document", "edited_by").first()
    if found is None:
        raise NotFound("There is no such passage.")
    if at_least != Role.VIEWER:
        collection_get(found.version.document.collection_id, user=user, at_least=at_least)
    return found


def passage_edit(*, passage: Passage, text: str, by: "User | None" = None) -> Passage:
    """Search and read it in these words from the next question on; its own again are no edit."""
    words = _clean(text)
    return _reword(passage, "" if words == passage.text.strip() else words, by)


def passage_restore(*, passage: Passage, by: "User | None" = None) -> Passage:
    """The source's own words again."""
    return _reword(passage, "", by)


@transaction.atomic
def passage_enable(*, passage: Passage, enabled: bool, by: "User | None" = None) -> Passage:
    """Switch it off or on, from the next question on."""
    document = _editable(passage)
    if Passage.objects.filter(pk=passage.pk, enabled=not enabled).update(enabled=enabled):
        _note(Kind.PASSAGE_ENABLED if enabled else Kind.PASSAGE_DISABLED, passage, by)
        snapshot_renew(document.collection)
    passage.enabled = enabled
    return passage


def edits_carry(version: Version, fresh: Sequence[Passage]) -> list[str]:
    """What editors did to the version that answers, done to the passages of its successor that say just the same.

    ``fresh`` are not saved yet. Returns a sentence if something was left behind, because
    no passage of the new version has that text.
    """
    answering = Version.objects.filter(document=version.document_id, state=Version.State.READY)
    touched = Passage.objects.filter(version__in=answering).filter(Q(enabled=False) | ~Q(edited_text=""))
    by_text, left = {passage.text: passage for passage in fresh}, 0
    for passage in touched.select_related("version"):
        successor = by_text.get(passage.text)
        if successor is None:
            left += 1
            continue
        successor.enabled, successor.edited_text = passage.enabled, passage.edited_text
        successor.edited_at, successor.edited_by_id = passage.edited_at, passage.edited_by_id
    if not left:
        return []
    what = counted(left, "edited or switched-off passage")
    return [f"Left behind: {what} of the version before, whose text is not in this one."]


def _reword(passage: Passage, edited_text: str, by: "User | None") -> Passage:
    """One passage is embedded, one segment sealed, and published with the row's change in one step."""
    if edited_text == passage.edited_text:
        return passage
    edited = copy(passage)
    edited.edited_text, edited.edited_at, edited.edited_by = edited_text, timezone.now(), by
    _fits(edited)
    try:
        info = passages_seal([edited])
    except Overloaded as error:
        raise Busy("The passage could not be embedded; try again in a moment.", retry_after_s=5) from error
    try:
        with transaction.atomic():
            document = _editable(passage)
            edited.save(update_fields=["edited_text", "edited_at", "edited_by"])
            kind = Kind.PASSAGE_EDITED if edited_text else Kind.PASSAGE_RESTORED
            _note(kind, passage, by)
            segment_add(document.collection, info, anew=frozenset({passage.pk}))
    except ApplicationError:
        shutil.rmtree(Path(settings.SEGMENTS_ROOT) / info.name)
        raise
    log.info("passage_edited", passage=passage.pk, version=passage.version_id, restored=not edited_text)
    return edited


def _editable(passage: Passage) -> Document:
    """The document, locked; Conflict unless the passage's version is the one that answers, and none is on its way."""
    document = document_lock(passage.version.document)
    if document.versions.filter(state=Version.State.PENDING).exists():
        raise Conflict("The document is being read again; edit it when that is over.")
    if not document.versions.filter(pk=passage.version_id, state=Version.State.READY).exists():
        raise Conflict("This passage belongs to a version that no longer answers.")
    if not Passage.objects.filter(pk=passage.pk).exists():
        raise NotFound("There is no such passage.")
    return document


def _fits(passage: Passage) -> None:
    """Invalid if the encoder would not see the end of it: what is searched must be what was written."""
    engine = get_engine()
    original = len(engine.token_offsets(passage.text))
    most = max(original, engine.max_tokens - 2 - len(engine.token_offsets(passage.context)))
    tokens = len(engine.token_offsets(passage.wording))
    if tokens > most:
        raise Invalid(f"The passage has {tokens:,} tokens; at most {most:,} fit.", field="text")


def _clean(text: str) -> str:
    words = text.replace("\x00", "").replace("\r\n", "\n").strip().encode("utf-8", "replace").decode()
    if not words:
        raise Invalid("The passage needs some text; switch it off if it should say nothing.", field="text")
    if len(words) > MAX_CHARS:
        raise Invalid(f"The passage has {len(words):,} characters; at most {MAX_CHARS:,} are taken.", field="text")
    return words


def _note(kind: Kind, passage: Passage, by: "User | None") -> None:
    place = f"{passage.position + 1}: {passage.text[:80]}"
    event_note(kind, passage.version.document_id, by=by, version=passage.version.number, note=place)
