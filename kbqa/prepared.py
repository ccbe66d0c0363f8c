"""What every request asks of the database, and adds to it: the SQL is made once, then only the values in it change.

Django builds and compiles a queryset anew each time; for a join with an EXISTS that is
eight tenths of the query's cost, for a row that is added a half.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql import InsertQuery
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler

Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value", int, str, UUID)

NO_ROW = 2**53 - 111  # a primary key that none has
NO_UUID = UUID(int=0)  # nor this one


@dataclass(frozen=True, slots=True)
class _Made(Generic[Row]):
    """A queryset whose SQL is known: ``compiler`` knows which column is what."""

    queryset: QuerySet[Row]
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]  # Any: whatever a database takes

    def rows(self, params: tuple[Any, ...]) -> list[Row]:  # Any: as above
        compiler, found = copy(self.compiler), self.queryset.all()
        compiler.as_sql = lambda *_, **__: (self.sql, params)  # type: ignore[method-assign]  # of this copy alone
        found.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]  # as above
        return list(found)


class Prepared(Generic[Row, Value]):
    """``build`` makes the queryset for one value; calling with a value gives that queryset's rows.

    ``hole`` stands for the value while the SQL is made: one that no row has.
    """

    def __init__(self, build: Callable[[Value], QuerySet[Row]], *, hole: Value) -> None:
        self._build: Callable[[Value], QuerySet[Row]] = build
        self._hole: Value = hole
        self._made: dict[str, _Made[Row]] = {}

    def __call__(self, value: Value) -> list[Row]:
        made = self._made.get(connection.vendor) or self._make()
        hole, filled = _as_param(self._hole), _as_param(value)
        return made.rows(tuple(filled if param == hole else param for param in made.params))

    def _make(self) -> _Made[Row]:
        queryset = self._build(self._hole)
        compiler = queryset.query.get_compiler(connection=connection)  # a proxy: each thread's own
        sql, params = compiler.as_sql()
        made = self._made[connection.vendor] = _Made(queryset, compiler, sql, tuple(params))
        return made


def _as_param(value: int | str | UUID) -> int | str | UUID:
    """The value as the database takes it."""
    return value.hex if isinstance(value, UUID) and not connection.features.has_native_uuid_field else value


class PreparedInsert(Generic[Row]):
    """Calling it with rows of ``model`` adds them; a key that the database counts stays None on them."""

    def __init__(self, model: type[Row]) -> None:
        self._model: type[Row] = model
        self._sql: dict[str, str] = {}

    def __call__(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        compiler = self._compiler(rows[0])
        sql = self._sql.get(connection.vendor) or self._sql.setdefault(connection.vendor, compiler.as_sql()[0][0])
        fields = compiler.query.fields
        values = [
            [compiler.prepare_value(field, compiler.pre_save_val(field, row)) for field in fields] for row in rows
        ]
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)

    def _compiler(self, row: Row) -> SQLInsertCompiler:
        query = InsertQuery(self._model)
        counted = self._model._meta.auto_field
        query.insert_values([field for field in self._model._meta.concrete_fields if field is not counted], [row])
        compiler: SQLInsertCompiler = query.get_compiler(connection=connection)
        return compiler
