"""Units → runs that become chunks: whole paragraphs while they fit, else whole sentences, within the budget.

A run never spans two pages unless a paragraph does. Where a paragraph is cut, the
next run repeats its last sentences; a run too small to stand alone is evened out
with the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .types import Table
from .units import TextBlock, Unit

Run = list[Unit]


def num_tokens(units: Iterable[Unit]) -> int:
    return sum(unit.num_tokens for unit in units)


@dataclass(slots=True)
class Packer:
    """Packs the blocks of one headed part; ``num_headings`` blocks at its beginning are headings."""

    budget: int
    overlap: int
    num_headings: int = 0
    _waiting: Run = field(default_factory=list)
    _current: Run = field(default_factory=list)
    _repeated: int = 0
    _page: int | None = None

    def pack(self, blocks: Iterable[TextBlock]) -> Iterator[Run]:
        """The runs in order; together they hold every unit."""
        for position, block in enumerate(blocks):
            if block.page != self._page and position > self.num_headings:
                yield from self._finish()
            self._page = block.page
            if self._room_for(block):
                self._current.extend(block.units)
                continue
            if self._stands_alone(block):
                yield from self._close()
            yield from self._fill(block)
        yield from self._finish()

    def _room_for(self, block: TextBlock) -> bool:
        return num_tokens(self._current) + block.num_tokens <= self.budget

    def _stands_alone(self, block: TextBlock) -> bool:
        """Whether to begin a new run rather than cut ``block``: the old one is full enough to be left."""
        filled = num_tokens(self._current)
        return filled * 2 >= self.budget or (filled * 4 >= self.budget and block.num_tokens <= self.budget)

    def _fill(self, block: TextBlock) -> Iterator[Run]:
        """Add the block's units one by one, closing a run whenever the next would not fit."""
        added: Run = []
        for unit in block.units:
            if self._current and num_tokens(self._current) + unit.num_tokens > self.budget:
                yield from self._close()
                self._repeat(added, before=unit, table=block.table)
            self._current.append(unit)
            added.append(unit)
            del added[:-8]

    def _repeat(self, added: Sequence[Unit], *, before: Unit, table: Table | None) -> None:
        """Begin with the last units of the paragraph that was cut; a table's rows need none, they have its header."""
        repeated: Run = []
        allowed = 0 if table else min(self.overlap, self.budget - before.num_tokens)
        for unit in reversed(added):
            if num_tokens(repeated) + unit.num_tokens > allowed:
                break
            repeated.insert(0, unit)
        self._current = repeated
        self._repeated = len(repeated)

    def _close(self) -> Iterator[Run]:
        """The current run is complete, and waits in case a small remainder follows."""
        if self._waiting:
            yield self._waiting
        self._waiting, self._current, self._repeated = self._current, [], 0

    def _finish(self) -> Iterator[Run]:
        """What is left goes out, evened out with the run before it when it is too small alone."""
        fresh = self._current[self._repeated :]
        if self._waiting and fresh and num_tokens(fresh) * 6 < self.budget:
            yield from _evened(self._waiting + fresh, budget=self.budget)
        else:
            yield from (run for run in (self._waiting, self._current) if run)
        self._waiting, self._current, self._repeated = [], [], 0


def _evened(units: Run, *, budget: int) -> list[Run]:
    """One run if it fits, else two of about equal size."""
    if num_tokens(units) <= budget:
        return [units]
    total = num_tokens(units)
    sizes = [num_tokens(units[:cut]) for cut in range(len(units) + 1)]
    fitting = [cut for cut in range(1, len(units)) if sizes[cut] <= budget and total - sizes[cut] <= budget]
    if not fitting:
        return [units[:-1], units[-1:]]
    best = min(fitting, key=lambda cut: abs(2 * sizes[cut] - total))
    return [units[:best], units[best:]]
