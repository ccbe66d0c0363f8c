"""What was deleted and may still come back: a mark on its row, and the one rule by which everything else overlooks it.

A model's `objects` give what is in use: rows that carry no mark, under a parent that is in
use itself. So a list, a search or a route need not know that there is a bin. Whoever must
see what lies there, or clean up after it, says `with_deleted`. Below a row in hand
(`document.versions`) only a row's own mark counts.
"""

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from kbqa.errors import NotFound

if TYPE_CHECKING:
    from kbqa.accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class InUse(models.Manager[Row]):
    """The rows that are not deleted, nor the row that ``parent`` names, nor what stands above that.

    Said as EXISTS, never as a join: an update by a joined condition is no conditional update.
    """

    def __init__(self, parent: str = "") -> None:
        super().__init__()
        self._parent = parent
        self._made: models.QuerySet[Row] | None = None

    def get_queryset(self) -> models.QuerySet[Row]:
        """Made once and copied from then on: making the conditions anew costs more than most queries."""
        if self._made is None:
            self._made = self._in_use()
        return self._made.using(self._db)

    def _in_use(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        if issubclass(self.model, Deletable):
            rows = rows.filter(deleted_at=None)
        if self._parent:
            field = self.model._meta.get_field(self._parent)
            above = field.related_model._default_manager.filter(pk=OuterRef(field.attname))  # type: ignore[union-attr]  # a foreign key
            rows = rows.filter(Q(Exists(above)) | Q(**{field.name: None}) if field.null else Q(Exists(above)))
        return rows


class Deletable(models.Model):
    """What a person may delete and take back."""

    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True


def mark(row: Deletable, *, by: "User | None") -> None:
    """Deleted from now on; NotFound if it is already."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    if not rows.update(deleted_at=timezone.now(), deleted_by=by):
        raise NotFound("This was deleted already.")


def unmark(row: Deletable) -> None:
    """In use again; NotFound if it is not deleted, or for good by now."""
    rows = type(row)._base_manager.filter(pk=row.pk, deleted_at__isnull=False)
    if not rows.update(deleted_at=None, deleted_by=None):
        raise NotFound("This is not among what was deleted.")
