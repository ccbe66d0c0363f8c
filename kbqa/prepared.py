"""A query that every request asks: its SQL is made once, then only the value in it changes.

Django builds and compiles a queryset anew each time; for a join with an EXISTS that is
eight tenths of the query's cost.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value", int, str)

NO_ROW = 2**53 - 111  # a primary key that none has


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
        return made.rows(tuple(value if param == self._hole else param for param in made.params))

    def _make(self) -> _Made[Row]:
        queryset = self._build(self._hole)
        compiler = queryset.query.get_compiler(connection=connection)  # a proxy: each thread's own
        sql, params = compiler.as_sql()
        made = self._made[connection.vendor] = _Made(queryset, compiler, sql, tuple(params))
        return made
