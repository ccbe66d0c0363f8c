"""One row by an id that somebody typed: what is no id at all is nobody's."""

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def row_of(rows: QuerySet[Row], pk: UUID | str | int) -> Row | None:
    """Of ``rows`` the one with this id; None where there is none."""
    try:
        return rows.filter(pk=pk).first()
    except (ValidationError, ValueError):  # a UUID or a number it is not
        return None
